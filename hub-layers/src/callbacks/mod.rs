//! Callbacks: what is told of the progress of `fit`, and may end it.
//!
//! `fit` calls them in the order in which they were given. One file for each; `monitor` holds what those share that watch
//! a loss or a metric, `python_text` what those share that name or fill files.

mod backup_and_restore;
mod csv_logger;
mod early_stopping;
mod lambda;
mod learning_rate_scheduler;
mod logs;
mod model_checkpoint;
mod monitor;
mod progress;
mod python_text;
mod reduce_lr_on_plateau;
mod shared;
mod state;
mod tensor_board;
mod terminate_on_nan;
#[cfg(test)]
mod tests;
mod training;

pub use backup_and_restore::BackupAndRestore;
pub use csv_logger::CSVLogger;
pub use early_stopping::EarlyStopping;
pub use lambda::LambdaCallback;
pub use learning_rate_scheduler::LearningRateScheduler;
pub use logs::Logs;
pub use model_checkpoint::ModelCheckpoint;
pub use monitor::Mode;
pub use progress::{Progress, Verbose};
pub use reduce_lr_on_plateau::ReduceLROnPlateau;
pub use tensor_board::TensorBoard;
pub use terminate_on_nan::TerminateOnNaN;
pub use training::Training;

use std::collections::BTreeMap;
use std::path::PathBuf;

use hub_core::Tensor;

use crate::error::Result;

/// What a callback remembers from epoch to epoch, by names of its own.
pub type CallbackState = BTreeMap<String, Tensor>;

/// Something that is told of the progress of [`Model::fit`](crate::Model::fit). All methods do nothing by default.
///
/// An error ends the training and is what `fit` returns; the model stays usable, with the weights of that moment.
///
/// ```
/// use hub_layers::callbacks::{Callback, Logs, Training};
///
/// /// Ends the training as soon as the loss is small.
/// struct GoodEnough(f64);
///
/// impl Callback for GoodEnough {
///     fn on_epoch_end(&mut self, training: &mut Training<'_>, _epoch: usize, logs: &Logs) -> hub_layers::Result<()> {
///         if logs.get("loss").is_some_and(|loss| loss < self.0) {
///             training.stop();
///         }
///         Ok(())
///     }
/// }
/// ```
pub trait Callback: Send {
    /// Before the first epoch.
    ///
    /// # Errors
    /// Whatever is to end the training.
    fn on_train_begin(&mut self, training: &mut Training<'_>) -> Result<()> {
        let _ = training;
        Ok(())
    }

    /// After the last epoch; also when the training was stopped, but not after an error. `logs` are those of the last epoch.
    ///
    /// # Errors
    /// Whatever is to end the training.
    fn on_train_end(&mut self, training: &mut Training<'_>, logs: &Logs) -> Result<()> {
        let _ = (training, logs);
        Ok(())
    }

    /// Before an epoch, counted from 0.
    ///
    /// # Errors
    /// Whatever is to end the training.
    fn on_epoch_begin(&mut self, training: &mut Training<'_>, epoch: usize) -> Result<()> {
        let _ = (training, epoch);
        Ok(())
    }

    /// After an epoch, with its loss and metrics, and those of the validation as `val_...`.
    ///
    /// # Errors
    /// Whatever is to end the training.
    fn on_epoch_end(&mut self, training: &mut Training<'_>, epoch: usize, logs: &Logs) -> Result<()> {
        let _ = (training, epoch, logs);
        Ok(())
    }

    /// What an epoch's logs get beside losses and metrics; asked when the epoch is over, before
    /// [`on_epoch_end`](Callback::on_epoch_end) of all callbacks.
    ///
    /// # Errors
    /// Whatever is to end the training.
    fn reports(&self, training: &Training<'_>) -> Result<Logs> {
        let _ = training;
        Ok(Logs::default())
    }

    /// Before a step, counted from 0 in its epoch.
    ///
    /// # Errors
    /// Whatever is to end the training.
    fn on_train_batch_begin(&mut self, training: &mut Training<'_>, batch: usize) -> Result<()> {
        let _ = (training, batch);
        Ok(())
    }

    /// After a step, with the means over the epoch so far.
    ///
    /// # Errors
    /// Whatever is to end the training.
    fn on_train_batch_end(&mut self, training: &mut Training<'_>, batch: usize, logs: &Logs) -> Result<()> {
        let _ = (training, batch, logs);
        Ok(())
    }

    /// What the callback remembers from epoch to epoch, for a training that is broken off and goes on later.
    fn state(&self) -> CallbackState {
        CallbackState::new()
    }

    /// Takes up what [`Callback::state`] gave in the training that was broken off; called after
    /// [`Callback::on_train_begin`].
    ///
    /// # Errors
    /// Whatever is to end the training.
    fn restore_state(&mut self, state: &CallbackState) -> Result<()> {
        let _ = state;
        Ok(())
    }

    /// The file that the state of the training is to be kept in after each epoch, and taken up from: that of
    /// [`BackupAndRestore`].
    fn backup_file(&self) -> Option<PathBuf> {
        None
    }
}

/// A callback that is lent, to be looked at after the training.
impl<C: Callback + ?Sized> Callback for &mut C {
    fn on_train_begin(&mut self, training: &mut Training<'_>) -> Result<()> {
        (**self).on_train_begin(training)
    }

    fn on_train_end(&mut self, training: &mut Training<'_>, logs: &Logs) -> Result<()> {
        (**self).on_train_end(training, logs)
    }

    fn on_epoch_begin(&mut self, training: &mut Training<'_>, epoch: usize) -> Result<()> {
        (**self).on_epoch_begin(training, epoch)
    }

    fn on_epoch_end(&mut self, training: &mut Training<'_>, epoch: usize, logs: &Logs) -> Result<()> {
        (**self).on_epoch_end(training, epoch, logs)
    }

    fn reports(&self, training: &Training<'_>) -> Result<Logs> {
        (**self).reports(training)
    }

    fn on_train_batch_begin(&mut self, training: &mut Training<'_>, batch: usize) -> Result<()> {
        (**self).on_train_batch_begin(training, batch)
    }

    fn on_train_batch_end(&mut self, training: &mut Training<'_>, batch: usize, logs: &Logs) -> Result<()> {
        (**self).on_train_batch_end(training, batch, logs)
    }

    fn state(&self) -> CallbackState {
        (**self).state()
    }

    fn restore_state(&mut self, state: &CallbackState) -> Result<()> {
        (**self).restore_state(state)
    }

    fn backup_file(&self) -> Option<PathBuf> {
        (**self).backup_file()
    }
}
