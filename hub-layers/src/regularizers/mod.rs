//! Penalties on weights, which become part of the loss: what `kernel_regularizer` takes.
//!
//! Layers name them while they are built; the model adds the penalties to its loss.

mod l1_l2;

use std::fmt;

use hub_core::graph::Node;

pub use l1_l2::{L1, L1L2, L2};

use crate::choice::{Choice, choices};

/// A penalty on a weight.
pub trait Regularizer: fmt::Debug + Send + Sync {
    /// The penalty, a scalar of the weight's type.
    fn penalty<'g>(&self, weight: Node<'g>) -> Node<'g>;
}

/// What a `kernel_regularizer` argument takes: a name or a regularizer.
pub type RegularizerChoice = Choice<dyn Regularizer>;

choices! { Regularizer:
    "l1" => L1 = L1::new(0.01);
    "l2" => L2 = L2::new(0.01);
    "l1_l2" => L1L2 = L1L2::new(0.01, 0.01);
}
