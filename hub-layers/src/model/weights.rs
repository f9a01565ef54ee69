//! [`Weight`]: the weights of a built model, for reading and setting.

use std::collections::HashSet;

use hub_core::graph::{NodeId, Variable};
use hub_core::{DType, Shape, Tensor};

use super::Model;
use super::built::Built;
use crate::error::{Error, Result};
use crate::layer::WeightSlot;

/// One weight of a built model.
#[derive(Debug, Clone, Copy)]
pub struct Weight<'m> {
    built: &'m Built,
    slot: &'m WeightSlot,
    trainable: bool,
}

impl Weight<'_> {
    /// The layer's name and its own: `dense/kernel`; for a loaded model's variable the name that it has there.
    pub fn name(&self) -> &str {
        &self.slot.name
    }

    /// The element type.
    pub fn dtype(&self) -> DType {
        self.slot.dtype
    }

    /// The shape.
    pub fn shape(&self) -> &[usize] {
        &self.slot.shape
    }

    /// Whether training changes it: neither its layer is frozen nor is it one that training leaves alone.
    pub fn is_trainable(&self) -> bool {
        self.trainable
    }

    /// Its value now.
    ///
    /// # Errors
    /// [`Error::Core`] where the engine cannot read it.
    pub fn value(&self) -> Result<Tensor> {
        let mut values = self.built.read(&[self.slot])?;
        Ok(values.pop().ok_or_else(|| hub_core::Error::VariableNotFound { name: self.slot.name.clone() })?)
    }
}

impl Model {
    /// The weights of all layers, in order; one that layers share comes once.
    ///
    /// # Errors
    /// [`Error::NotBuilt`] where there are none yet.
    pub fn weights(&self) -> Result<Vec<Weight<'_>>> {
        let built = self.built()?;
        let trained = self.trained(built);
        let weight = |slot: &'_ WeightSlot| trained.contains(&slot.handle);
        Ok(built.distinct_weights().map(|slot| Weight { built, slot, trainable: weight(slot) }).collect())
    }

    /// The weights that training changes, in order.
    ///
    /// # Errors
    /// As [`Model::weights`].
    pub fn trainable_weights(&self) -> Result<Vec<Weight<'_>>> {
        Ok(self.weights()?.into_iter().filter(Weight::is_trainable).collect())
    }

    /// The weights that training leaves alone, in order.
    ///
    /// # Errors
    /// As [`Model::weights`].
    pub fn non_trainable_weights(&self) -> Result<Vec<Weight<'_>>> {
        Ok(self.weights()?.into_iter().filter(|weight| !weight.is_trainable()).collect())
    }

    /// The values of all weights, in the order of [`Model::weights`].
    ///
    /// # Errors
    /// [`Error::NotBuilt`], and [`Error::Core`] where the engine cannot read them.
    pub fn get_weights(&self) -> Result<Vec<Tensor>> {
        let built = self.built()?;
        built.read(&built.distinct_weights().collect::<Vec<_>>())
    }

    /// Sets the values of all weights, in the order of [`Model::weights`].
    ///
    /// # Errors
    /// [`Error::NotBuilt`]; [`Error::BadConfig`] where number, types or shapes differ, and nothing is set then.
    pub fn set_weights(&mut self, weights: &[Tensor]) -> Result<()> {
        self.assign_weights(weights)
    }

    /// The values of one layer's weights: those of a `Dense` are its kernel and its bias.
    ///
    /// # Errors
    /// [`Error::NotBuilt`], [`Error::BadConfig`] for a name that no layer has.
    pub fn layer_weights(&self, layer: &str) -> Result<Vec<Tensor>> {
        let (built, index) = (self.built()?, self.layer_index(layer)?);
        built.read(&built.layers[index].weights.iter().collect::<Vec<_>>())
    }

    /// Sets the values of one layer's weights.
    ///
    /// # Errors
    /// As [`Model::layer_weights`], and as [`Model::set_weights`].
    pub fn set_layer_weights(&mut self, layer: &str, weights: &[Tensor]) -> Result<()> {
        let (built, index) = (self.built()?, self.layer_index(layer)?);
        built.set(&built.layers[index].weights.iter().collect::<Vec<_>>(), weights)
    }

    /// As [`Model::set_weights`], for callbacks, which have the model while it is trained.
    pub(crate) fn assign_weights(&self, weights: &[Tensor]) -> Result<()> {
        let built = self.built()?;
        built.set(&built.distinct_weights().collect::<Vec<_>>(), weights)
    }

    /// The handles of the weights that training changes: those of layers that are not frozen.
    pub(super) fn trained(&self, built: &Built) -> HashSet<NodeId> {
        let of_layer = built.layers.iter().zip(&self.trainable).filter(|(_, trainable)| **trainable);
        let weights = of_layer.flat_map(|(layer, _)| layer.weights.iter());
        weights.filter(|weight| weight.trainable).map(|weight| weight.handle).collect()
    }
}

impl Built {
    /// Sets some weights, all or none.
    pub(super) fn set(&self, slots: &[&WeightSlot], weights: &[Tensor]) -> Result<()> {
        let refuse = |expected: String, found: String| Error::BadConfig { argument: "weights".into(), expected, found };
        if slots.len() != weights.len() {
            return Err(refuse(format!("{} tensors", slots.len()), weights.len().to_string()));
        }
        for (slot, weight) in slots.iter().zip(weights) {
            if slot.dtype != weight.dtype() || slot.shape != weight.shape() {
                let expected = format!("{} {} for `{}`", slot.dtype, Shape::known(&slot.shape), slot.name);
                return Err(refuse(expected, format!("{} {}", weight.dtype(), Shape::known(weight.shape()))));
            }
        }
        self.assign(slots, weights)
    }

    /// The values of some weights.
    pub(super) fn read(&self, slots: &[&WeightSlot]) -> Result<Vec<Tensor>> {
        let nodes: Vec<_> = slots.iter().map(|slot| self.program.scope().node(slot.read)).collect();
        Ok(self.program.run(&self.program.prepare(&[], &nodes, &[])?, &[])?)
    }

    /// Sets some weights, all in one run.
    fn assign(&self, slots: &[&WeightSlot], values: &[Tensor]) -> Result<()> {
        let handles = slots.iter().map(|slot| slot.handle);
        self.assign_variables(&handles.zip(values.iter().cloned()).collect::<Vec<_>>())
    }

    /// Sets some variables to values of their types and shapes, all in one run.
    pub(super) fn assign_variables(&self, values: &[(NodeId, Tensor)]) -> Result<()> {
        if values.is_empty() {
            return Ok(());
        }
        let run = {
            let _growing = self.growing();
            let scope = self.program.scope();
            let mut known = self.assigns();
            let mut made = Vec::with_capacity(values.len());
            for (handle, value) in values {
                let (fed, assign) = *known.entry(*handle).or_insert_with(|| {
                    let fed = scope.op("Placeholder").name("new_value").attr("dtype", value.dtype());
                    let fed = fed.attr("shape", Shape::known(value.shape())).build();
                    let assign = Variable::from_handle(scope.node(*handle), value.dtype()).assign(fed);
                    // What stands for the operation is a node that waits for it.
                    let done = scope.with_control_dependencies(&[assign], |scope| scope.constant(true));
                    (fed.id(), done.id())
                });
                made.push((scope.node(fed), scope.node(assign)));
            }
            let (feeds, done): (Vec<_>, Vec<_>) = made.into_iter().unzip();
            let targets: Vec<_> = done.iter().map(|node| node.operation()).collect();
            self.program.prepare(&feeds, &[], &targets)?
        };
        self.program.run(&run, &values.iter().map(|(_, value)| value).collect::<Vec<_>>())?;
        self.changed();
        Ok(())
    }
}
