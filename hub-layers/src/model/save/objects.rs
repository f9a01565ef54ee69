//! Layers, variables and loaded models as the objects of a SavedModel.

use std::collections::HashMap;

use hub_core::graph::NodeId;
use hub_core::model::Embedded;
use hub_core::saved_model::write::{ObjectId, SavedModelBuilder};
use hub_core::saved_model::{FunctionSpec, Spec, VariableSpec};
use hub_core::{DType, Nest, Shape, Tensor};

use super::super::Model;
use super::super::built::Built;
use super::super::forward::BuiltLayer;
use super::super::network::is_input;
use super::OWN;
use super::state::SavedState;
use super::traces::Trace;
use crate::error::Result;
use crate::layer::WeightSlot;

const BAG: &str = "_generic_user_object";

/// A SavedModel of a model, on its way.
pub(super) struct Objects {
    pub(super) builder: SavedModelBuilder,
    /// What stands for each node that functions capture.
    handles: HashMap<NodeId, ObjectId>,
    /// The loaded models, in the order of the instances.
    embedded: Vec<Embedded>,
    layers: Vec<ObjectId>,
    /// Of each loaded model, what its functions are called in the model's graph.
    instances: Vec<std::sync::Arc<hub_core::model::Instance>>,
}

impl Objects {
    /// The layers with their variables, under the names that Keras gives them.
    pub(super) fn of(model: &Model, built: &Built, state: &SavedState) -> Result<Objects> {
        let mut objects = Objects {
            builder: SavedModelBuilder::new(),
            handles: HashMap::new(),
            embedded: Vec::new(),
            layers: Vec::new(),
            instances: built.instances.iter().map(|(_, instance)| instance.clone()).collect(),
        };
        let scope = built.program.scope();
        for ((loaded, instance), state) in built.instances.iter().zip(&state.models) {
            let embedded = loaded.embed(&mut objects.builder, state)?;
            let captured = embedded.captured(instance, scope).into_iter();
            objects.handles.extend(captured.map(|(node, object)| (node.id(), object)));
            objects.embedded.push(embedded);
        }
        let (mut number, mut with_weights) = (0, 0);
        for (index, layer) in model.network.layers.iter().enumerate() {
            let object = objects.layer(model, built, index, state)?;
            let root = objects.builder.root();
            if !built.layers[index].weights.is_empty() {
                objects.builder.child(root, &format!("layer_with_weights-{with_weights}"), object)?;
                with_weights += 1;
            }
            // Keras's `Sequential` does not count what only says what comes in.
            if !(model.network.sequential && is_input(layer.as_ref())) {
                objects.builder.child(root, &format!("layer-{number}"), object)?;
                number += 1;
                objects.layers.push(object);
            }
        }
        Ok(objects)
    }

    /// A layer with its weights, or with its loaded model.
    fn layer(&mut self, model: &Model, built: &Built, index: usize, state: &SavedState) -> Result<ObjectId> {
        let object = self.builder.object(BAG);
        let layer = &built.layers[index];
        if let Some(place) = self.model_of(built, layer) {
            let embedded = &self.embedded[place];
            let keras_layer = model.network.layers[index].keras_layer();
            let view = keras_layer.map(|layer| layer.resolved_object()).transpose()?;
            let inside = view.and_then(|view| embedded.object_of(view)).unwrap_or_else(|| embedded.root());
            self.builder.child(object, "_func", inside)?;
            return Ok(object);
        }
        for slot in layer.weights.iter() {
            let value = state.weights.get(&slot.handle).cloned();
            let variable = self.variable(slot, value)?;
            let short = slot.name.rsplit_once('/').map_or(slot.name.as_str(), |(_, short)| short);
            self.builder.child(object, short, variable)?;
        }
        Ok(object)
    }

    /// Which of the loaded models a layer is over.
    pub(super) fn model_of(&self, built: &Built, layer: &BuiltLayer) -> Option<usize> {
        built.instances.place(layer.instance.as_ref()?)
    }

    fn variable(&mut self, slot: &WeightSlot, value: Option<Tensor>) -> Result<ObjectId> {
        if let Some(known) = self.handles.get(&slot.handle) {
            return Ok(*known);
        }
        let value = value.ok_or_else(|| hub_core::Error::VariableNotFound { name: slot.name.clone() })?;
        let spec = VariableSpec {
            dtype: slot.dtype,
            shape: Shape::known(&slot.shape),
            trainable: slot.trainable,
            name: slot.name.clone(),
            device: String::new(),
        };
        let object = self.builder.variable(&spec, value)?;
        self.handles.insert(slot.handle, object);
        Ok(object)
    }

    /// One of the model's functions with these arguments.
    pub(super) fn trace(&mut self, trace: &Trace, arguments: Vec<Nest<Spec>>) -> Result<String> {
        let mut functions = trace.functions.clone();
        // A model within may have a function of this name.
        let name = functions.first().map_or("", |function| function.name());
        let name = self.builder.free_function_name(name);
        if let Some(signature) = functions.first_mut().and_then(|function| function.signature.as_mut()) {
            signature.name = name;
        }
        for (embedded, instance) in self.embedded.iter().zip(&self.instances) {
            functions = embedded.adopt(instance, functions);
        }
        let mut functions = functions.into_iter();
        let function = functions
            .next()
            .ok_or_else(|| hub_core::Error::FunctionNotFound { name: "__call__".into(), available: Vec::new() })?;
        functions.for_each(|called| self.builder.library_function(called));
        let object = |id: &NodeId| {
            let unknown = || hub_core::Error::VariableNotFound { name: function.name().to_owned() };
            self.handles.get(id).copied().ok_or_else(unknown)
        };
        let captured = trace.captured.iter().map(object).collect::<hub_core::Result<Vec<_>>>()?;
        let arguments = Nest::Tuple(vec![Nest::Tuple(arguments), Nest::Dict(Default::default())]);
        Ok(self.builder.trace(function, &arguments, &trace.outputs, &captured)?)
    }

    /// The lists of variables and layers.
    pub(super) fn lists(&mut self, model: &Model, built: &Built) -> Result<()> {
        let trained = model.trained(built);
        let object = |slot: &WeightSlot| self.handles.get(&slot.handle).copied();
        let all: Vec<_> = built.distinct_weights().filter_map(object).collect();
        let trained: Vec<_> =
            built.distinct_weights().filter(|slot| trained.contains(&slot.handle)).filter_map(object).collect();
        for (name, objects) in [("variables", all), ("trainable_variables", trained), ("layers", self.layers.clone())] {
            self.list(name, &objects)?;
        }
        Ok(())
    }

    /// The penalties, as functions without arguments.
    pub(super) fn losses(&mut self, losses: &[Trace]) -> Result<()> {
        let mut objects = Vec::new();
        for loss in losses {
            let trace = self.trace(loss, Vec::new())?;
            objects.push(self.builder.function(&FunctionSpec::default(), &[trace])?);
        }
        self.list("regularization_losses", &objects)
    }

    fn list(&mut self, name: &str, objects: &[ObjectId]) -> Result<()> {
        let list = self.builder.list(objects)?;
        Ok(self.builder.child(self.builder.root(), name, list)?)
    }

    /// What only this crate reads.
    pub(super) fn own(&mut self, metadata: serde_json::Value, state: &SavedState) -> Result<()> {
        let own = self.builder.object_with_metadata(BAG, metadata.to_string());
        self.builder.child(self.builder.root(), OWN, own)?;
        let models: Vec<_> = self.embedded.iter().map(Embedded::root).collect();
        let models = self.builder.list(&models)?;
        self.builder.child(own, "models", models)?;
        let Some(kept) = &state.optimizer else { return Ok(()) };
        let optimizer = self.builder.object(BAG);
        self.builder.child(own, "optimizer", optimizer)?;
        for (name, value) in [("iterations", &kept.iterations), ("learning_rate", &kept.learning_rate)] {
            if let Some(value) = value {
                let variable = self.builder.variable(&plain(name, value), value.clone())?;
                self.builder.child(optimizer, name, variable)?;
            }
        }
        let mut slots = Vec::new();
        for (_, name, value) in &kept.slots {
            slots.push(self.builder.variable(&plain(name, value), value.clone())?);
        }
        let slots = self.builder.list(&slots)?;
        Ok(self.builder.child(optimizer, "slots", slots)?)
    }
}

/// A variable that is not trained, like this value.
fn plain(name: &str, value: &Tensor) -> VariableSpec {
    let (dtype, shape): (DType, _) = (value.dtype(), Shape::known(value.shape()));
    VariableSpec { dtype, shape, trainable: false, name: format!("optimizer/{name}"), device: String::new() }
}
