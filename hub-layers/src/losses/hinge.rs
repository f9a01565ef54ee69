//! Losses of margins: right by a distance, or not.

use hub_core::graph::{IntoNode, Node};

use super::regression::plain_losses;

plain_losses! {
    /// The mean of max(1 - y_true · y_pred, 0) along the last axis; labels are -1 and 1, or 0 and 1.
    Hinge = "hinge": |y_true, y_pred| margin(y_true, y_pred).reduce_mean([-1]);
    /// The mean of max(1 - y_true · y_pred, 0)² along the last axis; labels are -1 and 1, or 0 and 1.
    SquaredHinge = "squared_hinge": |y_true, y_pred| margin(y_true, y_pred).square().reduce_mean([-1]);
    /// max(largest wrong - right + 1, 0) along the last axis; labels are one-hot.
    CategoricalHinge = "categorical_hinge": |y_true, y_pred| {
        let right = (y_true * y_pred).reduce_sum([-1]);
        let wrong = ((1.0 - y_true) * y_pred).reduce_max([-1]);
        (wrong - right + 1.0).maximum(0.0)
    };
}

/// How far each is from being right by 1.
fn margin<'g>(y_true: Node<'g>, y_pred: Node<'g>) -> Node<'g> {
    (1.0 - signs(y_true) * y_pred).maximum(0.0)
}

/// Labels of 0 and 1 as -1 and 1; others as they are.
fn signs(y_true: Node<'_>) -> Node<'_> {
    let scope = y_true.scope();
    let is = |number: f64| scope.op("Equal").input(y_true).input(number.into_node(y_true)).build();
    let either = scope.op("LogicalOr").input(is(0.0)).input(is(1.0)).build().reshape(&[-1]);
    let binary = scope.op("All").input(either).input(scope.constant([0_i32])).attr("keep_dims", false).build();
    scope.op("SelectV2").input(binary).input(y_true * 2.0 - 1.0).input(y_true).build()
}
