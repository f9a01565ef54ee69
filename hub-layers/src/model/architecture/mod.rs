//! A model's layers and what connects them as JSON in Keras's format, and back: `to_json` and `from_json`.
//!
//! | file | holds |
//! |---|---|
//! | `mod` | what is asked of a [`Model`]; the class of the model and the layers |
//! | `sequential` | layers one after the other |
//! | `functional` | layers connected in any way, written |
//! | `connected` | the same, read |

mod connected;
mod functional;
mod sequential;

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::network::Network;
use super::{Model, Sequential};
use crate::config::{Config, CustomObjects};
use crate::error::{Error, Result};
use crate::layer::{Layer, Place};

/// The release of Keras whose format this is.
const KERAS_VERSION: &str = "2.21.0";

/// The classes of models.
const CLASSES: [&str; 3] = ["Sequential", "Functional", "Model"];

impl Model {
    /// The model's layers and what connects them, without weights, as Keras's `to_json` writes them.
    ///
    /// ```
    /// use hub_layers::{Dense, InputLayer, Model, Sequential};
    /// let model = Sequential::new().add(InputLayer::new([4])).add(Dense::new(3).activation("relu")).build()?;
    /// let same = Model::from_json(&model.to_json()?)?;
    /// assert_eq!(same.to_json()?, model.to_json()?);
    /// # Ok::<(), hub_layers::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NoConfig`] for a layer that cannot be written down: one of one's own without a config, a loaded model
    /// without a handle.
    pub fn to_json(&self) -> Result<String> {
        Ok(self.config()?.to_string())
    }

    /// As [`Model::to_json`], as a value.
    ///
    /// # Errors
    /// As [`Model::to_json`].
    pub fn config(&self) -> Result<Value> {
        self.config_with(&|_, layer| layer.config())
    }

    /// As [`Model::config`], with the config of each layer from `config_of`, which is told its place.
    pub(crate) fn config_with(&self, config_of: &dyn Fn(usize, &dyn Layer) -> Result<Config>) -> Result<Value> {
        let entry = |index: usize| {
            let (layer, name) = (self.network.layers[index].as_ref(), self.network.places[index].name());
            let config = config_of(index, layer).map_err(|error| error.at(name))?;
            let is_frozen_or_not = config.arguments().contains_key("trainable");
            let config = config.with_json("name", name.into());
            Ok(match is_frozen_or_not {
                true => config.with_json("trainable", self.trainable[index].into()).to_json(),
                false => config.to_json(),
            })
        };
        let (class_name, config) = match self.network.sequential {
            true => ("Sequential", sequential::write(self, &entry)?),
            false => ("Functional", functional::write(self, &entry)?),
        };
        Ok(json!({
            "class_name": class_name,
            "config": config,
            "keras_version": KERAS_VERSION,
            "backend": "tensorflow",
        }))
    }

    /// A model of the JSON that [`Model::to_json`] or Keras's has written, with new weights. Loaded models are loaded
    /// again by their handles.
    ///
    /// # Errors
    /// [`Error::NotJson`], [`Error::UnknownClass`], [`Error::UnknownArgument`] and [`Error::BadConfig`] for what is wrong
    /// in it, and where; those of loading and building.
    pub fn from_json(json: &str) -> Result<Model> {
        Model::from_json_with(json, &CustomObjects::new())
    }

    /// As [`Model::from_json`], with classes of one's own.
    ///
    /// # Errors
    /// As [`Model::from_json`].
    pub fn from_json_with(json: &str, custom_objects: &CustomObjects) -> Result<Model> {
        let config = serde_json::from_str(json).map_err(|source| Error::NotJson { source })?;
        Model::from_config(&config, custom_objects)
    }

    /// As [`Model::from_json_with`], of a value.
    ///
    /// # Errors
    /// As [`Model::from_json`].
    pub fn from_config(config: &Value, custom_objects: &CustomObjects) -> Result<Model> {
        let class_name = config.get("class_name").and_then(Value::as_str).unwrap_or_default();
        let arguments = match config.get("config") {
            Some(Value::Object(arguments)) => arguments,
            other => return Err(bad("config", "the arguments of a model", other.unwrap_or(&Value::Null))),
        };
        let name = || arguments.get("name").and_then(Value::as_str).map(str::to_owned);
        match class_name {
            "Sequential" => {
                let name = name().unwrap_or("sequential".into());
                let network = sequential::read(&name, arguments, custom_objects)?;
                Model::of(name, network, None)
            }
            "Functional" | "Model" => {
                let network = connected::read(arguments, custom_objects)?;
                Model::of(name().unwrap_or("model".into()), network, None)
            }
            other => Err(Error::UnknownClass {
                kind: "model",
                place: String::new(),
                found: other.to_owned(),
                available: CLASSES.map(str::to_owned).to_vec(),
            }),
        }
    }
}

impl Sequential {
    /// A model of the JSON that [`Model::to_json`] or Keras's has written, whose layers come one after the other.
    ///
    /// # Errors
    /// As [`Model::from_json`], and [`Error::BadConfig`] where the layers are connected in another way.
    pub fn from_json(json: &str) -> Result<Sequential> {
        Sequential::from_json_with(json, &CustomObjects::new())
    }

    /// As [`Sequential::from_json`], with classes of one's own.
    ///
    /// # Errors
    /// As [`Sequential::from_json`].
    pub fn from_json_with(json: &str, custom_objects: &CustomObjects) -> Result<Sequential> {
        let model = Model::from_json_with(json, custom_objects)?;
        match model.network.sequential {
            true => Ok(Sequential::of(model)),
            false => Err(bad("class_name", "`Sequential`", &"Functional".into())),
        }
    }
}

/// The layers of a config, with the name of each where it says one.
struct Layers {
    layers: Vec<Arc<dyn Layer>>,
    names: Vec<Option<String>>,
}

impl Layers {
    /// Builds the `layers` of a model's arguments.
    fn read(arguments: &Map<String, Value>, custom_objects: &CustomObjects) -> Result<Layers> {
        let entries = list(arguments, "layers")?;
        let (mut layers, mut names) = (Vec::with_capacity(entries.len()), Vec::with_capacity(entries.len()));
        for (index, entry) in entries.iter().enumerate() {
            layers.push(custom_objects.build(entry, &format!("layers[{index}]"))?);
            let name = entry.get("name").or_else(|| entry.pointer("/config/name")).and_then(Value::as_str);
            names.push(name.map(str::to_owned));
        }
        Ok(Layers { layers, names })
    }

    /// Gives the layers of a network their names: a class of one's own need not keep the one that it had.
    fn name(names: Vec<Option<String>>, network: &mut Network) -> Result<()> {
        for (place, name) in network.places.iter_mut().zip(names) {
            if let Some(name) = name {
                *place = Place::new(place.index(), name);
            }
        }
        let mut taken = HashSet::new();
        match network.places.iter().find(|place| !taken.insert(place.name())) {
            None => Ok(()),
            Some(place) => Err(place.invalid_argument(
                "name",
                "a name that no other layer has",
                format!("`{}` again", place.name()),
            )),
        }
    }
}

/// A list among the arguments of a model.
fn list<'c>(arguments: &'c Map<String, Value>, name: &str) -> Result<&'c Vec<Value>> {
    let found = arguments.get(name).unwrap_or(&Value::Null);
    found.as_array().ok_or_else(|| bad(name, "a list", found))
}

fn bad(argument: &str, expected: &str, found: &Value) -> Error {
    let mut found = found.to_string();
    if found.len() > 100 {
        found = format!("{}...", found.chars().take(100).collect::<String>());
    }
    Error::BadConfig { argument: argument.to_owned(), expected: expected.to_owned(), found }
}
