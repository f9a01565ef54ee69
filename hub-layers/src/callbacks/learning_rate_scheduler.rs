//! [`LearningRateScheduler`]: a learning rate for each epoch, from a function.

use std::fmt;

use super::monitor::announce;
use super::training::rate_of;
use super::{Callback, Logs, Training};
use crate::error::Result;

/// Sets the learning rate before each epoch to what a function says, as Keras's `LearningRateScheduler`.
///
/// ```
/// use hub_layers::callbacks::LearningRateScheduler;
/// // As it is for ten epochs, then smaller and smaller.
/// let callback = LearningRateScheduler::new(|epoch, rate| if epoch < 10 { rate } else { rate * (-0.1_f64).exp() });
/// ```
pub struct LearningRateScheduler {
    schedule: Box<dyn FnMut(usize, f64) -> f64 + Send>,
    verbose: bool,
}

impl LearningRateScheduler {
    /// The function takes an epoch, counted from 0, and the learning rate of this moment; it returns the new one.
    pub fn new(schedule: impl FnMut(usize, f64) -> f64 + Send + 'static) -> LearningRateScheduler {
        LearningRateScheduler { schedule: Box::new(schedule), verbose: false }
    }

    /// Whether a line on stderr says what is done. Default: false.
    pub fn verbose(mut self, verbose: bool) -> LearningRateScheduler {
        self.verbose = verbose;
        self
    }
}

impl Callback for LearningRateScheduler {
    fn on_epoch_begin(&mut self, training: &mut Training<'_>, epoch: usize) -> Result<()> {
        let rate = (self.schedule)(epoch, training.fixed_learning_rate("LearningRateScheduler")?);
        training.set_learning_rate(rate)?;
        if self.verbose {
            announce(&format!("Epoch {}: LearningRateScheduler setting learning rate to {rate}.", epoch + 1));
        }
        Ok(())
    }

    fn reports(&self, training: &Training<'_>) -> Result<Logs> {
        rate_of(training)
    }
}

impl fmt::Debug for LearningRateScheduler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LearningRateScheduler").field("verbose", &self.verbose).finish_non_exhaustive()
    }
}
