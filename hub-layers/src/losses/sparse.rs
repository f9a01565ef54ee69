//! [`SparseCategoricalCrossentropy`]: for one class of many, labels as numbers of classes.

use hub_core::graph::{IntoNode, Node};
use hub_core::{DType, Shape, Tensor};

use super::labels::{align, check_classes, clip, logits};
use super::{Loss, loss_config};
use crate::config::{Config, class};
use crate::error::Result;

/// -log(y_pred at y_true): the label is the number of the class, from 0.
///
/// | argument | meaning | default |
/// |---|---|---|
/// | `from_logits` | whether predictions are logits, not probabilities | false |
/// | `ignore_class` | a label whose examples do not count; the mean is over the others | none |
///
/// Where predictions come right out of a softmax, its input is used: no digits are lost near 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SparseCategoricalCrossentropy {
    from_logits: bool,
    ignore_class: Option<i64>,
}

impl SparseCategoricalCrossentropy {
    /// For probabilities, and all classes.
    pub fn new() -> SparseCategoricalCrossentropy {
        SparseCategoricalCrossentropy::default()
    }

    /// Whether predictions are logits. Default: false.
    pub fn from_logits(mut self, from_logits: bool) -> SparseCategoricalCrossentropy {
        self.from_logits = from_logits;
        self
    }

    /// A label whose examples do not count, such as -1 or 255 for the void of a segmentation. Default: none.
    pub fn ignore_class(mut self, class: i64) -> SparseCategoricalCrossentropy {
        self.ignore_class = Some(class);
        self
    }

    /// The losses of labels and logits, with those of the ignored class out of the mean.
    fn without_ignored<'g>(&self, labels: Node<'g>, logits: Node<'g>, ignored: i64) -> Node<'g> {
        let scope = logits.scope();
        let different = scope.op("NotEqual").input(labels).input(ignored.into_node(labels)).build();
        let zeros = scope.op("ZerosLike").input(labels).build();
        let losses = fused(scope.op("SelectV2").input(different).input(labels).input(zeros).build(), logits);
        let counted = different.cast(losses.dtype());
        // The mean divides by all examples; this way it is over those that count.
        let share = counted.reduce_mean([0]);
        let none = scope.op("ZerosLike").input(losses).build();
        scope.op("SelectV2").input(different).input(losses).input(none).build() / share
    }
}

impl Loss for SparseCategoricalCrossentropy {
    fn config(&self) -> Result<Config> {
        loss_config(self)
    }

    fn name(&self) -> &str {
        "sparse_categorical_crossentropy"
    }

    fn call<'g>(&self, y_true: Node<'g>, y_pred: Node<'g>) -> Result<Node<'g>> {
        let (y_true, y_pred) = align(y_true, y_pred);
        let logits = match logits(y_pred, "Softmax", self.from_logits) {
            Some(logits) => logits,
            None => clip(y_pred).log(),
        };
        let scope = logits.scope();
        let labels = y_true.cast(DType::I64).reshape(&[-1]);
        let matrix = match logits.shape().rank() {
            Some(2) | None => logits,
            Some(rank) => {
                let classes = part_of_shape(logits, rank as i32 - 1, 1);
                let axis = scope.constant(0_i32);
                let shape = scope.op("ConcatV2").input_list([scope.constant([-1_i32]), classes]).input(axis).build();
                logits.reshape_to(shape)
            }
        };
        let losses = match self.ignore_class {
            Some(ignored) => self.without_ignored(labels, matrix, ignored),
            None => fused(labels, matrix),
        };
        Ok(match logits.shape().rank() {
            Some(rank @ 3..) => losses.reshape_to(part_of_shape(logits, 0, rank as i32 - 1)),
            _ => losses,
        })
    }

    fn check_labels(&self, y_true: &Tensor, y_pred: &Shape) -> Result<()> {
        check_classes(y_true, y_pred, self.ignore_class)
    }
}

/// Through the op that does softmax and logarithm in one.
fn fused<'g>(labels: Node<'g>, logits: Node<'g>) -> Node<'g> {
    let scope = logits.scope();
    scope.op("SparseSoftmaxCrossEntropyWithLogits").input(logits).input(labels).build_operation().output(0)
}

/// Some of the dimensions of a node, as a vector.
fn part_of_shape(node: Node<'_>, start: i32, size: i32) -> Node<'_> {
    let scope = node.scope();
    let (start, size) = (scope.constant([start]), scope.constant([size]));
    scope.op("Slice").input(node.shape_of()).input(start).input(size).build()
}

class! { SparseCategoricalCrossentropy = "SparseCategoricalCrossentropy", |config| SparseCategoricalCrossentropy::new();
    from_logits = from_logits, ignore_class = ignore_class
}
