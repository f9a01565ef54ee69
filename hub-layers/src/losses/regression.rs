//! Losses of numbers.

use hub_core::graph::Node;

use super::Loss;
use crate::error::Result;

/// The mean of (y_true - y_pred)² along the last axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MeanSquaredError;

impl MeanSquaredError {
    /// The loss.
    pub fn new() -> MeanSquaredError {
        MeanSquaredError
    }
}

impl Loss for MeanSquaredError {
    fn name(&self) -> &str {
        "mean_squared_error"
    }

    fn call<'g>(&self, y_true: Node<'g>, y_pred: Node<'g>) -> Result<Node<'g>> {
        Ok((y_pred - y_true.cast(y_pred.dtype())).square().reduce_mean([-1]))
    }
}
