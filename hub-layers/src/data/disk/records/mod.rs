//! TFRecord files and what usually is in them, `tf.train.Example`.
//!
//! A file is a sequence of records, compressed as a whole or not at all; numbers are little-endian:
//!
//! ```text
//! uint64  length
//! uint32  masked CRC-32C of the length
//! byte    data[length]
//! uint32  masked CRC-32C of the data
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `compression` | [`Compression`]: of a whole file |
//! | `reader` | [`RecordReader`]: the records of a file |
//! | `writer` | [`RecordWriter`] |
//! | `checksum` | the masked checksum |
//! | `dataset` | [`record_dataset`]: the records of files as elements |
//! | `example` | [`Example`], [`Feature`] |
//! | `proto` | their messages |
//! | `schema` | [`ExampleSchema`]: examples made into tensors |

mod checksum;
mod compression;
mod dataset;
mod example;
mod proto;
mod reader;
mod schema;
mod writer;

pub use compression::Compression;
pub use dataset::{RecordFiles, record_dataset};
pub use example::{Example, Feature};
pub use reader::{RecordFault, RecordReader};
pub use schema::ExampleSchema;
pub use writer::RecordWriter;
