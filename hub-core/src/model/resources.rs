//! Tables and other resources of a model: which functions make, fill, save and restore each.
//!
//! Python keeps no description of a table, only functions: `_create_resource` gives a handle, `_initialize` fills what is
//! filled from constants and files; what changes is saved and restored by functions under a checkpoint key. `instantiate`
//! writes them into a graph.

use std::collections::BTreeMap;

use super::description::Description;
use crate::error::{Error, Result};
use crate::graph::Node;
use crate::saved_model::{ObjectGraph, ObjectKind, Spec};
use crate::tensor::Nest;

/// The functions of one resource, by the names of their traces.
#[derive(Debug, Clone, Default)]
pub(super) struct Resource {
    /// Gives the handle.
    pub(super) create: Option<String>,
    /// Fills the resource, once it is made and what is saved is restored.
    pub(super) initialise: Option<String>,
    /// What of it is in the checkpoint.
    pub(super) saved: Vec<SavedState>,
}

/// State of a resource that the checkpoint holds.
#[derive(Debug, Clone)]
pub(super) struct SavedState {
    /// The name of the attribute: `table`.
    pub(super) attribute: String,
    /// What the keys of its tensors begin with; `None` where the checkpoint does not have it.
    pub(super) key: Option<String>,
    /// The trace that tells names and values of the tensors.
    pub(super) save: String,
    /// The trace that takes the values.
    pub(super) restore: String,
}

/// One tensor of a resource's state, as its save function describes it.
pub(super) struct SavedTensor<'g> {
    /// The end of its key, behind that of the state.
    pub(super) name: Node<'g>,
    /// Which part of the tensor it is; empty for all of it.
    pub(super) slice: Node<'g>,
    /// The value.
    pub(super) value: Node<'g>,
}

/// The resources of an object graph, by node; `keys` are the checkpoint keys of each node's attributes.
pub(super) fn resources(
    objects: &ObjectGraph,
    keys: &BTreeMap<usize, Vec<(String, String)>>,
) -> Result<BTreeMap<usize, Resource>> {
    let mut found = BTreeMap::new();
    for (node, object) in objects.nodes.iter().enumerate() {
        let function = |name: &str| objects.child(node, name).and_then(|child| first_trace(objects, child));
        let mut resource = match object.kind {
            ObjectKind::Resource { .. } => Resource {
                create: function("_create_resource"),
                initialise: function("_initialize"),
                saved: Vec::new(),
            },
            _ => Resource::default(),
        };
        for (attribute, functions) in &object.saveable_objects {
            let trace = |node: usize| {
                let why = || Error::structure(format!("what saves the `{attribute}` of object {node} is no function"));
                first_trace(objects, node).ok_or_else(why)
            };
            let key = keys.get(&node).and_then(|own| own.iter().find(|(name, _)| name == attribute));
            resource.saved.push(SavedState {
                attribute: attribute.clone(),
                key: key.map(|(_, key)| key.clone()),
                save: trace(functions.save_function)?,
                restore: trace(functions.restore_function)?,
            });
        }
        if resource.create.is_some() || !resource.saved.is_empty() {
            found.insert(node, resource);
        }
    }
    Ok(found)
}

/// The first trace of a function.
fn first_trace(objects: &ObjectGraph, node: usize) -> Option<String> {
    match &objects.nodes.get(node)?.kind {
        ObjectKind::Function(function) => function.traces.first().cloned(),
        ObjectKind::BareFunction { name, .. } => Some(name.clone()),
        _ => None,
    }
}

impl SavedState {
    /// What the save function gave, tensor by tensor.
    pub(super) fn tensors<'g>(
        &self,
        description: &Description,
        outputs: Vec<Node<'g>>,
    ) -> Result<Vec<SavedTensor<'g>>> {
        let odd = || Error::structure(format!("`{}` describes no tensors", self.save));
        let mut nodes = outputs.into_iter();
        let node = &mut |_: &Spec| nodes.next().ok_or_else(odd);
        let described = description.trace(&self.save)?.outputs.try_map(node)?;
        let (Nest::List(tensors) | Nest::Tuple(tensors)) = described else { return Err(odd()) };
        let tensor = |tensor: &Nest<Node<'g>>| {
            let part = |key: &str| match tensor.get(key) {
                Some(Nest::Leaf(node)) => Ok(*node),
                _ => Err(odd()),
            };
            Ok(SavedTensor { name: part("name")?, slice: part("slice_spec")?, value: part("tensor")? })
        };
        tensors.iter().map(tensor).collect()
    }
}
