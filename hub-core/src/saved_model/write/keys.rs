//! The object graph of a checkpoint, and the keys under which values stand there.
//!
//! ```text
//! dense/kernel/.ATTRIBUTES/VARIABLE_VALUE                             by the shortest path of names from the root
//! dense/kernel/.OPTIMIZER_SLOT/optimizer/m/.ATTRIBUTES/VARIABLE_VALUE what an optimizer keeps beside a variable
//! ```
//!
//! In names `.` is written `..` and `/` is written `.S`. The numbers of the objects are those of the SavedModel's graph.

use std::collections::{BTreeMap, VecDeque};

use super::super::checkpoint::VARIABLE_VALUE;
use super::super::proto::{SavedObject, SavedObjectKind, SerializedTensor, TrackableObject, TrackableObjectGraph};
use crate::error::{Error, Result};

/// What a checkpoint says of objects.
pub(super) struct Keys {
    pub(super) graph: TrackableObjectGraph,
    /// The key of each variable, by node.
    pub(super) variables: BTreeMap<usize, String>,
    /// The key of each saved attribute of a table, by node and attribute.
    pub(super) tables: BTreeMap<(usize, String), String>,
}

impl Keys {
    /// Those of the objects of a model, the root first.
    pub(super) fn of(nodes: &[SavedObject]) -> Result<Keys> {
        let paths = paths(nodes);
        let object = |node: &SavedObject| TrackableObject {
            children: node.children.clone(),
            slot_variables: node.slot_variables.clone(),
            ..TrackableObject::default()
        };
        let mut keys = Keys {
            graph: TrackableObjectGraph { nodes: nodes.iter().map(object).collect() },
            variables: BTreeMap::new(),
            tables: BTreeMap::new(),
        };
        for (index, node) in nodes.iter().enumerate() {
            if let Some(SavedObjectKind::Variable(variable)) = &node.kind {
                let unreached = || format!("the variable `{}` is reached from no object", variable.name);
                let path = paths[index].as_deref().ok_or_else(|| Error::structure(unreached()))?;
                let key = keys.add(index, path, VARIABLE_VALUE, &variable.name);
                keys.variables.insert(index, key);
            }
            for attribute in node.saveable_objects.keys() {
                let unreached = || Error::structure(format!("object {index}, a table, is reached from no object"));
                let path = paths[index].as_deref().ok_or_else(unreached)?;
                let key = keys.add(index, path, attribute, "");
                keys.tables.insert((index, attribute.clone()), key);
            }
        }
        Ok(keys)
    }

    fn add(&mut self, node: usize, path: &str, attribute: &str, full_name: &str) -> String {
        let checkpoint_key = format!("{path}/.ATTRIBUTES/{}", escaped(attribute));
        let tensor = SerializedTensor {
            name: attribute.into(),
            full_name: full_name.into(),
            checkpoint_key: checkpoint_key.clone(),
        };
        self.graph.nodes[node].attributes.push(tensor);
        checkpoint_key
    }
}

/// The shortest path to each object, where one leads there.
fn paths(nodes: &[SavedObject]) -> Vec<Option<String>> {
    let mut paths: Vec<Option<String>> = vec![None; nodes.len()];
    paths[0] = Some(String::new());
    let mut queue = VecDeque::from([0]);
    while let Some(node) = queue.pop_front() {
        let own = paths[node].clone().unwrap_or_default();
        for child in &nodes[node].children {
            let index = child.node_id as usize;
            if paths[index].is_none() {
                let separator = if own.is_empty() { "" } else { "/" };
                paths[index] = Some(format!("{own}{separator}{}", escaped(&child.local_name)));
                queue.push_back(index);
            }
        }
    }
    for (optimizer, node) in nodes.iter().enumerate() {
        for slot in &node.slot_variables {
            let variable = paths[slot.original_variable_node_id as usize].clone();
            let own = &paths[slot.slot_variable_node_id as usize];
            if let (None, Some(variable), Some(optimizer)) = (own, variable, &paths[optimizer]) {
                let path = format!("{variable}/.OPTIMIZER_SLOT/{optimizer}/{}", escaped(&slot.slot_name));
                paths[slot.slot_variable_node_id as usize] = Some(path);
            }
        }
    }
    paths
}

fn escaped(name: &str) -> String {
    name.replace('.', "..").replace('/', ".S")
}

#[cfg(test)]
mod tests {
    use super::super::super::proto::{ObjectReference, SlotVariableReference};
    use super::*;

    fn node(children: &[(&str, i32)], is_variable: bool) -> SavedObject {
        let child = |(name, id): &(&str, i32)| ObjectReference { node_id: *id, local_name: (*name).into() };
        SavedObject {
            children: children.iter().map(child).collect(),
            kind: is_variable.then(|| SavedObjectKind::Variable(Default::default())),
            ..SavedObject::default()
        }
    }

    #[test]
    fn keys_are_those_of_python() {
        let mut optimizer = node(&[], false);
        optimizer.slot_variables.push(SlotVariableReference {
            original_variable_node_id: 2,
            slot_name: "m".into(),
            slot_variable_node_id: 4,
        });
        let nodes = [
            node(&[("layer", 1), ("optimizer", 3), ("a/b.c", 5)], false),
            node(&[("kernel", 2)], false),
            node(&[], true),
            optimizer,
            node(&[], true),
            node(&[], true),
        ];
        let keys = Keys::of(&nodes).unwrap();
        let found: Vec<_> = keys.variables.values().map(String::as_str).collect();
        assert_eq!(
            found,
            [
                "layer/kernel/.ATTRIBUTES/VARIABLE_VALUE",
                "layer/kernel/.OPTIMIZER_SLOT/optimizer/m/.ATTRIBUTES/VARIABLE_VALUE",
                "a.Sb..c/.ATTRIBUTES/VARIABLE_VALUE"
            ]
        );
        assert!(matches!(Keys::of(&[node(&[], false), node(&[], true)]), Err(Error::ModelStructure { .. })));
    }
}
