//! What weights are held to after each update: what `kernel_constraint` takes.

mod norms;

use std::fmt;

use hub_core::graph::Node;

pub use norms::{MaxNorm, MinMaxNorm, NonNeg, UnitNorm};

use crate::choice::{Choice, choices};
use crate::config::{Config, Maker, list_of_classes, no_config};

/// A rule that weights keep to while they are trained.
pub trait Constraint: fmt::Debug + Send + Sync {
    /// The weight as the rule wants it.
    fn apply<'g>(&self, weight: Node<'g>) -> Node<'g>;

    /// The class with its arguments, as Keras writes them; without one, models with it cannot be written down.
    ///
    /// # Errors
    /// [`Error::NoConfig`](crate::Error::NoConfig), as by default.
    fn config(&self) -> crate::Result<Config> {
        Err(no_config(self))
    }
}

/// What a `kernel_constraint` argument takes: a name or a constraint.
pub type ConstraintChoice = Choice<dyn Constraint>;

choices! { Constraint:
    "max_norm" => MaxNorm = MaxNorm::new();
    "min_max_norm" => MinMaxNorm = MinMaxNorm::new();
    "non_neg" => NonNeg = NonNeg::new();
    "unit_norm" => UnitNorm = UnitNorm::new();
}

/// The classes that configs name.
pub(crate) const CLASSES: &[(&str, Maker<dyn Constraint>)] = list_of_classes! { dyn Constraint:
    MaxNorm, MinMaxNorm, NonNeg, UnitNorm
};
