//! [`Mode`]: whether the quantity that a callback watches is to fall or to rise.

use std::io::{Write, stderr};

use super::Logs;

/// Whether the quantity that a callback watches is to fall or to rise.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mode {
    /// As its name says: accuracies rise, all else falls.
    #[default]
    Auto,
    /// It is to fall.
    Min,
    /// It is to rise.
    Max,
}

impl Mode {
    /// Whether the quantity is to rise; `named` says so where the name decides.
    pub(super) fn rises(self, named: impl FnOnce() -> bool) -> bool {
        match self {
            Mode::Auto => named(),
            Mode::Min => false,
            Mode::Max => true,
        }
    }
}

/// The value that a callback watches; a warning where it is not there.
pub(super) fn watched(logs: &Logs, monitor: &str, callback: &'static str) -> Option<f64> {
    let value = logs.get(monitor);
    if value.is_none() {
        let available = logs.names().collect::<Vec<_>>().join(", ");
        tracing::warn!(callback, monitor, available, "what the callback watches is not among the logs");
    }
    value
}

/// A line about what a callback does, on stderr.
pub(super) fn announce(line: &str) {
    // A closed stderr is no reason to end a training.
    let _ = writeln!(stderr(), "{line}");
}
