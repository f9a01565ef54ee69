//! The settings of a session, as TensorFlow's `ConfigProto` has them.
//!
//! Only the fields that this workspace sets; clusters add theirs.

use prost::Message;

/// How a session uses the machine.
///
/// The default leaves both thread pools to TensorFlow (one thread per core) and lets ops fall back to the CPU.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionOptions {
    intra_op_threads: i32,
    inter_op_threads: i32,
}

/// The part of `tensorflow.ConfigProto` that is set here.
#[derive(Clone, PartialEq, Message)]
struct ConfigProto {
    #[prost(int32, tag = "2")]
    intra_op_parallelism_threads: i32,
    #[prost(int32, tag = "5")]
    inter_op_parallelism_threads: i32,
    #[prost(bool, tag = "7")]
    allow_soft_placement: bool,
}

impl SessionOptions {
    /// TensorFlow's own defaults.
    pub fn new() -> SessionOptions {
        SessionOptions::default()
    }

    /// Threads inside one op; 0 is one per core.
    pub fn intra_op_threads(mut self, threads: u16) -> SessionOptions {
        self.intra_op_threads = threads.into();
        self
    }

    /// Threads across ops; 0 is one per core.
    pub fn inter_op_threads(mut self, threads: u16) -> SessionOptions {
        self.inter_op_threads = threads.into();
        self
    }

    /// The settings as `ConfigProto` bytes.
    pub(crate) fn to_config_proto(&self) -> Vec<u8> {
        ConfigProto {
            intra_op_parallelism_threads: self.intra_op_threads,
            inter_op_parallelism_threads: self.inter_op_threads,
            allow_soft_placement: true,
        }
        .encode_to_vec()
    }
}
