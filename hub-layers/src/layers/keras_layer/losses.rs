//! The regularization losses of a loaded model: those of Keras's `losses` of a layer.
//!
//! Each is a function of the model without arguments. A frozen layer has as many, all zero, as in Python.

use hub_core::graph::{Node, Scope};
use hub_core::model::{GraphArguments, Instance};
use hub_core::{Arguments, Callable, Error, Nest, Shape, Tensor};

use super::KerasLayer;
use super::target::Loaded;
use crate::error::Result;

impl KerasLayer {
    /// The model's regularization losses, scalars; as many zeros while the layer is frozen.
    ///
    /// # Errors
    /// [`Error::Callable`](crate::Error::Callable) with [`LossNotCallable`](hub_legacy::RuleError::LossNotCallable);
    /// [`Error::Core`](crate::Error::Core) for one that is no scalar or takes arguments.
    pub fn losses(&self) -> Result<Vec<Tensor>> {
        let losses = self.source.loaded()?.regularization_losses()?;
        let value = |(index, loss): (usize, &Callable)| {
            if !self.options.trainable {
                return Ok(Tensor::from(0.0_f32));
            }
            let value = loss.call(Arguments::default())?;
            let value = value.tensor()?;
            scalar(index, &Shape::known(value.shape()))?;
            Ok(value.clone())
        };
        losses.iter().enumerate().map(value).collect()
    }
}

impl Loaded {
    /// What counts as the layer's regularization losses; a bare function has none.
    pub(super) fn regularization_losses(&self) -> Result<Vec<Callable>> {
        let Loaded::Model(model) = self else { return Ok(Vec::new()) };
        let losses = model.regularization_losses().into_iter().enumerate();
        losses.map(|(index, loss)| Ok(loss.ok_or(hub_legacy::RuleError::LossNotCallable { index })?)).collect()
    }
}

/// Writes the losses into a graph.
pub(super) fn write<'g>(
    losses: &[Callable],
    scope: &'g Scope,
    instance: &Instance,
    trainable: bool,
) -> Result<Vec<Node<'g>>> {
    let write = |(index, loss): (usize, &Callable)| {
        if !trainable {
            return Ok(scope.constant(0.0_f32));
        }
        let applied = loss.apply(scope, instance, GraphArguments::default())?;
        let value = match &applied.outputs {
            Nest::Leaf(value) => value.node()?,
            other => return Err(not_scalar(index, other.kind()).into()),
        };
        scalar(index, &value.shape())?;
        // Its effects belong to the step, as those of a call do.
        Ok(scope.with_control_dependencies(&applied.controls, |_| value.identity()))
    };
    losses.iter().enumerate().map(write).collect()
}

fn scalar(index: usize, shape: &Shape) -> Result<()> {
    match shape.is_compatible_with(&Shape::known(&[])) {
        true => Ok(()),
        false => Err(not_scalar(index, shape.to_string()).into()),
    }
}

fn not_scalar(index: usize, found: String) -> Error {
    Error::ShapeMismatch { what: format!("`regularization_losses[{index}]`"), expected: "a scalar".into(), found }
}
