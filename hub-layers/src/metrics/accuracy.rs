//! Accuracies: how often the prediction is the label.

use hub_core::DType;
use hub_core::graph::{IntoNode, Node};

use super::mean::means;
use crate::precision::single;

means! {
    /// How often predictions are on the side of `threshold` that their label, 0 or 1, is on.
    BinaryAccuracy = "binary_accuracy" {
        /// What counts as 1 when above it. Default: 0.5.
        threshold: f64 = 0.5
    }: |metric, y_true, y_pred| {
        let above = y_pred.scope().op("Greater").input(y_pred).input(single(metric.threshold).into_node(y_pred)).build();
        equal(y_true, above.cast(y_pred.dtype()))
    };
    /// How often the largest prediction is where the one-hot label has its 1.
    CategoricalAccuracy = "categorical_accuracy": |_metric, y_true, y_pred| equal(y_true.arg_max(), y_pred.arg_max());
    /// How often the largest prediction is at the label, the number of a class.
    SparseCategoricalAccuracy = "sparse_categorical_accuracy": |_metric, y_true, y_pred|
        equal(class_numbers(y_true, y_pred), y_pred.arg_max().cast(y_pred.dtype()));
    /// How often the one-hot label is among the `k` largest predictions.
    TopKCategoricalAccuracy = "top_k_categorical_accuracy" {
        /// How many predictions count. Default: 5.
        k: usize = 5
    }: |metric, y_true, y_pred| in_top_k(y_true.arg_max(), y_pred, metric.k);
    /// How often the label, the number of a class, is among the `k` largest predictions.
    SparseTopKCategoricalAccuracy = "sparse_top_k_categorical_accuracy" {
        /// How many predictions count. Default: 5.
        k: usize = 5
    }: |metric, y_true, y_pred| in_top_k(class_numbers(y_true, y_pred), y_pred, metric.k);
}

/// 1 where both are the same, else 0; as truth values.
fn equal<'g>(a: Node<'g>, b: Node<'g>) -> Node<'g> {
    a.scope().op("Equal").input(a).input(b).build()
}

/// Labels without the last axis that the predictions have: a column becomes a vector.
fn class_numbers<'g>(y_true: Node<'g>, y_pred: Node<'g>) -> Node<'g> {
    match (y_true.shape().rank(), y_pred.shape().rank()) {
        (Some(labels), Some(predictions)) if labels == predictions => {
            y_true.scope().op("Squeeze").input(y_true).attr("squeeze_dims", vec![-1_i64]).build()
        }
        _ => y_true,
    }
}

/// Whether the class is among the `k` largest predictions; of the shape of `classes`.
fn in_top_k<'g>(classes: Node<'g>, y_pred: Node<'g>, k: usize) -> Node<'g> {
    let scope = y_pred.scope();
    let matrix = match (y_pred.shape().rank(), y_pred.shape().last()) {
        (Some(3..), Some(last)) => y_pred.reshape(&[-1, last as i32]),
        _ => y_pred,
    };
    // The op knows predictions in single precision only, which is what Keras gives it as well.
    let targets = classes.cast(DType::I32).reshape(&[-1]);
    let k = scope.constant(i32::try_from(k).unwrap_or(i32::MAX));
    let found = scope.op("InTopKV2").input(matrix.cast(DType::F32)).input(targets).input(k).build();
    found.reshape_to(classes.shape_of())
}
