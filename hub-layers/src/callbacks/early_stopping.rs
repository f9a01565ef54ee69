//! [`EarlyStopping`]: ends the training when a quantity no longer gets better.

use hub_core::Tensor;

use super::monitor::{announce, watched};
use super::state::{count, real, whole};
use super::{Callback, CallbackState, Logs, Mode, Training};
use crate::error::Result;

/// Ends the training when a quantity has not got better for a number of epochs, as Keras's `EarlyStopping`.
///
/// An epoch is better if its value is below the best one so far by more than `min_delta`, or above it where the quantity
/// is to rise. NaN is never better. Where the quantity is not among the logs, nothing happens but a warning.
///
/// ```
/// use hub_layers::callbacks::EarlyStopping;
/// let on_loss = EarlyStopping::new().patience(3).restore_best_weights(true);
/// let on_accuracy = EarlyStopping::monitor("val_accuracy").min_delta(0.01);
/// ```
#[derive(Debug, Clone)]
pub struct EarlyStopping {
    monitor: String,
    min_delta: f64,
    patience: usize,
    verbose: bool,
    mode: Mode,
    baseline: Option<f64>,
    restore_best_weights: bool,
    start_from_epoch: usize,
    best: Option<Best>,
    wait: usize,
    stopped_epoch: Option<usize>,
}

/// The best epoch so far.
#[derive(Debug, Clone)]
struct Best {
    epoch: usize,
    /// Its value; none as long as no epoch was better than nothing at all.
    value: Option<f64>,
    weights: Option<Vec<Tensor>>,
}

impl Default for EarlyStopping {
    fn default() -> EarlyStopping {
        EarlyStopping::monitor("val_loss")
    }
}

impl EarlyStopping {
    /// Watches `val_loss`.
    pub fn new() -> EarlyStopping {
        EarlyStopping::default()
    }

    /// Watches the loss or metric of this name.
    pub fn monitor(monitor: impl Into<String>) -> EarlyStopping {
        EarlyStopping {
            monitor: monitor.into(),
            min_delta: 0.0,
            patience: 0,
            verbose: false,
            mode: Mode::Auto,
            baseline: None,
            restore_best_weights: false,
            start_from_epoch: 0,
            best: None,
            wait: 0,
            stopped_epoch: None,
        }
    }

    /// The change that counts, whatever its sign. Default: 0.
    pub fn min_delta(mut self, min_delta: f64) -> EarlyStopping {
        self.min_delta = min_delta.abs();
        self
    }

    /// The number of epochs without a better value after which the training ends. Default: 0.
    pub fn patience(mut self, patience: usize) -> EarlyStopping {
        self.patience = patience;
        self
    }

    /// Whether a line on stderr says what is done. Default: false.
    pub fn verbose(mut self, verbose: bool) -> EarlyStopping {
        self.verbose = verbose;
        self
    }

    /// Whether the quantity is to fall or to rise. Default: it rises if its name ends in `acc`, `accuracy` or `auc`.
    pub fn mode(mut self, mode: Mode) -> EarlyStopping {
        self.mode = mode;
        self
    }

    /// A value that epochs must be better than as well, to count as better.
    pub fn baseline(mut self, baseline: f64) -> EarlyStopping {
        self.baseline = Some(baseline);
        self
    }

    /// Whether the model ends with the weights of its best epoch instead of the last one, also where the training was
    /// not ended early. Default: false.
    pub fn restore_best_weights(mut self, restore: bool) -> EarlyStopping {
        self.restore_best_weights = restore;
        self
    }

    /// The epoch, counted from 0, before which nothing is watched. Default: 0.
    pub fn start_from_epoch(mut self, epoch: usize) -> EarlyStopping {
        self.start_from_epoch = epoch;
        self
    }

    /// The epoch, counted from 0, after which the training was ended, if it was.
    pub fn stopped_epoch(&self) -> Option<usize> {
        self.stopped_epoch
    }

    /// The best epoch, counted from 0, once one was better than nothing.
    pub fn best_epoch(&self) -> Option<usize> {
        self.best.as_ref().filter(|best| best.value.is_some()).map(|best| best.epoch)
    }

    /// Whether a value is better than another by more than `min_delta`.
    fn is_better(&self, value: f64, than: f64) -> bool {
        let names = ["acc", "accuracy", "auc"];
        match self.mode.rises(|| names.iter().any(|name| self.monitor.ends_with(name))) {
            true => value - self.min_delta > than,
            false => value + self.min_delta < than,
        }
    }

    /// Whether a value is better than the best so far; the first is, unless it is as bad as can be.
    fn is_best(&self, value: f64) -> bool {
        match self.best.as_ref().and_then(|best| best.value) {
            Some(best) => self.is_better(value, best),
            None => self.is_better(value, f64::INFINITY) || self.is_better(value, f64::NEG_INFINITY),
        }
    }
}

impl Callback for EarlyStopping {
    fn on_train_begin(&mut self, _training: &mut Training<'_>) -> Result<()> {
        (self.best, self.wait, self.stopped_epoch) = (None, 0, None);
        Ok(())
    }

    fn on_epoch_end(&mut self, training: &mut Training<'_>, epoch: usize, logs: &Logs) -> Result<()> {
        let Some(value) = watched(logs, &self.monitor, "EarlyStopping") else { return Ok(()) };
        if epoch < self.start_from_epoch {
            return Ok(());
        }
        let is_best = self.is_best(value);
        if is_best || self.best.is_none() {
            let weights = self.restore_best_weights.then(|| training.weights()).transpose()?;
            self.best = Some(Best { epoch, value: is_best.then_some(value), weights });
        }
        self.wait += 1;
        if is_best {
            if self.baseline.is_none_or(|baseline| self.is_better(value, baseline)) {
                self.wait = 0;
            }
        } else if self.wait >= self.patience && epoch > 0 {
            self.stopped_epoch = Some(epoch);
            training.stop();
        }
        Ok(())
    }

    fn on_train_end(&mut self, training: &mut Training<'_>, _logs: &Logs) -> Result<()> {
        if let Some(epoch) = self.stopped_epoch.filter(|_| self.verbose) {
            announce(&format!("Epoch {}: early stopping", epoch + 1));
        }
        let Some(Best { epoch, weights: Some(weights), .. }) = &self.best else { return Ok(()) };
        if self.verbose {
            announce(&format!("Restoring model weights from the end of the best epoch: {}.", epoch + 1));
        }
        training.set_weights(weights)
    }

    fn state(&self) -> CallbackState {
        let mut state = CallbackState::from([("wait".to_owned(), whole(self.wait))]);
        if let Some(best) = &self.best {
            state.insert("best_epoch".into(), whole(best.epoch));
            state.extend(best.value.map(|value| ("best".to_owned(), Tensor::scalar(value))));
            let weights = best.weights.iter().flatten().enumerate();
            state.extend(weights.map(|(index, weight)| (format!("weight/{index}"), weight.clone())));
        }
        state
    }

    fn restore_state(&mut self, state: &CallbackState) -> Result<()> {
        self.wait = count(state, "wait")?;
        if state.contains_key("best_epoch") {
            let weights = (0..).map_while(|index| state.get(&format!("weight/{index}")).cloned()).collect();
            let weights = self.restore_best_weights.then_some(weights);
            self.best = Some(Best { epoch: count(state, "best_epoch")?, value: real(state, "best")?, weights });
        }
        Ok(())
    }
}
