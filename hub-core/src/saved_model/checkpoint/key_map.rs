//! From objects to checkpoint keys: the object graph of the model and that of the checkpoint, walked together.
//!
//! Both start at the root; an object of the one is that of the other which is reached by the same names. The numbers of
//! the nodes mean nothing.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::path::Path;

use super::super::object_graph::{Object, ObjectGraph, ObjectKind, VariableSpec};
use super::super::proto::{TrackableObject, TrackableObjectGraph};
use super::{Checkpoint, Entry};
use crate::error::{Error, Result};
use crate::tensor::Shape;

/// The attribute under which a variable's value is saved.
pub const VARIABLE_VALUE: &str = "VARIABLE_VALUE";

/// The attributes with their checkpoint keys, for each node of the model's object graph that has any.
///
/// # Errors
/// [`Error::ModelStructure`] where the checkpoint's graph refers to a node that does not exist.
pub fn key_map(graph: &ObjectGraph, saved: &TrackableObjectGraph) -> Result<BTreeMap<usize, Vec<(String, String)>>> {
    let matches = matching_nodes(graph, saved)?;
    let mut keys = BTreeMap::new();
    let mut add = |node: usize, object: &TrackableObject| {
        if !object.attributes.is_empty() {
            let attributes = object.attributes.iter();
            keys.insert(node, attributes.map(|it| (it.name.clone(), it.checkpoint_key.clone())).collect());
        }
    };
    for (node, other) in matches.iter().enumerate().filter_map(|(node, other)| Some((node, (*other)?))) {
        add(node, &saved.nodes[other]);
        // What an optimizer keeps beside each variable hangs on it by the variable, not by a name.
        if graph.nodes[node].slot_variables.is_empty() {
            continue;
        }
        let slots: HashMap<(i32, &str), i32> = saved.nodes[other]
            .slot_variables
            .iter()
            .map(|slot| ((slot.original_variable_node_id, slot.slot_name.as_str()), slot.slot_variable_node_id))
            .collect();
        for slot in &graph.nodes[node].slot_variables {
            let original = matches[slot.variable].and_then(|original| i32::try_from(original).ok());
            if let Some(id) = original.and_then(|original| slots.get(&(original, slot.name.as_str()))) {
                add(slot.slot, &saved.nodes[node_id(*id, saved)?]);
            }
        }
    }
    Ok(keys)
}

/// For each node of the model's graph the node of the checkpoint's graph, where there is one.
fn matching_nodes(graph: &ObjectGraph, saved: &TrackableObjectGraph) -> Result<Vec<Option<usize>>> {
    let mut matches = vec![None; graph.nodes.len()];
    if saved.nodes.is_empty() {
        return Ok(matches);
    }
    matches[0] = Some(0);
    let mut queue = VecDeque::from([(0, 0)]);
    while let Some((node, other)) = queue.pop_front() {
        let children: HashMap<&str, i32> =
            saved.nodes[other].children.iter().map(|child| (child.local_name.as_str(), child.node_id)).collect();
        for (name, child) in &graph.nodes[node].children {
            if matches[*child].is_none()
                && let Some(id) = children.get(name.as_str())
            {
                let id = node_id(*id, saved)?;
                matches[*child] = Some(id);
                queue.push_back((*child, id));
            }
        }
    }
    Ok(matches)
}

fn node_id(id: i32, saved: &TrackableObjectGraph) -> Result<usize> {
    usize::try_from(id).ok().filter(|id| *id < saved.nodes.len()).ok_or_else(|| {
        let count = saved.nodes.len();
        Error::structure(format!("the checkpoint's graph refers to object {id}, and has {count} objects"))
    })
}

/// The checkpoint key of each variable, checked against the index; `directory` is named in errors.
///
/// # Errors
/// [`Error::MissingVariables`] with every variable that the checkpoint does not have, [`Error::VariableMismatch`] for
/// the first whose type or shape differs.
pub fn check_variables(
    directory: &Path,
    graph: &ObjectGraph,
    checkpoint: Option<&Checkpoint>,
    keys: &BTreeMap<usize, Vec<(String, String)>>,
) -> Result<BTreeMap<usize, String>> {
    match find_variables(graph, checkpoint, keys)? {
        (found, missing) if missing.is_empty() => Ok(found),
        (_, missing) => Err(Error::MissingVariables { path: directory.to_owned(), missing }),
    }
}

/// The same for a checkpoint that may lack some variables, as long as it has any.
///
/// # Errors
/// Those of [`check_variables`]; [`Error::MissingVariables`] where it has none.
pub fn check_some_variables(
    directory: &Path,
    graph: &ObjectGraph,
    checkpoint: Option<&Checkpoint>,
    keys: &BTreeMap<usize, Vec<(String, String)>>,
) -> Result<BTreeMap<usize, String>> {
    match find_variables(graph, checkpoint, keys)? {
        (found, missing) if found.is_empty() && !missing.is_empty() => {
            Err(Error::MissingVariables { path: directory.to_owned(), missing })
        }
        (found, _) => Ok(found),
    }
}

/// The keys of the variables that the checkpoint has, and those that it lacks, in words.
fn find_variables(
    graph: &ObjectGraph,
    checkpoint: Option<&Checkpoint>,
    keys: &BTreeMap<usize, Vec<(String, String)>>,
) -> Result<(BTreeMap<usize, String>, Vec<String>)> {
    let (mut found, mut missing) = (BTreeMap::new(), Vec::new());
    for (node, object) in graph.nodes.iter().enumerate() {
        let Object { kind: ObjectKind::Variable(spec), .. } = object else { continue };
        let attributes = keys.get(&node).into_iter().flatten();
        let key = attributes.filter(|(name, _)| name == VARIABLE_VALUE).map(|(_, key)| key).next();
        match key.and_then(|key| Some((key, checkpoint?.entries().get(key)?))) {
            Some((key, entry)) => {
                check_variable(key, spec, entry)?;
                found.insert(node, key.clone());
            }
            None => missing.push(format!("the value of variable `{}`", spec.name)),
        }
    }
    Ok((found, missing))
}

fn check_variable(key: &str, spec: &VariableSpec, entry: &Entry) -> Result<()> {
    if spec.dtype == entry.dtype && spec.shape.accepts(&entry.shape) {
        return Ok(());
    }
    Err(Error::VariableMismatch {
        name: key.to_owned(),
        expected: format!("{} {}", spec.dtype, spec.shape),
        found: format!("{} {}", entry.dtype, Shape::known(&entry.shape)),
    })
}
