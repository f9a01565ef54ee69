//! The variables of a model: what the object graph or the graph's collections know of them, and the checkpoint.
//!
//! `build` puts them into a description, `weights` reads their values.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::super::checkpoint::{Checkpoint, check_variables, key_map};
use super::super::collections::{self, SAVED_VARIABLES, TRAINABLE_VARIABLES};
use super::super::object_graph::{ObjectGraph, ObjectKind, Paths};
use super::super::proto::{MetaGraphDef, VariableDef};
use super::Variable;
use crate::error::{Error, Result};

/// The end of the checkpoint key of a variable.
const VALUE_SUFFIX: &str = "/.ATTRIBUTES/VARIABLE_VALUE";

/// The variables of the object graph, each found in the checkpoint.
pub(in super::super) fn by_object(
    directory: &Path,
    graph: &ObjectGraph,
    checkpoint: Option<&Checkpoint>,
) -> Result<Vec<Variable>> {
    let keys = match checkpoint.map(Checkpoint::object_graph).transpose()?.flatten() {
        Some(saved) => key_map(graph, &saved)?,
        None => BTreeMap::new(),
    };
    let keys = check_variables(directory, graph, checkpoint, &keys)?;
    let paths = graph.paths();
    let mut variables = Vec::new();
    for (node, key) in keys {
        let ObjectKind::Variable(spec) = &graph.nodes[node].kind else { continue };
        let entry = checkpoint.and_then(|checkpoint| checkpoint.entries().get(&key));
        variables.push(Variable {
            path: name(&paths, node, &key),
            name: spec.name.clone(),
            dtype: spec.dtype,
            shape: entry.map_or_else(Vec::new, |entry| entry.shape.clone()),
            size_bytes: checkpoint.and_then(|checkpoint| checkpoint.stored_bytes(&key)).unwrap_or(0),
            trainable: Some(spec.trainable),
            key,
        });
    }
    Ok(variables)
}

/// What a variable is called: its path. What an optimizer keeps beside one has none; its key says what it is.
pub(in super::super) fn name(paths: &Paths<'_>, node: usize, key: &str) -> String {
    paths.path(node).unwrap_or_else(|| key.trim_end_matches(VALUE_SUFFIX).to_owned())
}

/// The variables of a checkpoint without an object graph; the collections say which of them training changes.
pub(in super::super) fn by_name(checkpoint: &Checkpoint, meta_graph: &MetaGraphDef) -> Result<Vec<Variable>> {
    let names = |collection| {
        let of = |one: VariableDef| match one.save_slice_info_def {
            Some(slice) => slice.full_name,
            None => one.variable_name.split(':').next().unwrap_or_default().to_owned(),
        };
        Ok::<BTreeSet<String>, Error>(collections::variables(meta_graph, collection)?.into_iter().map(of).collect())
    };
    let (listed, trainable) = (names(SAVED_VARIABLES)?, names(TRAINABLE_VARIABLES)?);
    let entries = checkpoint.entries().iter();
    let variable = entries.map(|(key, entry)| Variable {
        path: key.clone(),
        name: key.clone(),
        key: key.clone(),
        dtype: entry.dtype,
        shape: entry.shape.clone(),
        size_bytes: checkpoint.stored_bytes(key).unwrap_or(0),
        trainable: listed.contains(key).then(|| trainable.contains(key)),
    });
    Ok(variable.collect())
}
