//! [`CategoricalCrossentropy`]: for one class of many, labels one-hot or as probabilities.

use hub_core::graph::Node;
use hub_core::{Shape, Tensor};

use super::labels::{align_numbers, check_columns, check_smoothing, clip, logits};
use super::{Loss, loss_config};
use crate::config::{Config, class};
use crate::error::Result;

/// -Σ y_true · log(y_pred) along the last axis.
///
/// | argument | meaning | default |
/// |---|---|---|
/// | `from_logits` | whether predictions are logits, not probabilities | false |
/// | `label_smoothing` | the share of each label that is spread over all classes | 0 |
///
/// Where predictions come right out of a softmax, its input is used: no digits are lost near 0.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct CategoricalCrossentropy {
    from_logits: bool,
    label_smoothing: f64,
}

impl CategoricalCrossentropy {
    /// For probabilities and labels as they are.
    pub fn new() -> CategoricalCrossentropy {
        CategoricalCrossentropy::default()
    }

    /// Whether predictions are logits. Default: false.
    pub fn from_logits(mut self, from_logits: bool) -> CategoricalCrossentropy {
        self.from_logits = from_logits;
        self
    }

    /// The share of each label that is spread over all classes. Default: 0.
    pub fn label_smoothing(mut self, label_smoothing: f64) -> CategoricalCrossentropy {
        self.label_smoothing = label_smoothing;
        self
    }

    fn smooth<'g>(&self, y_true: Node<'g>) -> Node<'g> {
        let scope = y_true.scope();
        let classes = match y_true.shape().last() {
            Some(classes) => scope.constant(classes as f64).cast(y_true.dtype()),
            None => {
                let ones = scope.op("OnesLike").input(y_true).build();
                let last = scope.constant([-1_i32]);
                scope.op("Sum").input(ones).input(last).attr("keep_dims", true).build()
            }
        };
        y_true * (1.0 - self.label_smoothing) + self.label_smoothing / classes
    }
}

impl Loss for CategoricalCrossentropy {
    fn config(&self) -> Result<Config> {
        loss_config(self)
    }

    fn name(&self) -> &str {
        "categorical_crossentropy"
    }

    fn call<'g>(&self, y_true: Node<'g>, y_pred: Node<'g>) -> Result<Node<'g>> {
        check_smoothing(self.label_smoothing)?;
        let (mut y_true, y_pred) = align_numbers(y_true, y_pred);
        if self.label_smoothing != 0.0 {
            y_true = self.smooth(y_true);
        }
        Ok(match logits(y_pred, "Softmax", self.from_logits) {
            Some(logits) => of_logits(y_true, logits),
            None => {
                let scope = y_pred.scope();
                let last = scope.constant([-1_i32]);
                let sum = scope.op("Sum").input(y_pred).input(last).attr("keep_dims", true).build();
                -(y_true * clip(y_pred / sum).log()).reduce_sum([-1])
            }
        })
    }

    fn check_labels(&self, y_true: &Tensor, y_pred: &Shape) -> Result<()> {
        check_columns(y_true, y_pred)
    }
}

/// Through the op that does softmax and logarithm in one, which takes matrices.
fn of_logits<'g>(y_true: Node<'g>, logits: Node<'g>) -> Node<'g> {
    let scope = logits.scope();
    let fused = |y_true, logits| {
        scope.op("SoftmaxCrossEntropyWithLogits").input(logits).input(y_true).build_operation().output(0)
    };
    let Some((rank, classes)) = logits.shape().rank().zip(logits.shape().last()).filter(|(rank, _)| *rank > 2) else {
        return fused(y_true, logits);
    };
    let matrix = [-1, classes as i32];
    let (start, size) = (scope.constant([0_i32]), scope.constant([rank as i32 - 1]));
    let outer = scope.op("Slice").input(logits.shape_of()).input(start).input(size).build();
    fused(y_true.reshape(&matrix), logits.reshape(&matrix)).reshape_to(outer)
}

class! { CategoricalCrossentropy = "CategoricalCrossentropy", |config| CategoricalCrossentropy::new();
    from_logits = from_logits, label_smoothing = label_smoothing; fixed "axis" = -1
}
