//! [`History`]: losses and metrics of each epoch.

use std::collections::BTreeMap;

use crate::callbacks::Logs;

/// Losses and metrics of each epoch: what `fit` returns.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    epochs: Vec<usize>,
    values: BTreeMap<String, Vec<f64>>,
}

impl History {
    /// The values of this name, one for each epoch: `loss`, `val_loss`, `accuracy`, ...; empty for an unknown name.
    pub fn get(&self, name: &str) -> &[f64] {
        self.values.get(name).map_or(&[], Vec::as_slice)
    }

    /// The epochs that were trained, from [`Fit::initial_epoch`](super::Fit::initial_epoch) on.
    pub fn epochs(&self) -> &[usize] {
        &self.epochs
    }

    /// All names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }

    /// A history of these epochs.
    pub(super) fn of(epochs: Vec<usize>, values: BTreeMap<String, Vec<f64>>) -> History {
        History { epochs, values }
    }

    /// Adds an epoch.
    pub(super) fn push(&mut self, epoch: usize, logs: &Logs) {
        self.epochs.push(epoch);
        for (name, value) in logs.iter() {
            self.values.entry(name.to_owned()).or_default().push(value);
        }
    }
}
