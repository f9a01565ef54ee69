//! [`Call`]: what a layer writes itself into a graph with.

use std::sync::Arc;

use hub_core::DType;
use hub_core::graph::{Node, Operation, Scope, Variable};

use super::build::WeightSlot;
use super::draws::Draws;
use super::place::Place;
use crate::error::Result;
use crate::instances::Instance;

/// What [`Layer::call`](super::Layer::call) works with: the graph, the layer's weights in it, and what the call is for.
#[derive(Debug)]
pub struct Call<'g> {
    pub(crate) scope: &'g Scope,
    pub(crate) place: Place,
    pub(crate) training: bool,
    pub(crate) trainable: bool,
    pub(crate) weights: Arc<[WeightSlot]>,
    pub(crate) instance: Option<Arc<Instance>>,
    pub(crate) draws: Draws<'g>,
    /// Which examples, or steps of them, count; of the only input.
    pub(crate) mask: Option<Node<'g>>,
    /// Of each input, in flattening order.
    pub(crate) masks: Vec<Option<Node<'g>>>,
    pub(crate) output_mask: Option<Node<'g>>,
    pub(crate) targets: Vec<Operation<'g>>,
    pub(crate) losses: Vec<Node<'g>>,
}

impl<'g> Call<'g> {
    /// The graph.
    pub fn scope(&self) -> &'g Scope {
        self.scope
    }

    /// Where the layer stands in its model.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Whether the outputs are for training, where some layers do something else.
    pub fn training(&self) -> bool {
        self.training
    }

    /// Whether the layer may be trained now: not frozen by its own argument or in its model.
    pub fn trainable(&self) -> bool {
        self.trainable
    }

    /// The mask of the only input, `[batch, steps]` of truth values, where it has one: false is padding.
    pub fn mask(&self) -> Option<Node<'g>> {
        self.mask
    }

    /// The mask of each input, in flattening order, where it has one.
    pub fn masks(&self) -> &[Option<Node<'g>>] {
        &self.masks
    }

    /// The mask of the output. Without this it is that of the input where the layer
    /// [supports masking](super::Layer::supports_masking), else none.
    pub fn set_mask(&mut self, mask: Option<Node<'g>>) {
        self.output_mask = mask;
    }

    /// The variable behind a weight that [`Layer::build`](super::Layer::build) has made.
    ///
    /// # Errors
    /// [`hub_core::Error::VariableNotFound`] where it has not.
    pub fn variable(&self, name: &str) -> Result<Variable<'g>> {
        let full_name = format!("{}/{name}", self.place.name());
        let found = self.weights.iter().find(|weight| weight.name == full_name);
        let weight = found.ok_or(hub_core::Error::VariableNotFound { name: full_name })?;
        Ok(Variable::from_handle(self.scope.node(weight.handle), weight.dtype))
    }

    /// The value of a weight that [`Layer::build`](super::Layer::build) has made.
    ///
    /// # Errors
    /// [`hub_core::Error::VariableNotFound`] where it has not.
    pub fn weight(&self, name: &str) -> Result<Node<'g>> {
        self.variable(name).map(Variable::read)
    }

    /// The state of the loaded model that [`Layer::build`](super::Layer::build) has made.
    pub(crate) fn instance(&self) -> Result<&Instance> {
        self.instance.as_deref().ok_or_else(|| self.place.input_mismatch("a layer that is built", "one that is not"))
    }

    /// Random numbers from 0 to 1, without 1, others in each training step. Without a seed, the model's decides.
    pub fn random_uniform(&mut self, shape: Node<'g>, dtype: DType, seed: Option<u64>) -> Node<'g> {
        self.draws.uniform(shape, dtype, seed)
    }

    /// The operation runs whenever the layer's outputs are computed, for its effects.
    pub fn add_target(&mut self, operation: Operation<'g>) {
        self.targets.push(operation);
    }

    /// Adds a scalar to the model's loss, as a penalty on outputs is.
    pub fn add_loss(&mut self, loss: Node<'g>) {
        self.losses.push(loss);
    }
}
