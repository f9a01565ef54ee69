//! [`TerminateOnNaN`]: ends the training when the loss is no number any more.

use super::monitor::announce;
use super::{Callback, Logs, Training};
use crate::error::Result;

/// Ends the training when the loss is NaN or infinite, as Keras's `TerminateOnNaN`; a line on stderr says so.
///
/// ```
/// let callback = hub_layers::callbacks::TerminateOnNaN::new();
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct TerminateOnNaN;

impl TerminateOnNaN {
    /// There is nothing to set.
    pub fn new() -> TerminateOnNaN {
        TerminateOnNaN
    }
}

impl Callback for TerminateOnNaN {
    fn on_train_batch_end(&mut self, training: &mut Training<'_>, batch: usize, logs: &Logs) -> Result<()> {
        if logs.get("loss").is_some_and(|loss| !loss.is_finite()) {
            announce(&format!("Batch {batch}: Invalid loss, terminating training"));
            training.stop();
        }
        Ok(())
    }
}
