//! What of a saved model only this crate reads: its architecture, what it was compiled with, seeds.
//!
//! ```text
//! {"format": 1, "model": {...}, "compile": {...}, "trainable": [true, ...], "seed": null, "layer_seeds": [...],
//!  "inputs": nest of {"name", "dtype", "shape", "exact"}, "slots": [{"weight": 0, "name": "m"}, ...]}
//! ```
//!
//! What has no config is an object with `no_config`, which says why.

use std::collections::BTreeMap;

use hub_core::{DType, Nest, Shape};
use serde_json::{Map, Value, json};

use super::super::Model;
use super::super::built::Built;
use super::super::compile::Compiled;
use super::state::SavedState;
use crate::config::{Argument, Config, CustomObjects};
use crate::error::{Error, Result};
use crate::layer::{InputSpec, Layer};

/// The version of this form.
pub(super) const FORMAT: u64 = 1;

/// The key of the reason why something is missing.
const NO_CONFIG: &str = "no_config";

/// Nests within nests are followed so far.
const DEPTH: usize = 32;

impl Model {
    /// What is written beside the objects that everybody reads.
    pub(super) fn metadata(&self, built: &Built, compiled: Option<&Compiled>, state: &SavedState) -> Result<Value> {
        let model = self.config_with(&|index, layer| self.saved_config(built, index, layer));
        let compile = match compiled {
            Some(_) => self.compile_config().map(Option::unwrap_or_default),
            None => Ok(Value::Null),
        };
        let places: Vec<_> = built.distinct_weights().map(|slot| slot.handle).collect();
        let slots = state.optimizer.iter().flat_map(|kept| &kept.slots).map(
            |(weight, name, _)| json!({ "weight": places.iter().position(|handle| handle == weight), "name": name }),
        );
        Ok(json!({
            "format": FORMAT,
            "model": or_reason(model)?,
            "compile": or_reason(compile)?,
            "trainable": self.trainable,
            "seed": self.seed,
            "layer_seeds": built.layers.iter().map(|layer| layer.seed).collect::<Vec<_>>(),
            "inputs": write_inputs(&built.inputs)?,
            "slots": slots.collect::<Vec<_>>(),
        }))
    }

    /// The config of a layer; that of one over a loaded model says where the model is in what is saved.
    fn saved_config(&self, built: &Built, index: usize, layer: &dyn Layer) -> Result<Config> {
        let place = built.layers[index].instance.as_ref().and_then(|instance| built.instances.place(instance));
        match (layer.keras_layer(), place) {
            (Some(layer), Some(place)) => layer.saved_config(place),
            _ => layer.config(),
        }
    }
}

/// A config, or why there is none.
fn or_reason(config: Result<Value>) -> Result<Value> {
    match config {
        Err(Error::NoConfig { what, why }) => {
            tracing::warn!(what, why, "the model is saved without its config");
            Ok(json!({ NO_CONFIG: { "what": what, "why": why } }))
        }
        config => config,
    }
}

/// A config that was saved; where there was none, the reason.
pub(super) fn config<'m>(metadata: &'m Value, key: &str) -> Result<&'m Value> {
    let config = &metadata[key];
    let text = |reason: &Value, key: &str| reason[key].as_str().unwrap_or_default().to_owned();
    match config.get(NO_CONFIG) {
        Some(reason) => Err(Error::NoConfig { what: text(reason, "what"), why: text(reason, "why") }),
        None => Ok(config),
    }
}

fn write_inputs(inputs: &Nest<InputSpec>) -> Result<Value> {
    Ok(match inputs {
        Nest::Leaf(spec) => json!({
            "name": spec.name(),
            "dtype": spec.dtype().to_string(),
            "shape": spec.shape().write()?,
            "exact": spec.is_exact(),
        }),
        Nest::List(items) => json!({ "list": items.iter().map(write_inputs).collect::<Result<Vec<_>>>()? }),
        Nest::Tuple(items) => json!({ "tuple": items.iter().map(write_inputs).collect::<Result<Vec<_>>>()? }),
        Nest::Dict(entries) => {
            let entry = |(key, item): (&String, &Nest<InputSpec>)| Ok((key.clone(), write_inputs(item)?));
            json!({ "dict": entries.iter().map(entry).collect::<Result<Map<_, _>>>()? })
        }
        _ => Value::Null,
    })
}

/// What came into the model.
pub(super) fn read_inputs(json: &Value, custom_objects: &CustomObjects) -> Result<Nest<InputSpec>> {
    inputs_within(json, custom_objects, DEPTH)
}

fn inputs_within(json: &Value, custom_objects: &CustomObjects, depth: usize) -> Result<Nest<InputSpec>> {
    let Some(depth) = depth.checked_sub(1) else { return Err(bad("nests that are less deep", json)) };
    let items = |items: &[Value]| -> Result<Vec<_>> {
        items.iter().map(|item| inputs_within(item, custom_objects, depth)).collect()
    };
    if let Some(Value::Array(list)) = json.get("list") {
        return items(list).map(Nest::List);
    }
    if let Some(Value::Array(tuple)) = json.get("tuple") {
        return items(tuple).map(Nest::Tuple);
    }
    if let Some(Value::Object(entries)) = json.get("dict") {
        let entry = |(key, item): (&String, &Value)| Ok((key.clone(), inputs_within(item, custom_objects, depth)?));
        return Ok(Nest::Dict(entries.iter().map(entry).collect::<Result<BTreeMap<_, _>>>()?));
    }
    let dtype: DType = custom_objects.argument(&json["dtype"], "inputs.dtype")?;
    let shape: Shape = custom_objects.argument(&json["shape"], "inputs.shape")?;
    let spec = InputSpec::new(dtype, shape);
    let spec = match json["name"].as_str() {
        Some(name) => spec.named(name),
        None => spec,
    };
    Ok(Nest::Leaf(if json["exact"] == true { spec.exact() } else { spec }))
}

pub(super) fn bad(expected: &str, found: &Value) -> Error {
    let found = found.to_string().chars().take(100).collect();
    Error::BadConfig { argument: "metadata".into(), expected: expected.into(), found }
}
