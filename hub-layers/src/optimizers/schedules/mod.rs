//! Learning rates that change with the step.
//!
//! | file | holds |
//! |---|---|
//! | `decay` | [`ExponentialDecay`], [`InverseTimeDecay`] |
//! | `piecewise` | [`PiecewiseConstantDecay`] |
//! | `polynomial` | [`PolynomialDecay`] |
//! | `cosine` | [`CosineDecay`], [`CosineDecayRestarts`] |
//!
//! All compute in float32, as Keras does whatever the type of the weights.

mod cosine;
mod decay;
mod piecewise;
mod polynomial;

use std::fmt;

use hub_core::DType;
use hub_core::graph::{IntoNode, Node};

pub use cosine::{CosineDecay, CosineDecayRestarts};
pub use decay::{ExponentialDecay, InverseTimeDecay};
pub use piecewise::PiecewiseConstantDecay;
pub use polynomial::PolynomialDecay;

use super::options::at_least_zero;
use crate::config::{Config, Maker, list_of_classes, no_config};
use crate::error::{Error, Result};

/// The learning rate at each step, computed in the graph.
///
/// ```
/// use hub_core::graph::Node;
/// use hub_layers::optimizers::{SGD, schedules::LearningRateSchedule};
///
/// /// The learning rate over the root of the number of the step.
/// #[derive(Debug)]
/// struct Root(f64);
///
/// impl LearningRateSchedule for Root {
///     fn at<'g>(&self, step: Node<'g>) -> Node<'g> {
///         self.0 / (step + 1.0).sqrt()
///     }
/// }
///
/// let optimizer = SGD::new(Root(0.1));
/// ```
pub trait LearningRateSchedule: fmt::Debug + Send + Sync {
    /// The learning rate at `step` (a float64 scalar, 0 at the first update), a float64 scalar.
    fn at<'g>(&self, step: Node<'g>) -> Node<'g>;

    /// Checks the arguments; the default finds nothing.
    ///
    /// # Errors
    /// [`Error::BadConfig`].
    fn check(&self) -> Result<()> {
        Ok(())
    }

    /// The class with its arguments, as Keras writes them; without one, models with it cannot be written down.
    ///
    /// # Errors
    /// [`Error::NoConfig`], as by default.
    fn config(&self) -> crate::Result<Config> {
        Err(no_config(self))
    }
}

/// Checks a number of steps.
fn steps(argument: &str, steps: f64) -> Result<()> {
    match steps > 0.0 && steps.is_finite() {
        true => Ok(()),
        false => Err(Error::BadConfig {
            argument: argument.to_owned(),
            expected: "a positive number".into(),
            found: steps.to_string(),
        }),
    }
}

/// Checks a learning rate and the number of steps that it changes over.
fn rate_and_steps(learning_rate: f64, decay_steps: f64) -> Result<()> {
    at_least_zero("initial_learning_rate", learning_rate)?;
    steps("decay_steps", decay_steps)
}

/// One or the other.
fn choose<'g>(condition: Node<'g>, yes: Node<'g>, no: Node<'g>) -> Node<'g> {
    condition.scope().op("SelectV2").input(condition).input(yes).input(no).build()
}

/// The learning rate that `write` computes in single precision.
fn in_single<'g>(step: Node<'g>, write: impl FnOnce(Node<'g>) -> Node<'g>) -> Node<'g> {
    write(step.cast(DType::F32)).cast(DType::F64)
}

/// A comparison of the step.
fn compare<'g>(op: &str, step: Node<'g>, number: f64) -> Node<'g> {
    step.scope().op(op).input(step).input(number.into_node(step)).build()
}

/// The whole part.
fn floor(node: Node<'_>) -> Node<'_> {
    node.scope().op("Floor").input(node).build()
}

/// The classes that configs name.
pub(crate) const CLASSES: &[(&str, Maker<dyn LearningRateSchedule>)] = list_of_classes! { dyn LearningRateSchedule:
    CosineDecay, CosineDecayRestarts, ExponentialDecay, InverseTimeDecay, PiecewiseConstantDecay, PolynomialDecay
};
