//! True and false positives and negatives at thresholds: what precision, recall and AUC count.

use hub_core::graph::{IntoNode, Node};
use hub_core::{DType, Tensor};

use super::MetricState;
use crate::losses::labels::align;

/// The examples of a batch, one for each prediction.
pub(super) struct Examples<'g> {
    /// Those that are to be found, by weight, `[n]`.
    positive: Node<'g>,
    /// Those that are not, by weight, `[n]`.
    negative: Node<'g>,
    /// `[n]`.
    predictions: Node<'g>,
}

/// Weights that are predicted to be positive, at each threshold.
pub(super) struct Found<'g> {
    pub(super) true_positives: Node<'g>,
    pub(super) false_positives: Node<'g>,
}

/// Which predictions are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Among {
    /// The largest of each example; others count as if they were below every threshold.
    pub(super) top_k: Option<usize>,
    /// Those of one class.
    pub(super) class_id: Option<usize>,
}

impl<'g> Examples<'g> {
    pub(super) fn new(
        state: &MetricState<'g>,
        y_true: Node<'g>,
        y_pred: Node<'g>,
        sample_weight: Option<Node<'g>>,
        among: Among,
    ) -> Examples<'g> {
        let dtype = state.dtype();
        let (mut y_true, mut y_pred) = align(y_true.cast(dtype), y_pred.cast(dtype));
        if let Some(k) = among.top_k {
            y_pred = largest(y_pred, k);
        }
        if let Some(class) = among.class_id {
            (y_true, y_pred) = (column(y_true, class), column(y_pred, class));
        }
        let zero = 0.0.into_node(y_true);
        let mut positive = state.scope().op("NotEqual").input(y_true).input(zero).build().cast(dtype);
        let mut negative = 1.0 - positive;
        if let Some(weights) = crate::weighting::spread(y_pred, sample_weight) {
            (positive, negative) = (positive * weights, negative * weights);
        }
        let flat = |node: Node<'g>| node.reshape(&[-1]);
        Examples { positive: flat(positive), negative: flat(negative), predictions: flat(y_pred) }
    }

    /// All positive examples, by weight.
    pub(super) fn positives(&self) -> Node<'g> {
        self.positive.reduce_sum([0])
    }

    /// All negative examples, by weight.
    pub(super) fn negatives(&self) -> Node<'g> {
        self.negative.reduce_sum([0])
    }

    /// Compares each prediction with each threshold.
    pub(super) fn above(&self, thresholds: &[f64]) -> Found<'g> {
        let (scope, dtype) = (self.predictions.scope(), self.predictions.dtype());
        let thresholds = scope.constant(Tensor::from(thresholds)).cast(dtype).reshape(&[-1, 1]);
        let above = scope.op("Greater").input(self.predictions.reshape(&[1, -1])).input(thresholds).build().cast(dtype);
        let count = |weights: Node<'g>| (above * weights).reduce_sum([1]);
        Found { true_positives: count(self.positive), false_positives: count(self.negative) }
    }

    /// As [`Examples::above`] for `count` thresholds spread evenly from just below 0 to just above 1, by counting how many
    /// predictions lie between each two.
    pub(super) fn above_even(&self, count: usize) -> Found<'g> {
        let scope = self.predictions.scope();
        let within = self.predictions.minimum(1.0).maximum(0.0);
        // A prediction that equals a threshold is not above it; one of 0 is above the first, which is below 0.
        let bucket = scope.op("Ceil").input(within * (count as f64 - 1.0)).build() - 1.0;
        let bucket = bucket.relu().cast(DType::I32);
        let (axis, buckets) = (scope.constant(0_i32), scope.constant(count as i32));
        let from_top = |weights: Node<'g>| {
            let sums = scope.op("UnsortedSegmentSum").input(weights).input(bucket).input(buckets).build();
            scope.op("Cumsum").input(sums).input(axis).attr("reverse", true).build()
        };
        Found { true_positives: from_top(self.positive), false_positives: from_top(self.negative) }
    }
}

/// One class, as a column.
fn column(node: Node<'_>, class: usize) -> Node<'_> {
    let scope = node.scope();
    let (index, axis) = (scope.constant([class as i64]), scope.constant(-1_i32));
    scope.op("GatherV2").input(node).input(index).input(axis).build()
}

/// The `k` largest of the last axis; the others far below every threshold.
fn largest(node: Node<'_>, k: usize) -> Node<'_> {
    let (scope, dtype) = (node.scope(), node.dtype());
    let k = scope.constant(i32::try_from(k).unwrap_or(i32::MAX));
    let found = scope.op("TopKV2").input(node).input(k).attr("sorted", false).build_operation().output(1);
    let last = scope.op("StridedSlice").input(node.shape_of()).input(scope.constant([-1_i32]));
    let last =
        last.input(scope.constant([0_i32])).input(scope.constant([1_i32])).attr("shrink_axis_mask", 1_i64).build();
    let (on, off) = (1.0.into_node(node), 0.0.into_node(node));
    let mask = scope.op("OneHot").input(found).input(last).input(on).input(off).attr("axis", -1_i64).build();
    let mask = mask.cast(dtype).reduce_sum([-2]);
    node * mask + (1.0 - mask) * BELOW_ALL
}

/// What a prediction that does not count is replaced by, as in Keras.
pub(super) const BELOW_ALL: f64 = -1e10;
