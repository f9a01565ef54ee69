//! The weights of a model to and from a file: safetensors, or a checkpoint as tf_keras's `save_weights` has it.
//!
//! ```text
//! weights.safetensors                              names: dense/kernel, or of a loaded model keras_layer/encoder.w
//! weights.index, weights.data-00000-of-00001       objects: layer_with_weights-0 → kernel, or → _func → encoder → w
//! ```
//!
//! Loading compares all names, types and shapes before the first weight changes.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use hub_core::saved_model::Checkpoint;
use hub_core::saved_model::checkpoint::VARIABLE_VALUE;
use hub_core::saved_model::proto::TrackableObjectGraph;
use hub_core::saved_model::weights_file::{compare, is_safetensors, read_safetensors, write_safetensors};
use hub_core::{DType, Shape, Tensor};

use super::super::Model;
use super::super::built::Built;
use super::objects::Objects;
use crate::error::Result;
use crate::layer::WeightSlot;

/// Which weights are saved or loaded, and how.
///
/// ```
/// use hub_layers::WeightsOptions;
/// let options = WeightsOptions::new().layer("dense").overwrite(true);
/// ```
#[derive(Debug, Clone, Default)]
pub struct WeightsOptions {
    overwrite: bool,
    layers: Vec<String>,
}

impl WeightsOptions {
    /// Those of all layers, to a new file.
    pub fn new() -> WeightsOptions {
        WeightsOptions::default()
    }

    /// Whether files that are there may be replaced. Default: false.
    pub fn overwrite(mut self, overwrite: bool) -> WeightsOptions {
        self.overwrite = overwrite;
        self
    }

    /// Only the weights of this layer, and of others that are named so. Default: those of all.
    pub fn layer(mut self, name: impl Into<String>) -> WeightsOptions {
        self.layers.push(name.into());
        self
    }
}

/// A weight and its place in files.
struct Named<'b> {
    /// `dense/kernel`.
    name: String,
    slot: &'b WeightSlot,
    /// The objects that lead to it from the root of a checkpoint.
    path: Vec<String>,
}

/// Types and shapes by names.
type Types = BTreeMap<String, (DType, Shape)>;

impl Model {
    /// Saves the weights: to a safetensors file where the path ends in `.safetensors`, otherwise to a checkpoint whose files'
    /// names begin with the path, which tf_keras's `load_weights` reads into the same layers.
    ///
    /// # Errors
    /// [`Error::NotBuilt`](crate::Error::NotBuilt); [`Error::Core`](crate::Error::Core) with
    /// [`SaveExists`](hub_core::Error::SaveExists) and [`SaveRefused`](hub_core::Error::SaveRefused) for what is in the way,
    /// [`Unsupported`](hub_core::Error::Unsupported) for weights that safetensors has no place for,
    /// [`Io`](hub_core::Error::Io) and its kin from the disk.
    pub fn save_weights(&self, path: impl AsRef<Path>) -> Result<()> {
        self.save_weights_with(path, &WeightsOptions::new())
    }

    /// As [`Model::save_weights`], with options; safetensors alone can hold some of the layers.
    ///
    /// # Errors
    /// As [`Model::save_weights`], and [`Error::BadConfig`](crate::Error::BadConfig) for a layer that there is not.
    pub fn save_weights_with(&self, path: impl AsRef<Path>, options: &WeightsOptions) -> Result<()> {
        let (path, built) = (path.as_ref(), self.built()?);
        if is_safetensors(path) {
            let named = self.named_weights(built, options)?;
            let values = built.read(&named.iter().map(|named| named.slot).collect::<Vec<_>>())?;
            let named = named.into_iter().map(|named| named.name).zip(values).collect();
            return Ok(write_safetensors(path, options.overwrite, &named)?);
        }
        if !options.layers.is_empty() {
            let what = "a checkpoint of some of the layers".into();
            return Err(hub_core::Error::Unsupported { what }.into());
        }
        let objects = Objects::of(self, built, &self.saved_state(built, None)?)?;
        Ok(objects.builder.save_checkpoint(path, options.overwrite)?)
    }

    /// Sets the weights to what a file holds, which [`Model::save_weights`] or tf_keras wrote; all of them, or none.
    ///
    /// ```
    /// use hub_layers::{Dense, InputLayer, Sequential};
    /// let model = || Sequential::new().add(InputLayer::new([2])).add(Dense::new(3)).build();
    /// let (trained, mut other) = (model()?, model()?);
    /// let directory = tempfile::tempdir().unwrap();
    /// for name in ["weights.safetensors", "checkpoint"] {
    ///     trained.save_weights(directory.path().join(name))?;
    ///     other.load_weights(directory.path().join(name))?;
    ///     assert_eq!(other.get_weights()?, trained.get_weights()?);
    /// }
    /// # Ok::<(), hub_layers::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NotBuilt`](crate::Error::NotBuilt); [`Error::Core`](crate::Error::Core) with
    /// [`WeightsMismatch`](hub_core::Error::WeightsMismatch), which names every weight that is missing, unknown, or of another
    /// type or shape, and with those of reading the files. Nothing has changed then.
    pub fn load_weights(&mut self, path: impl AsRef<Path>) -> Result<()> {
        self.load_weights_with(path, &WeightsOptions::new())
    }

    /// As [`Model::load_weights`], with options: those of some layers out of a file that may hold more.
    ///
    /// # Errors
    /// As [`Model::load_weights`], and [`Error::BadConfig`](crate::Error::BadConfig) for a layer that there is not.
    pub fn load_weights_with(&mut self, path: impl AsRef<Path>, options: &WeightsOptions) -> Result<()> {
        let (path, built) = (path.as_ref(), self.built()?);
        let named = self.named_weights(built, options)?;
        let expected = named.iter().map(|named| {
            let slot = named.slot;
            (named.name.clone(), (slot.dtype, Shape::known(&slot.shape)))
        });
        let expected: Types = expected.collect();
        let only_some = !options.layers.is_empty();
        let values = match is_safetensors(path) {
            true => from_safetensors(path, &named, &expected, only_some)?,
            false => from_checkpoint(path, &named, &expected, only_some)?,
        };
        let slots: Vec<_> = named.iter().map(|named| named.slot).collect();
        built.set(&slots, &values)
    }

    /// The weights of the layers that are wanted, each once.
    fn named_weights<'b>(&self, built: &'b Built, options: &WeightsOptions) -> Result<Vec<Named<'b>>> {
        let wanted = options.layers.iter().map(|layer| self.layer_index(layer)).collect::<Result<Vec<_>>>()?;
        let (mut seen, mut taken) = (HashSet::new(), HashSet::new());
        let (mut named, mut number) = (Vec::new(), 0);
        for (index, layer) in built.layers.iter().enumerate().filter(|(_, layer)| !layer.weights.is_empty()) {
            let object = format!("layer_with_weights-{number}");
            number += 1;
            let view = match self.network.layers[index].keras_layer() {
                Some(layer) => layer.resolved_object()?.object_path().to_owned(),
                None => String::new(),
            };
            for slot in layer.weights.iter().filter(|_| wanted.is_empty() || wanted.contains(&index)) {
                if !seen.insert(slot.handle) {
                    continue;
                }
                let (mut name, mut path) = (slot.name.clone(), vec![object.clone()]);
                match &slot.path {
                    Some(inside) => {
                        let inside = inside.strip_prefix(&view).unwrap_or(inside).trim_start_matches('.');
                        name = format!("{}/{inside}", self.network.places[index].name());
                        path.push("_func".into());
                        path.extend(inside.split('.').map(str::to_owned));
                    }
                    None => path.extend(slot.name.rsplit_once('/').map(|(_, short)| short.to_owned())),
                }
                while !taken.insert(name.clone()) {
                    name.push('_');
                }
                named.push(Named { name, slot, path });
            }
        }
        Ok(named)
    }
}

fn from_safetensors(path: &Path, named: &[Named<'_>], expected: &Types, only_some: bool) -> Result<Vec<Tensor>> {
    let mut file = read_safetensors(path)?;
    if only_some {
        file.retain(|name, _| expected.contains_key(name));
    }
    let of = |(name, tensor): (&String, &Tensor)| (name.clone(), (tensor.dtype(), Shape::known(tensor.shape())));
    compare(path, expected, &file.iter().map(of).collect())?;
    let take = |named: &Named<'_>| {
        let missing = || hub_core::Error::VariableNotFound { name: named.name.clone() };
        Ok(file.remove(&named.name).ok_or_else(missing)?)
    };
    named.iter().map(take).collect()
}

fn from_checkpoint(path: &Path, named: &[Named<'_>], expected: &Types, only_some: bool) -> Result<Vec<Tensor>> {
    let checkpoint = Checkpoint::open_at(path)?;
    checkpoint.check_shards()?;
    let no_graph = || hub_core::Error::Unsupported { what: format!("`{}`, a checkpoint by names,", path.display()) };
    let objects = checkpoint.object_graph()?.ok_or_else(no_graph)?;
    let mut found = Types::new();
    let mut keys = Vec::new();
    for named in named {
        let key = key_at(&objects, &named.path).filter(|key| checkpoint.entries().contains_key(*key));
        if let Some(entry) = key.and_then(|key| checkpoint.entries().get(key)) {
            found.insert(named.name.clone(), (entry.dtype, Shape::known(&entry.shape)));
        }
        keys.push(key);
    }
    if !only_some {
        let known: HashSet<&str> = keys.iter().flatten().copied().collect();
        let others = checkpoint.entries().iter().filter(|(key, _)| is_layers(key) && !known.contains(key.as_str()));
        found.extend(others.map(|(key, entry)| (key.clone(), (entry.dtype, Shape::known(&entry.shape)))));
    }
    compare(path, expected, &found)?;
    Ok(keys.into_iter().flatten().map(|key| checkpoint.read_tensor(key)).collect::<hub_core::Result<_>>()?)
}

/// Whether a key is that of a layer's own weight; a loaded model may have variables that are no weights.
fn is_layers(key: &str) -> bool {
    key.starts_with("layer_with_weights-") && !key.contains("/_func/") && !key.contains("/.OPTIMIZER_SLOT/")
}

/// The key of the variable that names lead to from the root.
fn key_at<'c>(objects: &'c TrackableObjectGraph, path: &[String]) -> Option<&'c str> {
    let mut object = objects.nodes.first()?;
    for name in path {
        let child = object.children.iter().find(|child| child.local_name == *name)?;
        object = objects.nodes.get(usize::try_from(child.node_id).ok()?)?;
    }
    let value = object.attributes.iter().find(|attribute| attribute.name == VARIABLE_VALUE)?;
    Some(&value.checkpoint_key)
}
