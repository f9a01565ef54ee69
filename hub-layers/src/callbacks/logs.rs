//! [`Logs`]: losses and metrics by name.

use std::fmt;

/// Losses and metrics by name, in the order in which they were compiled: `loss`, `accuracy`, `val_loss`, ...
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Logs(Vec<(String, f64)>);

impl Logs {
    /// The value of this name.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| *value)
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// Names and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, f64)> {
        self.0.iter().map(|(name, value)| (name.as_str(), *value))
    }

    /// Adds a value, or sets the one of this name.
    pub fn insert(&mut self, name: impl Into<String>, value: f64) {
        let name = name.into();
        match self.0.iter_mut().find(|(own, _)| *own == name) {
            Some((_, own)) => *own = value,
            None => self.0.push((name, value)),
        }
    }
}

impl<S: Into<String>> FromIterator<(S, f64)> for Logs {
    fn from_iter<I: IntoIterator<Item = (S, f64)>>(entries: I) -> Logs {
        Logs(entries.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }
}

impl fmt::Display for Logs {
    /// As Keras prints it: `loss: 0.6931 - accuracy: 0.5000`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (name, value)) in self.0.iter().enumerate() {
            let dash = if index == 0 { "" } else { " - " };
            // Small values in scientific notation, as Keras's progress bar has them.
            match value.abs() > 1e-3 || *value == 0.0 {
                true => write!(f, "{dash}{name}: {value:.4}")?,
                false => write!(f, "{dash}{name}: {value:.4e}")?,
            }
        }
        Ok(())
    }
}
