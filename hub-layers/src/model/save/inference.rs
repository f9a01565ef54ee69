//! A model for those who only call it: constants in the place of variables, one signature, nothing that is for training.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use hub_core::graph::NodeId;
use hub_core::saved_model::write::{ObjectId, SavedModelBuilder, freeze};
use hub_core::saved_model::{FunctionSpec, Parameter, ParameterKind};
use hub_core::{DType, Nest, Tensor};

use super::super::Model;
use super::super::built::Built;
use super::state::SavedState;
use super::traces::Trace;
use super::{SaveOptions, texts, trace_inputs, unique};
use crate::error::Result;

impl Model {
    /// Saves what the model predicts, as a SavedModel without variables: `__call__(inputs)` and the signature
    /// `serving_default`. Tables and files of loaded models inside come along; nobody can train what is saved.
    ///
    /// ```
    /// use hub_layers::{Dense, InputLayer, Sequential, Tensor};
    /// let model = Sequential::new().add(InputLayer::new([2])).add(Dense::new(3)).build()?;
    /// let directory = tempfile::tempdir().unwrap();
    /// let path = directory.path().join("frozen");
    /// model.export_for_inference(&path)?;
    /// let frozen = hub_core::load(path.to_str().unwrap())?;
    /// let x = Tensor::from([[1.0_f32, 2.0]]);
    /// assert_eq!(frozen.call(&x)?, model.predict(&x)?);
    /// assert!(frozen.all_variables().is_empty());
    /// # Ok::<(), hub_layers::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Model::save`]; [`Error::Core`](crate::Error::Core) with [`Unsupported`](hub_core::Error::Unsupported) for a model
    /// that does more with its variables than to read them when it predicts, or reads them within loops and branches.
    pub fn export_for_inference(&self, path: impl AsRef<Path>) -> Result<()> {
        self.export_for_inference_with(path, &SaveOptions::new())
    }

    /// As [`Model::export_for_inference`], with options.
    ///
    /// # Errors
    /// As [`Model::export_for_inference`].
    pub fn export_for_inference_with(&self, path: impl AsRef<Path>, options: &SaveOptions) -> Result<()> {
        Ok(self.frozen()?.save(path.as_ref(), options.overwrite)?)
    }

    fn frozen(&self) -> Result<SavedModelBuilder> {
        let built = self.built()?;
        let trace = self.inlined(built)?;
        let state = self.saved_state(built, None)?;
        let mut builder = SavedModelBuilder::new();
        let values = values(built, &state);
        let mut objects = others(built, &state, &trace, &values, &mut builder)?;
        let mut variables = BTreeMap::new();
        let mut functions = trace.functions.clone().into_iter();
        let Some(function) = functions.next() else { return Ok(builder) };
        functions.for_each(|called| builder.library_function(called));
        let arguments = function.signature.as_ref().map(|signature| signature.input_arg.as_slice()).unwrap_or_default();
        let captured = arguments.iter().rev().take(trace.captured.len()).rev().map(|argument| argument.name.clone());
        for (name, id) in captured.zip(&trace.captured) {
            if let Some((dtype, value)) = values.get(id) {
                variables.insert(name, *dtype);
                objects.insert(*id, builder.constant((*value).clone()));
            }
        }
        let function = freeze(function, &variables)?;
        let missing = || hub_core::Error::VariableNotFound { name: self.name.clone() };
        let captured = trace.captured.iter().map(|id| objects.get(id).copied().ok_or_else(missing));
        let captured: Vec<ObjectId> = captured.collect::<hub_core::Result<_>>()?;
        let names = self.input_names(built);
        let arguments = vec![Nest::Tuple(vec![trace_inputs(built, &names)?]), Nest::Dict(BTreeMap::new())];
        let name = builder.trace(function, &Nest::Tuple(arguments), &trace.outputs, &captured)?;
        let inputs = Parameter { name: "inputs".into(), kind: ParameterKind::Positional, default: None };
        let spec = FunctionSpec { parameters: vec![inputs], ..FunctionSpec::default() };
        let call = builder.function(&spec, std::slice::from_ref(&name))?;
        builder.child(builder.root(), "__call__", call)?;
        let outputs = unique(built.output_names.clone());
        builder.signature("serving_default", &name, &texts(&names), &texts(&outputs))?;
        Ok(builder)
    }
}

/// The type and value of each variable, by its handle.
fn values<'s>(built: &Built, state: &'s SavedState) -> HashMap<NodeId, (DType, &'s Tensor)> {
    let own = state.weights.iter().map(|(id, value)| (*id, (value.dtype(), value)));
    let mut values: HashMap<_, _> = own.collect();
    let scope = built.program.scope();
    for ((_, instance), state) in built.instances.iter().zip(&state.models) {
        for node in instance.nodes(scope) {
            values.extend(state.value_of(instance, node.id()).map(|value| (node.id(), (value.dtype(), value))));
        }
    }
    values
}

/// What the call captures beside variables: tables, files and constants of loaded models.
fn others(
    built: &Built,
    state: &SavedState,
    trace: &Trace,
    values: &HashMap<NodeId, (DType, &Tensor)>,
    builder: &mut SavedModelBuilder,
) -> Result<HashMap<NodeId, ObjectId>> {
    let scope = built.program.scope();
    let mut objects = HashMap::new();
    let mut roots = Vec::new();
    for ((model, instance), state) in built.instances.iter().zip(&state.models) {
        let own: Vec<NodeId> = instance.nodes(scope).into_iter().map(|node| node.id()).collect();
        let wanted = trace.captured.iter().filter(|id| own.contains(id) && !values.contains_key(id));
        let wanted: Vec<NodeId> = wanted.copied().collect();
        if wanted.is_empty() {
            continue;
        }
        let embedded = model.embed_captured(builder, state, instance, &wanted)?;
        let known = embedded.captured(instance, scope).into_iter().map(|(node, object)| (node.id(), object));
        let known: HashMap<NodeId, ObjectId> = known.collect();
        roots.extend(wanted.iter().filter_map(|id| known.get(id).copied()));
        objects.extend(known);
    }
    let list = builder.list(&roots)?;
    builder.child(builder.root(), "resources", list)?;
    Ok(objects)
}
