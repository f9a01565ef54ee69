//! A `KerasLayer` on its own: called on tensors, without a model around it.

use hub_core::{Structure, Value};

use super::KerasLayer;
use super::outputs::take;
use crate::cast::{cast, casts_to};
use crate::error::{Error, Result};
use crate::layer::Place;

impl KerasLayer {
    /// Calls the loaded model: one input, which may be a dict, list or tuple of tensors.
    ///
    /// Floating-point tensors are cast to the layer's type first, as Keras does; other tensors must fit.
    /// The variables are those of the loaded model itself.
    ///
    /// # Errors
    /// [`Error::Callable`] where `signature`, `output_key` and `signature_outputs_as_dict` do not fit; [`Error::Core`]
    /// with [`OutputKeyNotFound`](hub_core::Error::OutputKeyNotFound),
    /// [`NoMatchingTrace`](hub_core::Error::NoMatchingTrace) and the others of
    /// [`Callable::call`](hub_core::Callable::call) and [`Signature::call`](hub_core::Signature::call).
    pub fn call(&self, inputs: impl Into<Structure>) -> Result<Structure> {
        let target = self.target()?;
        if self.options.trainable && target.is_signature() {
            return Err(Place::new(0, "keras_layer").invalid_argument("trainable", "false with a `signature`", "true"));
        }
        let to = self.options.dtype;
        let inputs = inputs.into().try_map(&mut |leaf| match leaf {
            Value::Tensor(tensor) if tensor.dtype().is_floating() && casts_to(tensor.dtype(), to) => {
                Ok::<_, Error>(Value::Tensor(cast(tensor, to)?))
            }
            other => Ok(other.clone()),
        })?;
        let outputs = target.call(inputs, self.keywords(target, false))?;
        let outputs = take(outputs, target.output_key())?;
        if let Some(declared) = &self.output_shape {
            declared.check(&outputs)?;
        }
        Ok(outputs)
    }
}
