//! The layers of a model in a graph, with their weights.
//!
//! Weights are made once; the layers may be called again on them, for other uses than predicting.

use std::sync::Arc;

use hub_core::graph::{Node, NodeId, Operation, PreparedCall, Program, Scope};
use hub_core::{Nest, SessionOptions, Shape};

use crate::error::{Error, Result};
use crate::initializers::Seeds;
use crate::instances::{Instance, Instances};
use crate::layer::{Build, Call, InputSpec, Layer, Place, WeightSlot};

/// A model in a graph.
#[derive(Debug)]
pub(super) struct Built {
    pub(super) program: Program,
    pub(super) inputs: Nest<InputSpec>,
    /// Where each fetched tensor goes.
    pub(super) outputs: Nest<usize>,
    pub(super) predict: PreparedCall,
    pub(super) layers: Vec<BuiltLayer>,
}

/// One layer of a model in a graph.
#[derive(Debug)]
pub(super) struct BuiltLayer {
    pub(super) weights: Arc<[WeightSlot]>,
    instance: Option<Arc<Instance>>,
    pub(super) output: Nest<Shape>,
}

/// What the layers become in a graph, called one after the other.
pub(super) struct Forward<'g> {
    pub(super) outputs: Nest<Node<'g>>,
    pub(super) targets: Vec<Operation<'g>>,
}

impl Built {
    /// Makes the weights of `layers` for this input, and the run that predicts.
    pub(super) fn new(
        layers: &[Box<dyn Layer>],
        places: &[Place],
        inputs: Nest<InputSpec>,
        mut seeds: Seeds,
    ) -> Result<Built> {
        let program = Program::new(&SessionOptions::new())?;
        let scope = program.scope();
        let placeholders = placeholders(scope, &inputs)?;
        let mut instances = Instances::default();
        let (mut built, mut targets): (Vec<BuiltLayer>, _) = (Vec::new(), Vec::new());
        let mut values = placeholders.clone();
        for (layer, place) in layers.iter().zip(places) {
            let step = || -> Result<_> {
                values = cast(layer.as_ref(), values)?;
                let mut build = Build {
                    scope,
                    place: place.clone(),
                    dtype: layer.dtype(),
                    trainable: layer.trainable(),
                    seeds: seeds.clone(),
                    weights: Vec::new(),
                    instances: std::mem::take(&mut instances),
                    instance: None,
                };
                layer.build(&mut build, &values)?;
                scope.check()?;
                (seeds, instances) = (build.seeds, build.instances);
                let made = BuiltLayer { weights: build.weights.into(), instance: build.instance, output: Nest::None };
                let forward = made.call(scope, layer.as_ref(), place, values, false)?;
                Ok((forward, made))
            };
            let (forward, made) = step().map_err(|error: Error| error.of_layer(place.index(), place.name()))?;
            values = forward.outputs;
            targets.extend(forward.targets);
            built.push(BuiltLayer { output: shapes(&values), ..made });
        }
        todo!()
    }
}
