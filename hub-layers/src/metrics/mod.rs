//! Metrics: what is counted over an epoch beside the loss. What `compile` takes.
//!
//! A metric keeps its counts in variables of the model's session, adds to them in the same run as the training step,
//! and computes its result from them. One file for each family.

mod mean;
mod state;

use std::fmt;

use hub_core::Shape;
use hub_core::graph::Node;

pub use mean::MeanSquaredErrorMetric;
pub use state::MetricState;
pub(crate) use state::Slot;

use crate::choice::{Choice, choices};
use crate::error::Result;

/// Something counted over the batches of an epoch.
pub trait Metric: fmt::Debug + Send + Sync {
    /// The name in the logs: `accuracy`, `auc`.
    fn name(&self) -> &str;

    /// The metric that is really meant for labels and predictions of these shapes, where the name stands for several:
    /// `accuracy` is a binary, categorical or sparse one. `None` for this one.
    fn chosen_for(&self, y_true: &Shape, y_pred: &Shape) -> Option<MetricChoice> {
        let _ = (y_true, y_pred);
        None
    }

    /// Makes the state, all of it 0 before the first batch.
    ///
    /// # Errors
    /// Arguments that make no sense.
    fn build(&self, state: &mut MetricState<'_>) -> Result<()>;

    /// Adds a batch to the state; `sample_weight` weighs the examples `[batch]`, where they are weighed.
    ///
    /// # Errors
    /// Shapes that do not fit.
    fn update<'g>(
        &self,
        state: &mut MetricState<'g>,
        y_true: Node<'g>,
        y_pred: Node<'g>,
        sample_weight: Option<Node<'g>>,
    ) -> Result<()>;

    /// The result, a scalar, from the state as it is now.
    ///
    /// # Errors
    /// Those of writing it.
    fn result<'g>(&self, state: &MetricState<'g>) -> Result<Node<'g>>;
}

/// What a `metrics` argument takes: a name or a metric.
pub type MetricChoice = Choice<dyn Metric>;

choices! { Metric:
    "mean_squared_error" => MeanSquaredError = MeanSquaredErrorMetric::new();
    "mse" => MSE = MeanSquaredErrorMetric::new().name("mse");
}
