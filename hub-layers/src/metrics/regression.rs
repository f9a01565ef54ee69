//! Metrics of numbers that are no plain mean of a loss.

use hub_core::graph::Node;

use super::mean::{build_mean, mean, means, update_mean};
use super::{Metric, MetricState};
use crate::config::{Config, class, config_of};
use crate::error::Result;
use crate::losses::labels::align;
use crate::losses::regression::{cosine, squared_difference};

means! {
    /// The mean cosine of the angle between y_true and y_pred along the last axis: 1 is best.
    CosineSimilarity = "cosine_similarity", fixed "axis" = -1: |_metric, y_true, y_pred| cosine(y_true, y_pred);
}

/// The root of the mean of (y_true - y_pred)² over all elements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootMeanSquaredError {
    name: String,
}

impl RootMeanSquaredError {
    /// The metric, named `root_mean_squared_error`.
    pub fn new() -> RootMeanSquaredError {
        RootMeanSquaredError { name: "root_mean_squared_error".into() }
    }

    /// The name in the logs.
    pub fn name(mut self, name: impl Into<String>) -> RootMeanSquaredError {
        self.name = name.into();
        self
    }
}

impl Default for RootMeanSquaredError {
    fn default() -> RootMeanSquaredError {
        RootMeanSquaredError::new()
    }
}

impl Metric for RootMeanSquaredError {
    fn config(&self) -> crate::Result<Config> {
        config_of(self, "keras.metrics")
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn build(&self, state: &mut MetricState<'_>) -> Result<()> {
        build_mean(state)
    }

    fn update<'g>(
        &self,
        state: &mut MetricState<'g>,
        y_true: Node<'g>,
        y_pred: Node<'g>,
        sample_weight: Option<Node<'g>>,
    ) -> Result<()> {
        let (y_true, y_pred) = align(y_true.cast(state.dtype()), y_pred.cast(state.dtype()));
        update_mean(state, squared_difference(y_pred, y_true), sample_weight)
    }

    fn result<'g>(&self, state: &MetricState<'g>) -> Result<Node<'g>> {
        Ok(mean(state)?.sqrt())
    }
}

class! { RootMeanSquaredError = "RootMeanSquaredError", |config| RootMeanSquaredError::new();
    name = name; ignored "dtype" = "float32"
}
