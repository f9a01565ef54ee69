//! [`InputSpec`]: what comes into a model.

use hub_core::{DType, Shape};

/// One input of a model: element type, and shape with the batch in front.
#[derive(Debug, Clone, PartialEq)]
pub struct InputSpec {
    name: Option<String>,
    dtype: DType,
    shape: Shape,
    exact: bool,
}

impl InputSpec {
    /// An input of this type and shape (the batch's dimension first, usually unknown).
    ///
    /// Numbers of another type are cast to it when the model predicts.
    pub fn new(dtype: DType, shape: impl Into<Shape>) -> InputSpec {
        InputSpec { name: None, dtype, shape: shape.into(), exact: false }
    }

    /// The name of the input: in messages, and as a key where a dict of inputs is given.
    pub fn named(mut self, name: impl Into<String>) -> InputSpec {
        self.name = Some(name.into());
        self
    }

    /// Integers are refused where floating-point numbers are wanted, as a loaded model refuses them.
    pub fn exact(mut self) -> InputSpec {
        self.exact = true;
        self
    }

    /// The name of the input, where it has one.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The element type.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// The shape, with the batch in front.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Whether integers are refused where floating-point numbers are wanted.
    pub fn is_exact(&self) -> bool {
        self.exact
    }
}
