//! Penalties on absolute values and squares.

use hub_core::graph::Node;

use super::Regularizer;
use crate::config::{Config, class, config_of};

/// l1 · Σ|w|.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct L1 {
    l1: f64,
}

impl L1 {
    /// A penalty of this weight. Keras's default: 0.01.
    pub fn new(l1: f64) -> L1 {
        L1 { l1 }
    }
}

impl Regularizer for L1 {
    fn config(&self) -> crate::Result<Config> {
        config_of(self, "keras.regularizers")
    }

    fn penalty<'g>(&self, weight: Node<'g>) -> Node<'g> {
        total(weight.abs()) * self.l1
    }
}

/// l2 · Σw².
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct L2 {
    l2: f64,
}

impl L2 {
    /// A penalty of this weight. Keras's default: 0.01.
    pub fn new(l2: f64) -> L2 {
        L2 { l2 }
    }
}

impl Regularizer for L2 {
    fn config(&self) -> crate::Result<Config> {
        config_of(self, "keras.regularizers")
    }

    fn penalty<'g>(&self, weight: Node<'g>) -> Node<'g> {
        total(weight.square()) * self.l2
    }
}

/// l1 · Σ|w| + l2 · Σw².
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct L1L2 {
    l1: f64,
    l2: f64,
}

impl L1L2 {
    /// Both penalties. Keras's defaults: 0 for each; by the name `l1_l2`, 0.01.
    pub fn new(l1: f64, l2: f64) -> L1L2 {
        L1L2 { l1, l2 }
    }
}

impl Regularizer for L1L2 {
    fn config(&self) -> crate::Result<Config> {
        config_of(self, "keras.regularizers")
    }

    fn penalty<'g>(&self, weight: Node<'g>) -> Node<'g> {
        L1::new(self.l1).penalty(weight) + L2::new(self.l2).penalty(weight)
    }
}

/// The sum of all elements.
fn total(node: Node<'_>) -> Node<'_> {
    node.reshape(&[-1]).reduce_sum([0])
}

class! { L1 = "L1", |_config| L1::new(0.01); l1 = l1 }
class! { L2 = "L2", |_config| L2::new(0.01); l2 = l2 }
class! { L1L2 = "L1L2", |_config| L1L2::new(0.0, 0.0); l1 = l1, l2 = l2 }
