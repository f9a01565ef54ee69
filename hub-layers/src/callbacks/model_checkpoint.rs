//! [`ModelCheckpoint`]: saves the model as the training goes on.

use std::path::{Path, PathBuf};

use hub_core::Tensor;

use super::monitor::{announce, watched};
use super::python_text::{Field, filled, number};
use super::state::{count, real, whole};
use super::{Callback, CallbackState, Logs, Mode, Training};
use crate::error::Result;
use crate::model::{SaveOptions, WeightsOptions};

/// Saves the model after each epoch, as Keras's `ModelCheckpoint`.
///
/// The path may have fields: `{epoch:02d}`, counted from 1, `{batch}`, and the losses and metrics by name, `{val_loss:.3f}`.
/// What is at the path is replaced once the new model is whole.
///
/// | argument | meaning | default |
/// |---|---|---|
/// | `monitor` | the loss or metric that says which model is best | `val_loss` |
/// | `save_best_only` | saves only what is better than all before | false |
/// | `save_weights_only` | saves the weights, as [`Model::save_weights`](crate::Model::save_weights) does | false |
/// | `mode` | whether what is watched is to fall or to rise | it rises with `acc` in its name or `fmeasure` before it |
/// | `save_freq` | saves after so many batches instead of after each epoch | |
/// | `initial_value_threshold` | what the first model has to be better than | |
/// | `verbose` | whether a line on stderr says what is done | false |
///
/// ```
/// use hub_layers::callbacks::ModelCheckpoint;
/// let best = ModelCheckpoint::new("best").monitor("val_accuracy").save_best_only(true);
/// let each = ModelCheckpoint::new("weights-{epoch:02d}-{val_loss:.2f}.safetensors").save_weights_only(true);
/// ```
#[derive(Debug, Clone)]
pub struct ModelCheckpoint {
    filepath: PathBuf,
    monitor: String,
    verbose: bool,
    save_best_only: bool,
    save_weights_only: bool,
    mode: Mode,
    save_freq: Option<usize>,
    initial_value_threshold: Option<f64>,
    best: Option<f64>,
    epoch: usize,
    /// Batches since the model was saved last.
    batches: usize,
}

impl ModelCheckpoint {
    /// Saves to this path.
    pub fn new(filepath: impl Into<PathBuf>) -> ModelCheckpoint {
        ModelCheckpoint {
            filepath: filepath.into(),
            monitor: "val_loss".into(),
            verbose: false,
            save_best_only: false,
            save_weights_only: false,
            mode: Mode::Auto,
            save_freq: None,
            initial_value_threshold: None,
            best: None,
            epoch: 0,
            batches: 0,
        }
    }

    /// The loss or metric that says which model is best. Default: `val_loss`.
    pub fn monitor(mut self, monitor: impl Into<String>) -> ModelCheckpoint {
        self.monitor = monitor.into();
        self
    }

    /// Whether a line on stderr says what is done. Default: false.
    pub fn verbose(mut self, verbose: bool) -> ModelCheckpoint {
        self.verbose = verbose;
        self
    }

    /// Whether only what is better than all before is saved. Default: false.
    pub fn save_best_only(mut self, best_only: bool) -> ModelCheckpoint {
        self.save_best_only = best_only;
        self
    }

    /// Whether only the weights are saved. Default: false.
    pub fn save_weights_only(mut self, weights_only: bool) -> ModelCheckpoint {
        self.save_weights_only = weights_only;
        self
    }

    /// Whether what is watched is to fall or to rise. Default: it rises if `acc` is in its name or `fmeasure` before it.
    pub fn mode(mut self, mode: Mode) -> ModelCheckpoint {
        self.mode = mode;
        self
    }

    /// Saves after so many batches. Default: after each epoch.
    pub fn save_freq(mut self, batches: usize) -> ModelCheckpoint {
        self.save_freq = Some(batches);
        self
    }

    /// What the first model has to be better than, where only better ones are saved. Default: nothing.
    pub fn initial_value_threshold(mut self, threshold: f64) -> ModelCheckpoint {
        self.initial_value_threshold = Some(threshold);
        self
    }

    /// The best value so far, once there is one.
    pub fn best(&self) -> Option<f64> {
        self.best
    }

    /// Where the model is to be saved after this epoch or batch, if it is.
    pub(super) fn due(&mut self, batch: Option<usize>, logs: &Logs) -> Result<Option<PathBuf>> {
        if self.save_best_only && !self.is_best(logs) {
            return Ok(None);
        }
        let field = |name: &str| match name {
            "epoch" => Some(Field::Whole(self.epoch + 1)),
            "batch" => batch.map(|batch| Field::Whole(batch + 1)),
            name => logs.get(name).map(Field::Real),
        };
        // A path that is no text has no fields.
        let Some(text) = self.filepath.to_str() else { return Ok(Some(self.filepath.clone())) };
        Ok(Some(filled(text, field)?.into()))
    }

    /// Whether the model is better than all before; takes note of it.
    fn is_best(&mut self, logs: &Logs) -> bool {
        let Some(value) = watched(logs, &self.monitor, "ModelCheckpoint") else { return false };
        let rises = self.mode.rises(|| self.monitor.contains("acc") || self.monitor.starts_with("fmeasure"));
        let worst = if rises { f64::NEG_INFINITY } else { f64::INFINITY };
        let best = self.best.unwrap_or(worst);
        let is_best = if rises { value > best } else { value < best };
        if self.verbose {
            let (monitor, best, found) = (&self.monitor, number(best), number(value));
            announce(&match is_best {
                true => format!("Epoch {}: {monitor} improved from {best} to {found}", self.epoch + 1),
                false => format!("Epoch {}: {monitor} did not improve from {best}", self.epoch + 1),
            });
        }
        if is_best {
            self.best = Some(value);
        }
        is_best
    }

    fn save(&self, training: &Training<'_>, path: &Path) -> Result<()> {
        if let Some(parent) = path.parent() {
            let failed = |source| hub_core::Error::Io { operation: "create", path: parent.to_owned(), source };
            std::fs::create_dir_all(parent).map_err(failed)?;
        }
        match self.save_weights_only {
            true => training.model().save_weights_with(path, &WeightsOptions::new().overwrite(true))?,
            false => training.model().save_with(path, &SaveOptions::new().overwrite(true))?,
        }
        if self.verbose {
            announce(&format!("Epoch {}: saved to {}", self.epoch + 1, path.display()));
        }
        Ok(())
    }
}

impl Callback for ModelCheckpoint {
    fn on_train_begin(&mut self, _training: &mut Training<'_>) -> Result<()> {
        (self.best, self.batches) = (self.initial_value_threshold, 0);
        Ok(())
    }

    fn on_epoch_begin(&mut self, _training: &mut Training<'_>, epoch: usize) -> Result<()> {
        self.epoch = epoch;
        Ok(())
    }

    fn on_train_batch_end(&mut self, training: &mut Training<'_>, batch: usize, logs: &Logs) -> Result<()> {
        let Some(every) = self.save_freq else { return Ok(()) };
        self.batches += 1;
        if self.batches < every {
            return Ok(());
        }
        self.batches = 0;
        let due = self.due(Some(batch), logs)?;
        due.map_or(Ok(()), |path| self.save(training, &path))
    }

    fn state(&self) -> CallbackState {
        let batches = [("batches".to_owned(), whole(self.batches))].into_iter();
        batches.chain(self.best.map(|best| ("best".to_owned(), Tensor::scalar(best)))).collect()
    }

    fn restore_state(&mut self, state: &CallbackState) -> Result<()> {
        self.batches = count(state, "batches")?;
        self.best = real(state, "best")?.or(self.best);
        Ok(())
    }

    fn on_epoch_end(&mut self, training: &mut Training<'_>, _epoch: usize, logs: &Logs) -> Result<()> {
        if self.save_freq.is_some() {
            return Ok(());
        }
        let due = self.due(None, logs)?;
        due.map_or(Ok(()), |path| self.save(training, &path))
    }
}
