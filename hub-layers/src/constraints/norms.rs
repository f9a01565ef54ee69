//! Rules on the sign and the norm of weights.

use hub_core::graph::Node;

use super::Constraint;
use crate::config::{Config, class, config_of};

/// What is added to a norm before dividing by it, as in Keras.
const EPSILON: f64 = 1e-7;

/// Negative elements become 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NonNeg;

impl NonNeg {
    /// The rule.
    pub fn new() -> NonNeg {
        NonNeg
    }
}

impl Constraint for NonNeg {
    fn config(&self) -> crate::Result<Config> {
        config_of(self, "keras.constraints")
    }

    fn apply<'g>(&self, weight: Node<'g>) -> Node<'g> {
        weight.maximum(0.0)
    }
}

/// Norms along `axis` are at most `max_value`: w · min(|w|, max) / (|w| + 1e-7).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MaxNorm {
    max_value: f64,
    axis: i32,
}

impl MaxNorm {
    /// At most 2, along axis 0: the weights that go into each unit of a `Dense`.
    pub fn new() -> MaxNorm {
        MaxNorm { max_value: 2.0, axis: 0 }
    }

    /// The largest norm. Default: 2.
    pub fn max_value(mut self, max_value: f64) -> MaxNorm {
        self.max_value = max_value;
        self
    }

    /// The axis along which norms are taken. Default: 0.
    pub fn axis(mut self, axis: i32) -> MaxNorm {
        self.axis = axis;
        self
    }
}

impl Default for MaxNorm {
    fn default() -> MaxNorm {
        MaxNorm::new()
    }
}

impl Constraint for MaxNorm {
    fn config(&self) -> crate::Result<Config> {
        config_of(self, "keras.constraints")
    }

    fn apply<'g>(&self, weight: Node<'g>) -> Node<'g> {
        let norms = norms(weight, self.axis);
        weight * (norms.minimum(self.max_value) / (norms + EPSILON))
    }
}

/// Norms along `axis` are 1: w / (|w| + 1e-7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UnitNorm {
    axis: i32,
}

impl UnitNorm {
    /// Along axis 0.
    pub fn new() -> UnitNorm {
        UnitNorm { axis: 0 }
    }

    /// The axis along which norms are taken. Default: 0.
    pub fn axis(mut self, axis: i32) -> UnitNorm {
        self.axis = axis;
        self
    }
}

impl Constraint for UnitNorm {
    fn config(&self) -> crate::Result<Config> {
        config_of(self, "keras.constraints")
    }

    fn apply<'g>(&self, weight: Node<'g>) -> Node<'g> {
        weight / (norms(weight, self.axis) + EPSILON)
    }
}

/// Norms along `axis` go towards the range from `min_value` to `max_value`, by the share `rate` at each update.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MinMaxNorm {
    min_value: f64,
    max_value: f64,
    rate: f64,
    axis: i32,
}

impl MinMaxNorm {
    /// From 0 to 1, all the way, along axis 0.
    pub fn new() -> MinMaxNorm {
        MinMaxNorm { min_value: 0.0, max_value: 1.0, rate: 1.0, axis: 0 }
    }

    /// The smallest norm. Default: 0.
    pub fn min_value(mut self, min_value: f64) -> MinMaxNorm {
        self.min_value = min_value;
        self
    }

    /// The largest norm. Default: 1.
    pub fn max_value(mut self, max_value: f64) -> MinMaxNorm {
        self.max_value = max_value;
        self
    }

    /// The share of the way that one update goes, from 0 to 1. Default: 1.
    pub fn rate(mut self, rate: f64) -> MinMaxNorm {
        self.rate = rate;
        self
    }

    /// The axis along which norms are taken. Default: 0.
    pub fn axis(mut self, axis: i32) -> MinMaxNorm {
        self.axis = axis;
        self
    }
}

impl Default for MinMaxNorm {
    fn default() -> MinMaxNorm {
        MinMaxNorm::new()
    }
}

impl Constraint for MinMaxNorm {
    fn config(&self) -> crate::Result<Config> {
        config_of(self, "keras.constraints")
    }

    fn apply<'g>(&self, weight: Node<'g>) -> Node<'g> {
        let norms = norms(weight, self.axis);
        let within = norms.maximum(self.min_value).minimum(self.max_value);
        let desired = within * self.rate + norms * (1.0 - self.rate);
        weight * (desired / (norms + EPSILON))
    }
}

/// The Euclidean norms along an axis, which stays with size 1.
fn norms(weight: Node<'_>, axis: i32) -> Node<'_> {
    let scope = weight.scope();
    let sum = scope.op("Sum").input(weight.square()).input(scope.constant([axis])).attr("keep_dims", true).build();
    sum.sqrt()
}

class! { NonNeg = "NonNeg", |_config| NonNeg; }
class! { MaxNorm = "MaxNorm", |_config| MaxNorm::new(); max_value = max_value, axis = axis }
class! { UnitNorm = "UnitNorm", |_config| UnitNorm::new(); axis = axis }
class! { MinMaxNorm = "MinMaxNorm", |_config| MinMaxNorm::new();
    min_value = min_value, max_value = max_value, rate = rate, axis = axis
}
