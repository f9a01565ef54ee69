//! The object graph: the tree of Python objects that a TF2 SavedModel restores, with every reference checked.
//!
//! Node 0 is the root. `read` makes it from the meta graph, `paths` names its nodes; the values of its variables are in
//! the checkpoint.

mod paths;
mod read;

use std::collections::BTreeMap;

pub use paths::{Callable, Paths};
pub(super) use read::check_asset_name;

use super::function_spec::FunctionSpec;
use super::proto::{AttrValueValue, MetaGraphDef};
use super::structure::Spec;
use super::tensor_proto;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::tensor::{Nest, Shape, Tensor};

/// The objects of a model and the functions that they refer to.
#[derive(Debug, Clone, PartialEq)]
pub struct ObjectGraph {
    /// The objects; the root is the first.
    pub nodes: Vec<Object>,
    /// The concrete functions by their name in the function library.
    pub concrete_functions: BTreeMap<String, ConcreteFunction>,
}

/// One object.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    /// What it is.
    pub kind: ObjectKind,
    /// The objects that it holds, by name, in the file's order; the items of a list are `0`, `1`, ...
    pub children: Vec<(String, usize)>,
    /// The objects that must exist before it.
    pub dependencies: Vec<usize>,
    /// The name that its class was registered under; empty where it was not.
    pub registered_name: String,
    /// How its state is saved and restored where that takes functions, by attribute name.
    pub saveable_objects: BTreeMap<String, SaveableObject>,
    /// What it keeps beside variables, where it is an optimizer.
    pub slot_variables: Vec<SlotVariable>,
}

/// A variable that an optimizer keeps beside another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotVariable {
    /// The node of the variable that it belongs to.
    pub variable: usize,
    /// What it is: `momentum`, say.
    pub name: String,
    /// Its own node.
    pub slot: usize,
}

/// The functions that save and restore one attribute of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SaveableObject {
    /// The node of the function that saves.
    pub save_function: usize,
    /// The node of the function that restores.
    pub restore_function: usize,
}

/// The kinds of objects.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ObjectKind {
    /// A bag of attributes, a list, a dict, a layer: what its identifier says.
    User {
        /// `_generic_user_object`, `trackable_list_wrapper`, `_tf_keras_layer`, ...
        identifier: String,
        /// The version of the form that it was saved in.
        version: i32,
    },
    /// A file of the model.
    Asset {
        /// Its name below `assets/`; it does not lead out of there.
        file_name: String,
    },
    /// A function with a trace for each kind of arguments.
    Function(PolymorphicFunction),
    /// A single trace: a signature, or what `get_concrete_function` gave.
    BareFunction {
        /// The name of the concrete function.
        name: String,
        /// The names of its tensor arguments.
        argument_keywords: Vec<String>,
        /// How many of them may be given by position.
        allowed_positional_arguments: usize,
        /// The signature of the Python function, where it was saved.
        spec: Option<FunctionSpec>,
    },
    /// A variable.
    Variable(VariableSpec),
    /// A constant; [`ObjectGraph::constant`] gives its value.
    Constant {
        /// The `Const` node of the meta graph's graph that holds the value.
        operation: String,
    },
    /// Something with a handle, such as a table; its children say how it is made.
    Resource {
        /// The device that it asks for.
        device: String,
    },
    /// A tensor that a function captured from the function around it.
    CapturedTensor {
        /// The tensor's name.
        name: String,
        /// The function that holds it.
        concrete_function: String,
    },
    /// A kind that is not known here.
    Unknown,
}

/// A function with its traces.
#[derive(Debug, Clone, PartialEq)]
pub struct PolymorphicFunction {
    /// The names of its concrete functions, in the order in which they are tried.
    pub traces: Vec<String>,
    /// The signature of the Python function, where it was saved.
    pub spec: Option<FunctionSpec>,
}

/// What the graph says of a variable.
#[derive(Debug, Clone, PartialEq)]
pub struct VariableSpec {
    /// Its element type.
    pub dtype: DType,
    /// Its shape.
    pub shape: Shape,
    /// Whether training changes it.
    pub trainable: bool,
    /// The name that Python gave it, often not unique.
    pub name: String,
    /// The device that it was on.
    pub device: String,
}

/// One trace: a function of the library with what it takes, returns and captures.
#[derive(Debug, Clone, PartialEq)]
pub struct ConcreteFunction {
    /// A tuple of the positional arguments (a tuple) and the keyword arguments (a dict).
    pub arguments: Nest<Spec>,
    /// What it returns.
    pub outputs: Nest<Spec>,
    /// The objects whose tensors follow the arguments, in this trace's own order.
    pub bound_inputs: Vec<usize>,
}

impl ObjectGraph {
    /// The child of a node by its name.
    pub fn child(&self, node: usize, name: &str) -> Option<usize> {
        self.nodes.get(node)?.children.iter().find(|(child, _)| child == name).map(|(_, id)| *id)
    }

    /// The node at a dotted path from the root: `encoder.layers.0`. The empty path is the root.
    ///
    /// A name that itself holds dots is found too.
    pub fn resolve(&self, path: &str) -> Option<usize> {
        self.resolve_from(0, path)
    }

    /// The node at a dotted path from another.
    pub fn resolve_from(&self, node: usize, path: &str) -> Option<usize> {
        let (mut node, mut rest) = (node, path);
        while !rest.is_empty() {
            // The longest child name that the rest starts with; names with dots are rare, so this is one comparison.
            let fits = |name: &str| {
                rest.strip_prefix(name)
                    .is_some_and(|tail| !name.is_empty() && (tail.is_empty() || tail.starts_with('.')))
            };
            let (name, id) = self
                .nodes
                .get(node)?
                .children
                .iter()
                .filter(|(name, _)| fits(name))
                .max_by_key(|(name, _)| name.len())?;
            node = *id;
            rest = &rest[name.len()..];
            rest = rest.strip_prefix('.').unwrap_or(rest);
        }
        Some(node)
    }

    /// The value of a constant.
    ///
    /// # Errors
    /// [`Error::ModelStructure`] where the node is no constant of the meta graph, or its tensor is not sound.
    pub fn constant(&self, meta_graph: &MetaGraphDef, node: usize) -> Result<Tensor> {
        match self.nodes.get(node).map(|object| &object.kind) {
            Some(ObjectKind::Constant { operation }) => {
                let nodes = meta_graph.graph_def.iter().flat_map(|graph| &graph.node);
                let found = nodes.into_iter().find(|node| node.name == *operation);
                match found.and_then(|node| node.attr.get("value")?.value.as_ref()) {
                    Some(AttrValueValue::Tensor(tensor)) => tensor_proto::decode(tensor),
                    _ => Err(Error::structure(format!("the constant `{operation}` has no value"))),
                }
            }
            _ => Err(Error::structure(format!("object {node} is no constant"))),
        }
    }
}

#[cfg(test)]
mod tests;
