//! A `KerasLayer` on its own: called on tensors, without a model around it.

use hub_core::{Structure, Value};

use super::KerasLayer;
use super::outputs::take;
use crate::cast::{cast, casts_to};
use crate::error::{Error, Result};

impl KerasLayer {
    /// Calls the loaded model: one input, which may be a dict, list or tuple of tensors.
    ///
    /// Floating-point tensors are cast to the layer's type first, as Keras does; other tensors must fit.
    /// The variables are those of the loaded model itself.
    ///
    /// # Errors
    /// [`Error::Callable`] where `signature`, `output_key` and `signature_outputs_as_dict` do not fit, and where a
    /// signature is to be trained; [`Error::Core`]
    /// with [`OutputKeyNotFound`](hub_core::Error::OutputKeyNotFound),
    /// [`NoMatchingTrace`](hub_core::Error::NoMatchingTrace) and the others of
    /// [`Callable::call`](hub_core::Callable::call) and [`Signature::call`](hub_core::Signature::call).
    pub fn call(&self, inputs: impl Into<Structure>) -> Result<Structure> {
        self.call_with(inputs, false)
    }

    /// Calls the loaded model, for training or not. Only a trainable layer trains: as in a training step, batch
    /// normalization then takes the statistics of the batch, and moves those of the loaded model.
    ///
    /// # Errors
    /// As [`KerasLayer::call`].
    pub fn call_with(&self, inputs: impl Into<Structure>, training: bool) -> Result<Structure> {
        let target = self.target()?;
        let to = self.options.dtype;
        let inputs = inputs.into().try_map(&mut |leaf| match leaf {
            Value::Tensor(tensor) if tensor.dtype().is_floating() && casts_to(tensor.dtype(), to) => {
                Ok::<_, Error>(Value::Tensor(cast(tensor, to)?))
            }
            other => Ok(other.clone()),
        })?;
        let outputs = target.call(inputs, self.keywords(target, self.options.trainable, training)?)?;
        let outputs = take(outputs, target.output_key())?;
        if let Some(declared) = &self.output_shape {
            declared.check(&outputs)?;
        }
        Ok(outputs)
    }
}
