//! The variables of a loaded model.

use std::fmt;

use super::loaded_model::LoadedModel;
use crate::dtype::DType;
use crate::error::Result;
use crate::saved_model::VariableSpec;
use crate::tensor::{Shape, Tensor};

/// One variable of a loaded model.
#[derive(Clone)]
pub struct ModelVariable {
    model: LoadedModel,
    node: usize,
    spec: VariableSpec,
}

impl ModelVariable {
    pub(super) fn new(model: LoadedModel, node: usize, spec: VariableSpec) -> ModelVariable {
        ModelVariable { model, node, spec }
    }

    /// Its node in the object graph.
    pub(super) fn node(&self) -> usize {
        self.node
    }

    /// The name that Python gave it; not always unique.
    pub fn name(&self) -> &str {
        &self.spec.name
    }

    /// Its dotted path from the root of the model.
    pub fn path(&self) -> String {
        self.model.description().objects.paths().path(self.node).unwrap_or_default()
    }

    /// The element type.
    pub fn dtype(&self) -> DType {
        self.spec.dtype
    }

    /// The shape.
    pub fn shape(&self) -> &Shape {
        &self.spec.shape
    }

    /// Whether Python's training changes it.
    pub fn is_trainable(&self) -> bool {
        self.spec.trainable
    }

    /// The key of its value in the checkpoint.
    pub fn checkpoint_key(&self) -> &str {
        self.model.description().checkpoint_keys.get(&self.node).map_or("", String::as_str)
    }

    /// Its value now; stateful functions change it.
    ///
    /// # Errors
    /// [`Error::Engine`](crate::Error::Engine) where the engine cannot read it.
    pub fn value(&self) -> Result<Tensor> {
        self.model.read_variable(self.node, &self.spec)
    }

    /// Sets its value; every later call sees it.
    ///
    /// # Errors
    /// [`Error::DTypeMismatch`](crate::Error::DTypeMismatch) and [`Error::ShapeMismatch`](crate::Error::ShapeMismatch)
    /// for a value that does not fit.
    ///
    /// ```
    /// # fn main() -> hub_core::Result<()> {
    /// use hub_core::Tensor;
    /// let model = hub_core::load(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/stateful/model"))?;
    /// let count = model.variable("count")?;
    /// let old = count.value()?;
    /// let copy = model.with_own_state()?; // a model beside it that shares nothing
    /// count.assign(&Tensor::scalar(0_i64))?;
    /// assert_eq!(copy.variable("count")?.value()?, old);
    /// # Ok(())
    /// # }
    /// ```
    pub fn assign(&self, value: &Tensor) -> Result<()> {
        self.model.assign_variable(self.node, &self.spec, value)
    }
}

impl fmt::Debug for ModelVariable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ModelVariable({}, {} {})", self.spec.name, self.spec.dtype, self.spec.shape)
    }
}
