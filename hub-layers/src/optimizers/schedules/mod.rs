//! Learning rates that change with the step.

use std::fmt;

use hub_core::graph::Node;

/// The learning rate at each step, computed in the graph.
pub trait LearningRateSchedule: fmt::Debug + Send + Sync {
    /// The learning rate at `step` (a float64 scalar, 0 at the first update), a float64 scalar.
    fn at<'g>(&self, step: Node<'g>) -> Node<'g>;
}
