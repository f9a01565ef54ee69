//! Penalties on weights, which become part of the loss: what `kernel_regularizer` takes.
//!
//! Layers name them while they are built; the model adds the penalties to its loss.

mod l1_l2;

use std::fmt;

use hub_core::graph::Node;

pub use l1_l2::{L1, L1L2, L2};

use crate::choice::{Choice, choices};
use crate::config::{Config, Maker, list_of_classes, no_config};

/// A penalty on a weight.
pub trait Regularizer: fmt::Debug + Send + Sync {
    /// The penalty, a scalar of the weight's type.
    fn penalty<'g>(&self, weight: Node<'g>) -> Node<'g>;

    /// The class with its arguments, as Keras writes them; without one, models with it cannot be written down.
    ///
    /// # Errors
    /// [`Error::NoConfig`](crate::Error::NoConfig), as by default.
    fn config(&self) -> crate::Result<Config> {
        Err(no_config(self))
    }
}

/// What a `kernel_regularizer` argument takes: a name or a regularizer.
pub type RegularizerChoice = Choice<dyn Regularizer>;

choices! { Regularizer:
    "l1" => L1 = L1::new(0.01);
    "l2" => L2 = L2::new(0.01);
    "l1_l2" => L1L2 = L1L2::new(0.01, 0.01);
}

/// The classes that configs name.
pub(crate) const CLASSES: &[(&str, Maker<dyn Regularizer>)] = list_of_classes! { dyn Regularizer:
    L1, L2, L1L2
};
