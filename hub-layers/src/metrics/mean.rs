//! Means over examples: the state that most metrics share, and the metrics that are such means.

use hub_core::graph::Node;

use super::{Metric, MetricState};
use crate::error::Result;

/// Makes the state of a weighted mean.
pub(super) fn build_mean(state: &mut MetricState<'_>) -> Result<()> {
    state.add_weight("total", &[])?;
    state.add_weight("count", &[])
}

/// Adds values `[batch, ...]` to a weighted mean.
pub(super) fn update_mean<'g>(
    state: &mut MetricState<'g>,
    values: Node<'g>,
    sample_weight: Option<Node<'g>>,
) -> Result<()> {
    let values = values.cast(state.dtype());
    let weights = crate::weighting::spread(values, sample_weight);
    let (total, count) = match weights {
        Some(weights) => (values * weights, weights),
        None => (values, state.scope().op("OnesLike").input(values).build()),
    };
    state.add_to("total", total.reshape(&[-1]).reduce_sum([0]))?;
    state.add_to("count", count.reshape(&[-1]).reduce_sum([0]))
}

/// The mean so far, 0 where nothing has been counted.
pub(super) fn mean<'g>(state: &MetricState<'g>) -> Result<Node<'g>> {
    let (total, count) = (state.value("total")?, state.value("count")?);
    Ok(state.scope().op("DivNoNan").input(total).input(count).build())
}

/// The mean of (y_true - y_pred)² over examples and their last axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeanSquaredErrorMetric {
    name: String,
}

impl MeanSquaredErrorMetric {
    /// The metric, named `mean_squared_error`.
    pub fn new() -> MeanSquaredErrorMetric {
        MeanSquaredErrorMetric { name: "mean_squared_error".into() }
    }

    /// The name in the logs.
    pub fn name(mut self, name: impl Into<String>) -> MeanSquaredErrorMetric {
        self.name = name.into();
        self
    }
}

impl Default for MeanSquaredErrorMetric {
    fn default() -> MeanSquaredErrorMetric {
        MeanSquaredErrorMetric::new()
    }
}

impl Metric for MeanSquaredErrorMetric {
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
        let error = y_pred - y_true.cast(y_pred.dtype());
        update_mean(state, error.square().reduce_mean([-1]), sample_weight)
    }

    fn result<'g>(&self, state: &MetricState<'g>) -> Result<Node<'g>> {
        mean(state)
    }
}
