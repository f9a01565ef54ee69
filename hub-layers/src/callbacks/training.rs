//! [`Training`]: what a callback sees of the training under way, and how it ends it.

use hub_core::Tensor;

use super::Logs;
use crate::error::{Error, Result};
use crate::model::Model;

/// The training under way.
#[derive(Debug)]
pub struct Training<'m> {
    model: &'m Model,
    epochs: usize,
    steps: Option<usize>,
    stopped: bool,
    interrupted: bool,
}

impl<'m> Training<'m> {
    pub(crate) fn new(model: &'m Model, epochs: usize, steps: Option<usize>) -> Training<'m> {
        Training { model, epochs, steps, stopped: false, interrupted: false }
    }

    /// The model, for reading and predicting.
    pub fn model(&self) -> &'m Model {
        self.model
    }

    /// The number of epochs asked for, counted from 0.
    pub fn epochs(&self) -> usize {
        self.epochs
    }

    /// The number of steps in an epoch, where it is known; from the second epoch on it is.
    pub fn steps(&self) -> Option<usize> {
        self.steps
    }

    pub(crate) fn set_steps(&mut self, steps: usize) {
        self.steps = Some(steps);
    }

    /// Ends the training after this epoch; within an epoch, after this step.
    pub fn stop(&mut self) {
        self.stopped = true;
    }

    /// Whether it is to end.
    pub fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// Whether a [`StopSignal`](crate::StopSignal) broke the training off before it had ended by itself.
    pub fn is_interrupted(&self) -> bool {
        self.interrupted
    }

    pub(crate) fn interrupt(&mut self) {
        self.interrupted = true;
    }

    /// The learning rate, where it is not from a schedule.
    ///
    /// # Errors
    /// [`Error::Core`](crate::Error::Core) where the engine cannot read it.
    pub fn learning_rate(&self) -> Result<Option<f64>> {
        self.model.learning_rate()
    }

    /// The learning rate, for a callback that changes it.
    pub(super) fn fixed_learning_rate(&self, callback: &str) -> Result<f64> {
        self.learning_rate()?.ok_or_else(|| Error::BadConfig {
            argument: "learning_rate".into(),
            expected: format!("a number, which {callback} changes"),
            found: "a schedule".into(),
        })
    }

    /// Sets the learning rate for the steps to come.
    ///
    /// # Errors
    /// [`Error::BadConfig`](crate::Error::BadConfig) where it is from a schedule, or no number that a rate can be.
    pub fn set_learning_rate(&mut self, rate: f64) -> Result<()> {
        self.model.assign_learning_rate(rate)
    }

    /// The values of all weights, as [`Model::set_weights`](crate::Model::set_weights) takes them.
    ///
    /// # Errors
    /// [`Error::Core`](crate::Error::Core) where the engine cannot read one.
    pub fn weights(&self) -> Result<Vec<Tensor>> {
        self.model.get_weights()
    }

    /// Sets the values of all weights.
    ///
    /// # Errors
    /// [`Error::BadConfig`](crate::Error::BadConfig) where number, types or shapes differ; nothing is set then.
    pub fn set_weights(&mut self, weights: &[Tensor]) -> Result<()> {
        self.model.assign_weights(weights)
    }
}

/// The learning rate as Keras's logs have it, under `lr`; nothing where it is a schedule's.
pub(super) fn rate_of(training: &Training<'_>) -> Result<Logs> {
    Ok(training.learning_rate()?.map(|rate| ("lr", rate)).into_iter().collect())
}
