//! [`BinaryCrossentropy`]: for outputs that are yes or no, each by itself.

use hub_core::graph::Node;
use hub_core::{Shape, Tensor};

use super::labels::{EPSILON, align_numbers, check_numbers, check_smoothing, clip, logits};
use super::{Loss, loss_config};
use crate::config::{Config, class};
use crate::error::Result;

/// -(y_true · log(y_pred) + (1 - y_true) · log(1 - y_pred)), the mean along the last axis.
///
/// | argument | meaning | default |
/// |---|---|---|
/// | `from_logits` | whether predictions are logits, not probabilities | false |
/// | `label_smoothing` | the share by which labels go towards 0.5 | 0 |
///
/// Where predictions come right out of a sigmoid, its input is used: no digits are lost near 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct BinaryCrossentropy {
    from_logits: bool,
    label_smoothing: f64,
}

impl BinaryCrossentropy {
    /// For probabilities and labels as they are.
    pub fn new() -> BinaryCrossentropy {
        BinaryCrossentropy::default()
    }

    /// Whether predictions are logits. Default: false.
    pub fn from_logits(mut self, from_logits: bool) -> BinaryCrossentropy {
        self.from_logits = from_logits;
        self
    }

    /// The share by which labels go towards 0.5. Default: 0.
    pub fn label_smoothing(mut self, label_smoothing: f64) -> BinaryCrossentropy {
        self.label_smoothing = label_smoothing;
        self
    }
}

impl Loss for BinaryCrossentropy {
    fn config(&self) -> Result<Config> {
        loss_config(self)
    }

    fn name(&self) -> &str {
        "binary_crossentropy"
    }

    fn call<'g>(&self, y_true: Node<'g>, y_pred: Node<'g>) -> Result<Node<'g>> {
        check_smoothing(self.label_smoothing)?;
        let (mut y_true, y_pred) = align_numbers(y_true, y_pred);
        if self.label_smoothing != 0.0 {
            y_true = y_true * (1.0 - self.label_smoothing) + 0.5 * self.label_smoothing;
        }
        let losses = match logits(y_pred, "Sigmoid", self.from_logits) {
            Some(logits) => of_logits(y_true, logits),
            None => of_probabilities(y_true, clip(y_pred)),
        };
        Ok(losses.reduce_mean([-1]))
    }

    fn check_labels(&self, y_true: &Tensor, _: &Shape) -> Result<()> {
        check_numbers(y_true)
    }
}

fn of_probabilities<'g>(y_true: Node<'g>, y_pred: Node<'g>) -> Node<'g> {
    let yes = y_true * (y_pred + EPSILON).log();
    let no = (1.0 - y_true) * (1.0 - y_pred + EPSILON).log();
    -(yes + no)
}

/// max(x, 0) - x · y_true + log(1 + exp(-|x|)): no exponential grows large. Maximum and absolute value are written as
/// choices by x ≥ 0, so that the gradient at 0 is right.
fn of_logits<'g>(y_true: Node<'g>, logits: Node<'g>) -> Node<'g> {
    let scope = logits.scope();
    let zeros = scope.op("ZerosLike").input(logits).build();
    let positive = scope.op("GreaterEqual").input(logits).input(zeros).build();
    let choose = |yes: Node<'g>, no: Node<'g>| scope.op("SelectV2").input(positive).input(yes).input(no).build();
    let decay = scope.op("Log1p").input(choose(-logits, logits).exp()).build();
    choose(logits, zeros) - logits * y_true + decay
}

class! { BinaryCrossentropy = "BinaryCrossentropy", |config| BinaryCrossentropy::new();
    from_logits = from_logits, label_smoothing = label_smoothing; fixed "axis" = -1
}
