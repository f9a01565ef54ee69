//! What is inside a [`Scope`](super::Scope): TensorFlow's graph, the names in use, what is still to be done.
//!
//! Behind the scope's lock; here an operation is really made.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use prost::Message;

use super::node::Node;
use super::operation::{Input, OperationBuilder};
use crate::dtype::DType;
use crate::engine::status::status;
use crate::engine::tensor::feed;
use crate::error::{Error, Result};
use crate::graph::Attribute;
use crate::graph::gradient::{CustomGradients, Nesting};
use crate::saved_model::proto::{FunctionDef, GraphDef};
pub(super) use crate::saved_model::write::legal_name;
use crate::tensor::{Shape, Tensor};

/// An input of the graph: name, where it is fed, what it takes.
#[derive(Debug, Clone)]
pub(super) struct Placeholder {
    pub(super) name: String,
    pub(super) operation: u32,
    pub(super) dtype: DType,
    pub(super) shape: Shape,
}

/// All that a graph under construction knows.
#[derive(Default)]
pub(super) struct State {
    pub(super) graph: tensorflow::Graph,
    pub(super) operations: Vec<tensorflow::Operation>,
    /// Names in use, each with the number to try next.
    pub(super) names: HashMap<String, usize>,
    /// All operations that have an index, by name.
    pub(super) found: HashMap<String, u32>,
    /// The scopes that the next operation is in, outermost first.
    pub(super) scopes: Vec<String>,
    /// Operations that the next operation runs after.
    pub(super) controls: Vec<u32>,
    pub(super) errors: Vec<Error>,
    pub(super) library: BTreeMap<String, Arc<FunctionDef>>,
    /// Gradients that came with the library's functions.
    pub(super) custom_gradients: CustomGradients,
    /// Where the graph is, made for the gradient of functions within functions.
    pub(super) nesting: Option<Nesting>,
    pub(super) placeholders: Vec<Placeholder>,
    pub(super) outputs: Vec<(String, u32, u32)>,
    /// Operations that run once before the first run, and what is fed to them.
    pub(super) initialisers: Vec<u32>,
    pub(super) initial_values: Vec<(u32, Tensor)>,
}

impl State {
    /// The name, or the name with the next free number.
    pub(super) fn unique_name(&mut self, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        while self.names.contains_key(&name) {
            let next = self.names.entry(wanted.to_owned()).or_insert(1);
            name = format!("{wanted}_{next}");
            *next += 1;
        }
        self.names.insert(name.clone(), 1);
        name
    }

    /// Makes an operation.
    pub(super) fn add(&mut self, builder: OperationBuilder<'_>) -> Result<u32> {
        let scope = self.scopes.last().cloned().unwrap_or_default();
        let wanted = legal_name(builder.name.as_deref().unwrap_or(&builder.op));
        let name = self.unique_name(&format!("{scope}{wanted}"));
        let refuse = |why: String| Error::Graph { node: name.clone(), op: builder.op.clone(), why };
        let State { graph, operations, .. } = self;
        let output = |node: &Node<'_>| tensorflow::Output {
            operation: operations[node.operation as usize].clone(),
            index: node.output as i32,
        };
        let mut description = graph.new_operation(&builder.op, &name).map_err(|why| refuse(why.to_string()))?;
        for input in &builder.inputs {
            match input {
                Input::One(node) => description.add_input(output(node)),
                Input::List(nodes) => description.add_input_list(&nodes.iter().map(output).collect::<Vec<_>>()),
            }
        }
        let mut controls: Vec<u32> =
            self.controls.iter().copied().chain(builder.controls.iter().map(|control| control.index)).collect();
        controls.sort_unstable();
        controls.dedup();
        for control in controls {
            description.add_control_input(&operations[control as usize]);
        }
        for (key, value) in &builder.attributes {
            let set = match value {
                Attribute::Tensor(tensor) => description.set_attr_tensor(key, feed(tensor)?),
                Attribute::Value(_) => description.set_attr_value_proto(key, &value.encode().unwrap_or_default()),
            };
            set.map_err(|why| refuse(format!("attribute `{key}`: {why}")))?;
        }
        if !builder.device.is_empty() {
            description.set_device(&builder.device).map_err(|why| refuse(why.to_string()))?;
        }
        let operation = description.finish().map_err(|why| match status(why) {
            Error::Engine { message, .. } => refuse(message),
            other => other,
        })?;
        operations.push(operation);
        let index = (operations.len() - 1) as u32;
        self.found.insert(name, index);
        Ok(index)
    }

    /// The graph and its library as TensorFlow's message.
    pub(super) fn graph_def(&self) -> Result<GraphDef> {
        let bytes = self.graph.graph_def().map_err(status)?;
        GraphDef::decode(bytes.as_slice()).map_err(|why| Error::structure(format!("the engine's own graph: {why}")))
    }

    /// Where the inputs of an operation come from, operation and output; those of imported graphs get an index.
    pub(super) fn inputs_of(&mut self, index: u32) -> Vec<(u32, u32)> {
        let Some(operation) = self.operations.get(index as usize).cloned() else { return Vec::new() };
        let input = |input| {
            let (source, output) = operation.input(input);
            (self.index_of(source), output as u32)
        };
        (0..operation.num_inputs()).map(input).collect()
    }

    /// The operations that one waits for by edges of control.
    pub(super) fn controls_of(&mut self, index: u32) -> Vec<u32> {
        let Some(operation) = self.operations.get(index as usize).cloned() else { return Vec::new() };
        operation.control_inputs().into_iter().map(|source| self.index_of(source)).collect()
    }

    fn index_of(&mut self, operation: tensorflow::Operation) -> u32 {
        let name = operation.name().unwrap_or_default();
        *self.found.entry(name).or_insert_with(|| {
            self.operations.push(operation);
            (self.operations.len() - 1) as u32
        })
    }
}
