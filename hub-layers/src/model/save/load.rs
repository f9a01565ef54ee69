//! A saved model taken up again: layers, weights, what it was compiled with, what its optimizer kept.

use std::collections::BTreeMap;
use std::path::Path;

use hub_core::saved_model::checkpoint::{Checkpoint, VARIABLE_VALUE, key_map};
use hub_core::saved_model::proto::{MetaGraphDef, SavedObjectKind};
use hub_core::saved_model::{ObjectGraph, SavedModel};
use hub_core::{LoadOptions, LoadedModel, Tensor};
use serde_json::Value;

use super::super::built::Built;
use super::super::{Model, Sequential};
use super::OWN;
use super::metadata::{FORMAT, bad, config, read_inputs};
use crate::config::CustomObjects;
use crate::error::{Error, Result};
use crate::initializers::Seeds;
use crate::layer::WeightSlot;
use crate::layers::KerasLayer;

impl Model {
    /// Takes up a model that [`Model::save`] wrote: its layers with their weights, what it was compiled with, and what its
    /// optimizer kept. Training goes on with the numbers that it would have had.
    ///
    /// # Errors
    /// [`Error::NotSavedHere`] for a SavedModel of another origin; [`Error::NoConfig`] where a layer had none when the
    /// model was saved, [`Error::UnknownClass`] for classes of one's own, which [`Model::load_with`] takes;
    /// [`Error::Core`] where files are missing or damaged.
    pub fn load(path: impl AsRef<Path>) -> Result<Model> {
        Model::load_with(path, &CustomObjects::new())
    }

    /// As [`Model::load`], with classes of one's own.
    ///
    /// # Errors
    /// As [`Model::load`].
    pub fn load_with(path: impl AsRef<Path>, custom_objects: &CustomObjects) -> Result<Model> {
        Model::load_with_options(path, custom_objects, &LoadOptions::new())
    }

    /// As [`Model::load_with`]; the options are for the loaded models inside: libraries of ops, what they may do.
    ///
    /// # Errors
    /// As [`Model::load`].
    pub fn load_with_options(
        path: impl AsRef<Path>,
        custom_objects: &CustomObjects,
        options: &LoadOptions,
    ) -> Result<Model> {
        let path = path.as_ref();
        let saved = Saved::read(path)?;
        let custom_objects = saved.with_models(custom_objects, options)?;
        let metadata = &saved.metadata;
        let mut model = Model::from_config(config(metadata, "model")?, &custom_objects)?;
        model.seed = metadata["seed"].as_u64();
        let flags = metadata["trainable"].as_array().map(Vec::as_slice).unwrap_or_default();
        if flags.len() != model.trainable.len() {
            return Err(bad("a flag for each layer", &metadata["trainable"]));
        }
        model.trainable = flags.iter().map(|flag| flag == true).collect();
        if model.built.get().is_none() {
            let inputs = read_inputs(&metadata["inputs"], &custom_objects)?;
            let built = Built::new(&model.network, inputs, Seeds::new(model.seed))?;
            let _ = model.built.set(built);
        }
        if let (Some(built), Some(seeds)) = (model.built.get_mut(), metadata["layer_seeds"].as_array()) {
            built
                .layers
                .iter_mut()
                .zip(seeds.iter().filter_map(Value::as_u64))
                .for_each(|(layer, seed)| layer.seed = seed);
        }
        saved.set_weights(&model)?;
        match config(metadata, "compile") {
            Ok(Value::Null) => {}
            Ok(compile) => {
                model.compile_from_config(compile, &custom_objects)?;
                saved.set_optimizer(&model)?;
            }
            Err(error) => tracing::warn!(%error, "the model is not compiled"),
        }
        Ok(model)
    }
}

impl Sequential {
    /// As [`Model::load`], for a model whose layers come one after the other.
    ///
    /// # Errors
    /// As [`Model::load`], and [`Error::BadConfig`] where the layers are connected in another way.
    pub fn load(path: impl AsRef<Path>) -> Result<Sequential> {
        Sequential::load_with(path, &CustomObjects::new())
    }

    /// As [`Sequential::load`], with classes of one's own.
    ///
    /// # Errors
    /// As [`Sequential::load`].
    pub fn load_with(path: impl AsRef<Path>, custom_objects: &CustomObjects) -> Result<Sequential> {
        Sequential::try_from(Model::load_with(path, custom_objects)?)
    }
}

/// What a saved model consists of.
struct Saved<'p> {
    path: &'p Path,
    objects: ObjectGraph,
    checkpoint: Checkpoint,
    /// The keys of the variables, by node.
    keys: BTreeMap<usize, String>,
    metadata: Value,
}

impl<'p> Saved<'p> {
    fn read(path: &'p Path) -> Result<Saved<'p>> {
        let model = SavedModel::read(path)?;
        let foreign = || Error::NotSavedHere { path: path.to_owned() };
        let meta_graph = match model.meta_graphs() {
            [only] if model.is_tf2(only) => only,
            _ => return Err(foreign()),
        };
        let objects = ObjectGraph::read(meta_graph)?;
        let own = objects.child(0, OWN).ok_or_else(foreign)?;
        let metadata = metadata_of(meta_graph, own).ok_or_else(foreign)?;
        let metadata: Value = serde_json::from_str(metadata).map_err(|source| Error::NotJson { source })?;
        if metadata["format"] != FORMAT {
            return Err(bad("a form that this release reads", &metadata["format"]));
        }
        let checkpoint = Checkpoint::open(path)?;
        checkpoint.check_shards()?;
        let mut keys = BTreeMap::new();
        if let Some(saved) = checkpoint.object_graph()? {
            for (node, attributes) in key_map(&objects, &saved)? {
                let value = attributes.into_iter().find(|(name, _)| name == VARIABLE_VALUE);
                keys.extend(value.map(|(_, key)| (node, key)));
            }
        }
        Ok(Saved { path, objects, checkpoint, keys, metadata })
    }

    /// The classes, with the layers over loaded models that were saved inside.
    fn with_models(&self, custom_objects: &CustomObjects, options: &LoadOptions) -> Result<CustomObjects> {
        let list = self.objects.resolve(&format!("{OWN}.models"));
        let count = list.map_or(0, |list| self.objects.nodes[list].children.len());
        let model = |index: usize| {
            let object = format!("{OWN}.models.{index}");
            LoadedModel::from_directory_object(self.path, &object, options)
        };
        let models = (0..count).map(model).collect::<hub_core::Result<Vec<_>>>()?;
        Ok(custom_objects.clone().layer("KerasLayer", move |config| KerasLayer::from_saved(config, &models)))
    }

    /// The value of the variable at a dotted path.
    fn value(&self, path: &str) -> Result<Option<Tensor>> {
        let key = self.objects.resolve(path).and_then(|node| self.keys.get(&node));
        Ok(key.map(|key| self.checkpoint.read_tensor(key)).transpose()?)
    }

    fn required(&self, path: &str) -> Result<Tensor> {
        let missing = || hub_core::Error::VariableNotFound { name: path.to_owned() };
        self.value(path)?.ok_or_else(|| missing().into())
    }

    /// Sets the weights that are no loaded model's: those have theirs already.
    fn set_weights(&self, model: &Model) -> Result<()> {
        let built = model.built()?;
        let own: Vec<_> = built.own_weights().map(|slot| slot.handle).collect();
        let (mut slots, mut values) = (Vec::new(), Vec::new());
        for (index, slot) in built.distinct_weights().enumerate().filter(|(_, slot)| own.contains(&slot.handle)) {
            slots.push(slot);
            values.push(self.required(&format!("variables.{index}"))?);
        }
        built.set(&slots, &values)
    }

    /// Gives the optimizer what it had kept.
    fn set_optimizer(&self, model: &Model) -> Result<()> {
        let (built, compiled) = (model.built()?, model.compiled()?);
        let at = |name: &str| format!("{OWN}.optimizer.{name}");
        let iterations = self.value(&at("iterations"))?;
        let rate = self.value(&at("learning_rate"))?;
        let weights: Vec<&WeightSlot> = built.distinct_weights().collect();
        let mut slots = Vec::new();
        for (index, slot) in self.metadata["slots"].as_array().into_iter().flatten().enumerate() {
            let weight = slot["weight"].as_u64().and_then(|place| weights.get(usize::try_from(place).ok()?));
            let (Some(weight), Some(name)) = (weight, slot["name"].as_str()) else {
                return Err(bad("a weight and a name for each slot", slot));
            };
            slots.push((*weight, name.to_owned(), self.required(&at(&format!("slots.{index}")))?));
        }
        compiled.state.restore(built, compiled.optimizer.as_ref(), iterations, rate, slots)
    }
}

fn metadata_of(meta_graph: &MetaGraphDef, node: usize) -> Option<&str> {
    match &meta_graph.object_graph_def.as_ref()?.nodes.get(node)?.kind {
        Some(SavedObjectKind::UserObject(object)) => Some(&object.metadata),
        _ => None,
    }
}
