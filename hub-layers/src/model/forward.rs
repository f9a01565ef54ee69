//! [`Forward`]: a network on its way into a graph, step by step.
//!
//! The first time through makes the weights; each time calls the layers, for predicting or for training.

use std::sync::{Arc, OnceLock};

use hub_core::graph::{Node, Operation, Scope};
use hub_core::{LoadedModel, Nest, Shape};

use super::network::{Network, Step, Wire};
use super::resolved_object::StateRun;
use crate::error::{Error, Result};
use crate::initializers::Seeds;
use crate::instances::{Instance, Instances};
use crate::layer::{Build, Call, Draws, Layer, WeightSlot};

/// One layer of a model in a graph: its weights, and what it gives.
#[derive(Debug, Clone)]
pub(crate) struct BuiltLayer {
    pub(crate) weights: Arc<[WeightSlot]>,
    pub(crate) instance: Option<Arc<Instance>>,
    /// The model that the instance is of.
    pub(crate) loaded: Option<LoadedModel>,
    /// The run that fetches the instance's state, made on first use.
    pub(super) state: Arc<OnceLock<StateRun>>,
    /// Of what it draws while training.
    pub(crate) seed: u64,
    /// Of its first call.
    pub(crate) output: Nest<Shape>,
}

/// What new weights are made with.
#[derive(Debug)]
pub(super) struct Making {
    pub(super) seeds: Seeds,
    pub(super) instances: Instances,
}

/// What a step gives.
#[derive(Debug, Clone)]
pub(super) struct Given<'g> {
    pub(super) values: Nest<Node<'g>>,
    pub(super) mask: Option<Node<'g>>,
    /// What the call runs beside its values.
    pub(super) effects: Vec<Operation<'g>>,
    /// Whether the call adds to the loss.
    pub(super) has_losses: bool,
}

/// A network on its way into a graph.
pub(super) struct Forward<'g, 'n> {
    pub(super) scope: &'g Scope,
    pub(super) network: &'n Network,
    pub(super) training: bool,
    /// Of each layer, whether it may be trained.
    pub(super) trainable: &'n [bool],
    /// Where it is written for a training step: the number of steps before, which with the seeds decides what is drawn.
    pub(super) iterations: Option<Node<'g>>,
    pub(super) inputs: Nest<Node<'g>>,
    /// Of each layer, once it is built.
    pub(super) built: Vec<Option<BuiltLayer>>,
    /// Of each step, once it is written or was given.
    pub(super) given: Vec<Option<Given<'g>>>,
    pub(super) targets: Vec<Operation<'g>>,
    pub(super) losses: Vec<Node<'g>>,
}

impl<'g, 'n> Forward<'g, 'n> {
    pub(super) fn new(
        scope: &'g Scope,
        network: &'n Network,
        inputs: Nest<Node<'g>>,
        trainable: &'n [bool],
        training: bool,
    ) -> Forward<'g, 'n> {
        Forward {
            scope,
            network,
            training,
            trainable,
            iterations: None,
            inputs,
            built: vec![None; network.layers.len()],
            given: vec![None; network.steps.len()],
            targets: Vec::new(),
            losses: Vec::new(),
        }
    }

    /// Writes the steps of `wanted` that are not given, and makes the weights of layers that have none.
    pub(super) fn write(&mut self, wanted: impl Fn(usize) -> bool, mut making: Option<&mut Making>) -> Result<()> {
        for (index, step) in self.network.steps.iter().enumerate() {
            if self.given[index].is_none() && wanted(index) {
                let place = &self.network.places[step.layer];
                let written = self.step(index, step, making.as_deref_mut());
                self.given[index] = Some(written.map_err(|error| error.of_layer(place.index(), place.name()))?);
            }
        }
        Ok(())
    }

    /// Writes the penalties that do not depend on inputs: of all layers, written or not.
    pub(super) fn write_penalties(&mut self) -> Result<()> {
        for (index, layer) in self.network.layers.iter().enumerate() {
            let Some(built) = self.built[index].clone() else { continue };
            for weight in built.weights.iter() {
                if let Some(regularizer) = &weight.regularizer {
                    let value = hub_core::graph::Variable::from_handle(self.scope.node(weight.handle), weight.dtype);
                    self.losses.push(regularizer.penalty(value.read()));
                }
            }
            let place = &self.network.places[index];
            let losses = layer.losses(&mut self.call(index, &built, None));
            self.losses.extend(losses.map_err(|error| error.of_layer(place.index(), place.name()))?);
        }
        Ok(())
    }

    /// What a wire carries.
    pub(super) fn at(&self, wire: &Wire) -> Result<Nest<Node<'g>>> {
        let nest = match wire.from {
            None => Some(&self.inputs),
            Some(step) => self.given[step].as_ref().map(|given| &given.values),
        };
        let found = nest.and_then(|nest| wire.follow(nest)).cloned();
        found.ok_or_else(|| {
            let expected = wire.path.iter().map(|key| format!("{key:?}")).collect::<Vec<_>>().join(" and in it ");
            let found = nest.map_or("nothing".into(), Nest::kind);
            hub_core::Error::StructureMismatch { what: "what a layer takes".into(), expected, found }.into()
        })
    }

    /// The mask of what a wire carries.
    fn mask(&self, wire: &Wire) -> Option<Node<'g>> {
        self.given[wire.from?].as_ref()?.mask
    }

    /// The network's outputs.
    pub(super) fn outputs(&self) -> Result<Nest<Node<'g>>> {
        self.network.outputs.try_expand(&mut |wire| self.at(wire))
    }

    /// The mask of each of the network's outputs, in flattening order.
    pub(super) fn output_masks(&self) -> Result<Vec<Option<Node<'g>>>> {
        self.masks(&self.network.outputs)
    }

    /// The mask of each node that comes by these wires, in flattening order.
    fn masks(&self, wires: &Nest<Wire>) -> Result<Vec<Option<Node<'g>>>> {
        let masks = |wire: &Wire| Ok::<_, Error>(vec![self.mask(wire); self.at(wire)?.leaves().len()]);
        let masks: Vec<Vec<_>> = wires.leaves().into_iter().map(masks).collect::<Result<_>>()?;
        Ok(masks.concat())
    }

    fn step(&mut self, index: usize, step: &Step, making: Option<&mut Making>) -> Result<Given<'g>> {
        let layer = self.network.layers[step.layer].as_ref();
        let inputs = cast_for(layer, step.inputs.try_expand(&mut |wire| self.at(wire))?)?;
        let mask = step.inputs.leaves().into_iter().find_map(|wire| self.mask(wire));
        if let (None, Some(making)) = (&self.built[step.layer], making) {
            self.built[step.layer] = Some(self.build(step.layer, &inputs, making)?);
        }
        let Some(built) = self.built[step.layer].clone() else {
            return Err(self.network.places[step.layer].input_mismatch("a layer that is built", "one that is not"));
        };
        let mut call = self.call(step.layer, &built, mask);
        call.draws = Draws::new(built.seed, self.iterations, index);
        call.masks = self.masks(&step.inputs)?;
        // What the layers before do to shared state is done when this one reads it.
        let values = match self.targets.is_empty() {
            true => layer.call(&mut call, inputs)?,
            false => self.scope.with_control_dependencies(&self.targets, |_| layer.call(&mut call, inputs))?,
        };
        let mask = call.output_mask.or(mask.filter(|_| layer.supports_masking()));
        let Call { targets, losses, .. } = call;
        let (effects, has_losses) = (targets.clone(), !losses.is_empty());
        self.targets.extend(targets);
        self.losses.extend(losses);
        self.scope.check()?;
        if let Some(built) = &mut self.built[step.layer]
            && matches!(built.output, Nest::None)
        {
            built.output = values.try_map(&mut |node| Ok::<_, Error>(node.shape()))?;
        }
        Ok(Given { values, mask, effects, has_losses })
    }

    fn build(&self, index: usize, inputs: &Nest<Node<'g>>, making: &mut Making) -> Result<BuiltLayer> {
        let layer = self.network.layers[index].as_ref();
        let mut build = Build {
            scope: self.scope,
            place: self.network.places[index].clone(),
            dtype: layer.dtype(),
            seeds: &mut making.seeds,
            weights: Vec::new(),
            instances: &mut making.instances,
            instance: None,
            loaded: None,
        };
        layer.build(&mut build, inputs)?;
        let Build { weights, instance, loaded, .. } = build;
        let seed = making.seeds.next_layer_seed();
        let (weights, state) = (weights.into(), Arc::default());
        let built = BuiltLayer { weights, instance, loaded, state, seed, output: Nest::None };
        self.scope.check()?;
        Ok(built)
    }

    fn call(&self, index: usize, built: &BuiltLayer, mask: Option<Node<'g>>) -> Call<'g> {
        Call {
            scope: self.scope,
            place: self.network.places[index].clone(),
            training: self.training,
            trainable: self.trainable[index],
            weights: built.weights.clone(),
            instance: built.instance.clone(),
            draws: Draws::new(built.seed, self.iterations, 0),
            mask,
            masks: Vec::new(),
            output_mask: None,
            targets: Vec::new(),
            losses: Vec::new(),
        }
    }
}

/// The values that a layer is called with, floating-point ones in its type.
fn cast_for<'g>(layer: &dyn Layer, values: Nest<Node<'g>>) -> Result<Nest<Node<'g>>> {
    let dtype = layer.dtype();
    values.try_map(&mut |node| {
        Ok(if dtype.is_floating() && node.dtype().is_floating() { node.cast(dtype) } else { *node })
    })
}
