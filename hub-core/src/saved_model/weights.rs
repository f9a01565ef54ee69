//! The variables of a model with their values, straight from the checkpoint.
//!
//! `tfhub weights` writes them to a file. Each is read when it is asked for. Names are those that the model's other
//! commands print and take: the dotted path in TF2 models, the variable's name in TF1 models.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::checkpoint::Checkpoint;
use super::describe::{Variable, variables};
use super::object_graph::ObjectGraph;
use super::read::SavedModel;
use crate::error::{Error, Result};
use crate::tensor::Tensor;

/// The variables of a model, and the checkpoint that holds their values.
///
/// ```
/// use hub_core::saved_model::Weights;
///
/// let model = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/affine/model");
/// let weights = Weights::open(model.as_ref())?;
/// let names: Vec<&str> = weights.variables().iter().map(|variable| variable.path.as_str()).collect();
/// assert_eq!(names, ["w", "b"]);
/// assert_eq!(weights.read(&weights.variables()[1])?.shape(), [2]);
/// # Ok::<(), hub_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Weights {
    directory: PathBuf,
    checkpoint: Option<Checkpoint>,
    variables: Vec<Variable>,
}

impl Weights {
    /// Finds the variables of the SavedModel in `directory`; no value is read.
    ///
    /// The graph is not checked: nothing of it is run.
    ///
    /// # Errors
    /// Those of [`SavedModel::read`], [`Error::ModelStructure`] for an object graph that is not sound, and those of
    /// [`describe`](super::describe()) for the checkpoint.
    pub fn open(directory: &Path) -> Result<Weights> {
        let model = SavedModel::read(directory)?;
        let checkpoint = Checkpoint::open_optional(directory)?;
        if let Some(checkpoint) = &checkpoint {
            checkpoint.check_shards()?;
        }
        let meta_graph = &model.meta_graphs()[0];
        let mut found = match &checkpoint {
            _ if model.is_tf2(meta_graph) => {
                variables::by_object(directory, &ObjectGraph::read(meta_graph)?, checkpoint.as_ref())?
            }
            Some(checkpoint) => variables::by_name(checkpoint, meta_graph)?,
            None => Vec::new(),
        };
        name_apart(found.iter_mut().map(|variable| (&mut variable.path, variable.key.as_str())));
        Ok(Weights { directory: directory.to_owned(), checkpoint, variables: found })
    }

    /// The variables; no two have the same path.
    pub fn variables(&self) -> &[Variable] {
        &self.variables
    }

    /// The variable with this path.
    pub fn variable(&self, path: &str) -> Option<&Variable> {
        self.variables.iter().find(|variable| variable.path == path)
    }

    /// The value of a variable.
    ///
    /// # Errors
    /// [`Error::MissingVariables`] where it is not one of these variables, [`Error::ModelParse`] where its bytes are
    /// damaged, [`Error::Unsupported`] where they are no plain values.
    pub fn read(&self, variable: &Variable) -> Result<Tensor> {
        self.checkpoint(variable)?.read_tensor(&variable.key)
    }

    /// The numbers of a variable, little-endian and in row-major order.
    ///
    /// # Errors
    /// Those of [`Weights::read`]; [`Error::Unsupported`] for strings.
    pub fn read_bytes(&self, variable: &Variable) -> Result<Vec<u8>> {
        self.checkpoint(variable)?.read_bytes(&variable.key)
    }

    fn checkpoint(&self, variable: &Variable) -> Result<&Checkpoint> {
        let missing = vec![format!("the variable `{}`", variable.path)];
        self.checkpoint.as_ref().ok_or_else(|| Error::MissingVariables { path: self.directory.clone(), missing })
    }
}

/// The names of a model's variables, by node; `keys` are those of their values in the checkpoint.
#[cfg_attr(not(feature = "engine"), allow(dead_code, reason = "only loaded models ask"))]
pub(crate) fn names(graph: &ObjectGraph, keys: &BTreeMap<usize, String>) -> BTreeMap<usize, String> {
    let paths = graph.paths();
    let mut names = BTreeMap::from_iter(keys.iter().map(|(node, key)| (*node, variables::name(&paths, *node, key))));
    name_apart(names.iter_mut().map(|(node, name)| (name, keys[node].as_str())));
    names
}

/// Gives variables whose names are the same, as odd names of children can make them, their keys for names.
fn name_apart<'v>(variables: impl Iterator<Item = (&'v mut String, &'v str)>) {
    let mut seen = BTreeSet::new();
    for (name, key) in variables {
        if seen.contains(name) {
            key.clone_into(name);
        }
        while !seen.insert(name.clone()) {
            name.push('_');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_have_the_same_name() {
        let mut names = ["a.b", "a.b", "y", "a.b"].map(str::to_owned);
        name_apart(names.iter_mut().zip(["x", "y", "z", "a.b"]));
        assert_eq!(names, ["a.b", "y", "z", "a.b_"]);
    }
}
