//! What weights are held to after each update: what `kernel_constraint` takes.

mod norms;

use std::fmt;

use hub_core::graph::Node;

pub use norms::{MaxNorm, MinMaxNorm, NonNeg, UnitNorm};

use crate::choice::{Choice, choices};

/// A rule that weights keep to while they are trained.
pub trait Constraint: fmt::Debug + Send + Sync {
    /// The weight as the rule wants it.
    fn apply<'g>(&self, weight: Node<'g>) -> Node<'g>;
}

/// What a `kernel_constraint` argument takes: a name or a constraint.
pub type ConstraintChoice = Choice<dyn Constraint>;

choices! { Constraint:
    "max_norm" => MaxNorm = MaxNorm::new();
    "min_max_norm" => MinMaxNorm = MinMaxNorm::new();
    "non_neg" => NonNeg = NonNeg::new();
    "unit_norm" => UnitNorm = UnitNorm::new();
}
