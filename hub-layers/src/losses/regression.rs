//! Losses of numbers: means of differences along the last axis.

use hub_core::graph::{IntoNode, Node};

use super::labels::{EPSILON, align_numbers};
use super::{Loss, loss_config};
use crate::config::{Config, class};
use crate::error::{Error, Result};
use crate::precision::single;

/// Losses without arguments: the name, Keras's arguments that have one value only here, and the formula of each example.
macro_rules! plain_losses {
    ($($(#[$doc:meta])* $class_name:ident = $name:literal $(, fixed $fixed:literal = $value:literal)?:
        |$y_true:ident, $y_pred:ident| $formula:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub struct $class_name;

        impl $class_name {
            /// The loss.
            pub fn new() -> $class_name {
                $class_name
            }
        }

        $crate::config::class! { $class_name = stringify!($class_name), |_config| $class_name;
            $(; fixed $fixed = $value)?
        }

        impl $crate::losses::Loss for $class_name {
            fn config(&self) -> $crate::Result<$crate::config::Config> {
                $crate::losses::loss_config(self)
            }

            fn name(&self) -> &str {
                $name
            }

            fn call<'g>(
                &self,
                y_true: hub_core::graph::Node<'g>,
                y_pred: hub_core::graph::Node<'g>,
            ) -> $crate::error::Result<hub_core::graph::Node<'g>> {
                let ($y_true, $y_pred) = $crate::losses::labels::align_numbers(y_true, y_pred);
                Ok($formula)
            }

            fn check_labels(&self, y_true: &hub_core::Tensor, _: &hub_core::Shape) -> $crate::error::Result<()> {
                $crate::losses::labels::check_numbers(y_true)
            }
        }
    )*};
}

pub(super) use plain_losses;

plain_losses! {
    /// The mean of (y_true - y_pred)² along the last axis.
    MeanSquaredError = "mean_squared_error": |y_true, y_pred| squared_difference(y_pred, y_true).reduce_mean([-1]);
    /// The mean of |y_true - y_pred| along the last axis.
    MeanAbsoluteError = "mean_absolute_error": |y_true, y_pred| (y_pred - y_true).abs().reduce_mean([-1]);
    /// 100 times the mean of |y_true - y_pred| / max(|y_true|, 1e-7) along the last axis.
    MeanAbsolutePercentageError = "mean_absolute_percentage_error": |y_true, y_pred|
        ((y_true - y_pred) / y_true.abs().maximum(EPSILON)).abs().reduce_mean([-1]) * 100.0;
    /// The mean of (log(y_true + 1) - log(y_pred + 1))² along the last axis; negative numbers count as 1e-7.
    MeanSquaredLogarithmicError = "mean_squared_logarithmic_error": |y_true, y_pred| {
        let log = |node: Node<'g>| (node.maximum(EPSILON) + 1.0).log();
        squared_difference(log(y_pred), log(y_true)).reduce_mean([-1])
    };
    /// The mean of log(cosh(y_pred - y_true)) along the last axis.
    LogCosh = "log_cosh": |y_true, y_pred| {
        let error = y_pred - y_true;
        (error + (error * -2.0).softplus() - f64::from(std::f32::consts::LN_2)).reduce_mean([-1])
    };
    /// The cosine of the angle between y_true and y_pred along the last axis, negative: -1 is best.
    CosineSimilarity = "cosine_similarity", fixed "axis" = -1: |y_true, y_pred| -cosine(y_true, y_pred);
}

/// Half the square of y_true - y_pred where that is at most `delta`, else a straight line: the mean along the last axis.
///
/// | |error| | loss |
/// |---|---|
/// | ≤ delta | error² / 2 |
/// | > delta | delta · |error| - delta² / 2 |
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Huber {
    delta: f64,
}

impl Huber {
    /// With a `delta` of 1.
    pub fn new() -> Huber {
        Huber { delta: 1.0 }
    }

    /// Where the parabola becomes a line. Default: 1.
    pub fn delta(mut self, delta: f64) -> Huber {
        self.delta = delta;
        self
    }
}

impl Default for Huber {
    fn default() -> Huber {
        Huber::new()
    }
}

impl Loss for Huber {
    fn config(&self) -> Result<Config> {
        loss_config(self)
    }

    fn name(&self) -> &str {
        "huber_loss"
    }

    fn call<'g>(&self, y_true: Node<'g>, y_pred: Node<'g>) -> Result<Node<'g>> {
        if !(self.delta >= 0.0 && self.delta.is_finite()) {
            let (argument, found) = ("delta".into(), self.delta.to_string());
            return Err(Error::BadConfig { argument, expected: "a finite number that is not negative".into(), found });
        }
        let (y_true, y_pred) = align_numbers(y_true, y_pred);
        let (error, scope, delta) = (y_pred - y_true, y_pred.scope(), single(self.delta));
        let size = error.abs();
        let near = scope.op("LessEqual").input(size).input(delta.into_node(size)).build();
        let (parabola, line) = (error.square() * 0.5, size * delta - 0.5 * delta * delta);
        let losses = scope.op("SelectV2").input(near).input(parabola).input(line).build();
        Ok(losses.reduce_mean([-1]))
    }
}

/// (a - b)², as one op.
pub(crate) fn squared_difference<'g>(a: Node<'g>, b: Node<'g>) -> Node<'g> {
    a.scope().op("SquaredDifference").input(a).input(b).build()
}

/// The cosine of the angle between two vectors along the last axis.
pub(crate) fn cosine<'g>(a: Node<'g>, b: Node<'g>) -> Node<'g> {
    let unit = |node: Node<'g>| {
        let scope = node.scope();
        let last = scope.constant([-1_i32]);
        let sum = scope.op("Sum").input(node.square()).input(last).attr("keep_dims", true).build();
        node * scope.op("Rsqrt").input(sum.maximum(1e-12)).build()
    };
    (unit(a) * unit(b)).reduce_sum([-1])
}

class! { Huber = "Huber", |config| Huber::new(); delta = delta }
