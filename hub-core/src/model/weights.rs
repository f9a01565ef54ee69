//! The variables of a loaded model to and from a file: safetensors, or a checkpoint as Python's `tf.train.Checkpoint` has it.
//!
//! ```text
//! weights.safetensors                                      names: the dotted paths, as `tfhub weights` writes them
//! weights.index, weights.data-00000-of-00001               names: checkpoint keys, found by the object graph that is in it
//! ```
//!
//! Loading compares all names, types and shapes before the first variable changes. Tables are in checkpoints too, and
//! are not loaded from there.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use super::export::write_checkpoint;
use super::loaded_model::LoadedModel;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::saved_model::checkpoint::{Checkpoint, OBJECT_GRAPH_KEY, VARIABLE_VALUE, key_map};
use crate::saved_model::weights_file::{compare, is_safetensors, read_safetensors, write_safetensors};
use crate::saved_model::{ObjectKind, VariableSpec, weight_names, write};
use crate::tensor::{Shape, Tensor};

/// What Python's checkpoints hold beside the objects: how often they were saved.
const SAVE_COUNTER: &str = "save_counter/.ATTRIBUTES/VARIABLE_VALUE";

/// A variable's node and spec, and its value in a file.
type Loaded = (usize, VariableSpec, Tensor);

impl LoadedModel {
    /// Saves the variables as they are now: to a safetensors file where the path ends in `.safetensors`, otherwise to a
    /// checkpoint whose files' names begin with the path. Files that are there are replaced where `overwrite` says so:
    /// those of a checkpoint one after the other.
    ///
    /// # Errors
    /// [`Error::SaveExists`] and [`Error::SaveRefused`] for what is in the way, [`Error::Unsupported`] for variables that
    /// the format has no place for and models in TF1's format, [`Error::Io`] and its kin from the disk.
    pub fn save_weights(&self, path: impl AsRef<Path>, overwrite: bool) -> Result<()> {
        let path = path.as_ref();
        self.check_exportable()?;
        let state = self.state()?;
        if is_safetensors(path) {
            let names = self.weight_names();
            let values = state.values.variables.into_iter();
            let named = values.filter_map(|(node, value)| Some((names.get(&node)?.clone(), value)));
            return write_safetensors(path, overwrite, &named.collect());
        }
        let original = Checkpoint::open(&self.description().path)?;
        write::publish_files(path, overwrite, |staging| {
            let prefix = staging.join("weights");
            write_checkpoint(self.description(), &original, &state, &prefix)?;
            let end = |end: &str| (with_end(&prefix, end), with_end(path, end));
            Ok(vec![end(".data-00000-of-00001"), end(".index")])
        })
    }

    /// Sets the variables to what a file holds, which [`LoadedModel::save_weights`] or Python wrote; all of them, or none.
    ///
    /// # Errors
    /// [`Error::WeightsMismatch`] with every weight that is missing, unknown, or of another type or shape; nothing has
    /// changed then. [`Error::ModelParse`], [`Error::MissingVariables`], [`Error::Io`] and their kin where the file
    /// cannot be read.
    ///
    /// ```
    /// # fn main() -> hub_core::Result<()> {
    /// let model = hub_core::load(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/affine/model"))?;
    /// let directory = tempfile::tempdir().unwrap();
    /// for name in ["weights.safetensors", "checkpoint"] {
    ///     model.save_weights(directory.path().join(name), false)?;
    ///     model.load_weights(directory.path().join(name))?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn load_weights(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        self.check_exportable()?;
        let weights = match is_safetensors(path) {
            true => self.read_safetensors(path)?,
            false => self.read_checkpoint(path)?,
        };
        let _still = self.still();
        weights.iter().try_for_each(|(node, spec, value)| self.assign_quietly(*node, spec, value))
    }

    /// The weights of a safetensors file, all of them and no others.
    fn read_safetensors(&self, path: &Path) -> Result<Vec<Loaded>> {
        let names = self.weight_names();
        let mut file = read_safetensors(path)?;
        let found = file.iter().map(|(name, tensor)| (name.clone(), type_of(tensor.dtype(), tensor.shape()))).collect();
        compare(path, &self.weight_types(&names), &found)?;
        let take = |(node, spec): (usize, &VariableSpec)| Some((node, spec.clone(), file.remove(names.get(&node)?)?));
        Ok(self.variable_specs().filter_map(take).collect())
    }

    /// The weights of a checkpoint, by its own object graph.
    fn read_checkpoint(&self, path: &Path) -> Result<Vec<Loaded>> {
        let checkpoint = Checkpoint::open_at(path)?;
        checkpoint.check_shards()?;
        let no_graph = || Error::Unsupported { what: format!("`{}`, a checkpoint by names,", path.display()) };
        let attributes = key_map(&self.description().objects, &checkpoint.object_graph()?.ok_or_else(no_graph)?)?;
        let (mut keys, mut others) = (BTreeMap::new(), Vec::new());
        for (node, (attribute, key)) in
            attributes.iter().flat_map(|(node, own)| own.iter().map(move |one| (*node, one)))
        {
            match attribute == VARIABLE_VALUE {
                true if checkpoint.entries().contains_key(key) => drop(keys.insert(node, key.as_str())),
                true => {}
                false => others.push(key.as_str()),
            }
        }
        let names = self.weight_names();
        let found = self.found_in(&checkpoint, &names, &keys, &others)?;
        compare(path, &self.weight_types(&names), &found)?;
        let read = |(node, spec): (usize, &VariableSpec)| {
            let key = keys.get(&node).filter(|_| names.contains_key(&node))?;
            Some(checkpoint.read_tensor(key).map(|value| (node, spec.clone(), value)))
        };
        self.variable_specs().filter_map(read).collect()
    }

    /// What a checkpoint holds: the model's weights by their names, and by its key whatever else is no table's.
    fn found_in(
        &self,
        checkpoint: &Checkpoint,
        names: &BTreeMap<usize, String>,
        keys: &BTreeMap<usize, &str>,
        tables: &[&str],
    ) -> Result<BTreeMap<String, (DType, Shape)>> {
        // What the model's own checkpoint has beside its variables is in every one that is made of it.
        let own = Checkpoint::open_optional(&self.description().path)?;
        let own_keys = own.iter().flat_map(|own| own.entries().keys()).map(String::as_str);
        let known: HashSet<&str> = own_keys.chain([OBJECT_GRAPH_KEY, SAVE_COUNTER]).collect();
        let by_key: HashMap<&str, &String> =
            keys.iter().filter_map(|(node, key)| Some((*key, names.get(node)?))).collect();
        let mut found = BTreeMap::new();
        for (key, entry) in checkpoint.entries() {
            match by_key.get(key.as_str()) {
                Some(name) => drop(found.insert((*name).clone(), type_of(entry.dtype, &entry.shape))),
                None if known.contains(key.as_str()) || tables.iter().any(|table| key.starts_with(table)) => {}
                None => drop(found.insert(key.clone(), type_of(entry.dtype, &entry.shape))),
            }
        }
        Ok(found)
    }

    /// What the model expects under each name.
    fn weight_types(&self, names: &BTreeMap<usize, String>) -> BTreeMap<String, (DType, Shape)> {
        let of =
            |(node, spec): (usize, &VariableSpec)| Some((names.get(&node)?.clone(), (spec.dtype, spec.shape.clone())));
        self.variable_specs().filter_map(of).collect()
    }

    /// The names of the variables that the model's checkpoint has, by node.
    fn weight_names(&self) -> BTreeMap<usize, String> {
        weight_names(&self.description().objects, &self.description().checkpoint_keys)
    }

    fn variable_specs(&self) -> impl Iterator<Item = (usize, &VariableSpec)> {
        self.description().objects.nodes.iter().enumerate().filter_map(|(node, object)| match &object.kind {
            ObjectKind::Variable(spec) => Some((node, spec)),
            _ => None,
        })
    }
}

fn type_of(dtype: DType, shape: &[usize]) -> (DType, Shape) {
    (dtype, Shape::known(shape))
}

fn with_end(prefix: &Path, end: &str) -> std::path::PathBuf {
    let mut path = prefix.as_os_str().to_owned();
    path.push(end);
    path.into()
}
