//! [`ReduceLROnPlateau`]: lowers the learning rate when a quantity no longer gets better.

use hub_core::Tensor;

use super::monitor::{announce, watched};
use super::state::{count, real, whole};
use super::training::rate_of;
use super::{Callback, CallbackState, Logs, Mode, Training};
use crate::error::{Error, Result};

/// Lowers the learning rate when a quantity has not got better for a number of epochs, as Keras's `ReduceLROnPlateau`.
///
/// Where the quantity is not among the logs, nothing happens but a warning.
///
/// ```
/// use hub_layers::callbacks::ReduceLROnPlateau;
/// let callback = ReduceLROnPlateau::monitor("val_loss").factor(0.2).patience(5).min_lr(1e-3);
/// ```
#[derive(Debug, Clone)]
pub struct ReduceLROnPlateau {
    monitor: String,
    factor: f64,
    patience: usize,
    verbose: bool,
    mode: Mode,
    min_delta: f64,
    cooldown: usize,
    min_lr: f64,
    best: Option<f64>,
    wait: usize,
    cooling: usize,
}

impl Default for ReduceLROnPlateau {
    fn default() -> ReduceLROnPlateau {
        ReduceLROnPlateau::monitor("val_loss")
    }
}

impl ReduceLROnPlateau {
    /// Watches `val_loss`.
    pub fn new() -> ReduceLROnPlateau {
        ReduceLROnPlateau::default()
    }

    /// Watches the loss or metric of this name.
    pub fn monitor(monitor: impl Into<String>) -> ReduceLROnPlateau {
        ReduceLROnPlateau {
            monitor: monitor.into(),
            factor: 0.1,
            patience: 10,
            verbose: false,
            mode: Mode::Auto,
            min_delta: 1e-4,
            cooldown: 0,
            min_lr: 0.0,
            best: None,
            wait: 0,
            cooling: 0,
        }
    }

    /// What the learning rate is multiplied by: less than 1. Default: 0.1.
    pub fn factor(mut self, factor: f64) -> ReduceLROnPlateau {
        self.factor = factor;
        self
    }

    /// The number of epochs without a better value after which the rate is lowered. Default: 10.
    pub fn patience(mut self, patience: usize) -> ReduceLROnPlateau {
        self.patience = patience;
        self
    }

    /// Whether a line on stderr says what is done. Default: false.
    pub fn verbose(mut self, verbose: bool) -> ReduceLROnPlateau {
        self.verbose = verbose;
        self
    }

    /// Whether the quantity is to fall or to rise. Default: it rises if there is `acc` in its name.
    pub fn mode(mut self, mode: Mode) -> ReduceLROnPlateau {
        self.mode = mode;
        self
    }

    /// The change that counts. Default: 0.0001.
    pub fn min_delta(mut self, min_delta: f64) -> ReduceLROnPlateau {
        self.min_delta = min_delta;
        self
    }

    /// The number of epochs after a reduction in which nothing is counted. Default: 0.
    pub fn cooldown(mut self, epochs: usize) -> ReduceLROnPlateau {
        self.cooldown = epochs;
        self
    }

    /// The lowest rate. Default: 0.
    pub fn min_lr(mut self, min_lr: f64) -> ReduceLROnPlateau {
        self.min_lr = min_lr;
        self
    }

    fn is_best(&self, value: f64) -> bool {
        match self.mode.rises(|| self.monitor.contains("acc")) {
            true => value > self.best.unwrap_or(f64::NEG_INFINITY) + self.min_delta,
            false => value < self.best.unwrap_or(f64::INFINITY) - self.min_delta,
        }
    }

    /// Takes note of an epoch's value: whether the rate is to be lowered now.
    pub(super) fn is_due(&mut self, value: f64) -> bool {
        if self.cooling > 0 {
            self.cooling -= 1;
            self.wait = 0;
        }
        if self.is_best(value) {
            self.best = Some(value);
            self.wait = 0;
        } else if self.cooling == 0 {
            self.wait += 1;
            return self.wait >= self.patience;
        }
        false
    }

    /// The rate after this one, where it can be lowered.
    pub(super) fn lowered(&mut self, rate: f64) -> Option<f64> {
        if rate <= self.min_lr {
            return None;
        }
        (self.cooling, self.wait) = (self.cooldown, 0);
        Some((rate * self.factor).max(self.min_lr))
    }
}

impl Callback for ReduceLROnPlateau {
    fn on_train_begin(&mut self, training: &mut Training<'_>) -> Result<()> {
        if self.factor.is_nan() || self.factor >= 1.0 {
            let found = self.factor.to_string();
            return Err(Error::BadConfig { argument: "factor".into(), expected: "less than 1".into(), found });
        }
        training.fixed_learning_rate("ReduceLROnPlateau")?;
        (self.best, self.wait, self.cooling) = (None, 0, 0);
        Ok(())
    }

    fn on_epoch_end(&mut self, training: &mut Training<'_>, epoch: usize, logs: &Logs) -> Result<()> {
        let Some(value) = watched(logs, &self.monitor, "ReduceLROnPlateau") else { return Ok(()) };
        if !self.is_due(value) {
            return Ok(());
        }
        let Some(rate) = self.lowered(training.fixed_learning_rate("ReduceLROnPlateau")?) else { return Ok(()) };
        training.set_learning_rate(rate)?;
        if self.verbose {
            announce(&format!("Epoch {}: ReduceLROnPlateau reducing learning rate to {rate}.", epoch + 1));
        }
        Ok(())
    }

    fn reports(&self, training: &Training<'_>) -> Result<Logs> {
        rate_of(training)
    }

    fn state(&self) -> CallbackState {
        let counts =
            [("wait", self.wait), ("cooling", self.cooling)].map(|(name, count)| (name.to_owned(), whole(count)));
        counts.into_iter().chain(self.best.map(|best| ("best".to_owned(), Tensor::scalar(best)))).collect()
    }

    fn restore_state(&mut self, state: &CallbackState) -> Result<()> {
        (self.wait, self.cooling) = (count(state, "wait")?, count(state, "cooling")?);
        self.best = real(state, "best")?;
        Ok(())
    }
}
