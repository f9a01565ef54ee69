//! A `KerasLayer` in a model that is saved: the loaded model is saved with it, so its handle is the place there.
//!
//! ```text
//! {"model": 0, "part": {"kind": "model", "path": ""}, "signature": ..., "output_key": ..., "arguments": {...}, ...}
//! ```

use std::collections::BTreeMap;

use hub_core::{Literal, LoadedModel, Nest, Shape, Structure, Tensor, Value};
use serde_json::{Map, Value as Json, json};

use super::outputs::OutputShape;
use super::target::Loaded;
use super::{Handle, IntoHandle, KerasLayer};
use crate::config::{Argument, Config, CustomObjects, Reading};
use crate::error::{Error, Result};

/// Nests within nests are followed so far.
const DEPTH: usize = 32;

impl IntoHandle for Handle {
    fn into_handle(self) -> Handle {
        self
    }
}

impl KerasLayer {
    /// The config of a layer whose loaded model has this place among those that are saved.
    pub(crate) fn saved_config(&self, place: usize) -> Result<Config> {
        let (kind, path) = match self.source.loaded()? {
            Loaded::Model(model) => ("model", model.object_path()),
            Loaded::Callable(callable) => ("function", callable.path()),
            Loaded::Signature(signature) => ("signature", signature.name()),
        };
        let config = Config::new("KerasLayer").with("model", &place)?;
        let config = config.with_json("part", json!({ "kind": kind, "path": path }));
        let config = self.options.write(config)?.with("signature", &self.callable.signature)?;
        let config = config.with("output_key", &self.callable.output_key)?;
        let config = config.with("signature_outputs_as_dict", &self.callable.signature_outputs_as_dict)?;
        let arguments = self.arguments.iter().map(|(name, value)| Ok((name.clone(), write(value)?)));
        let config = config.with_json("arguments", arguments.collect::<Result<Map<_, _>>>()?.into());
        let shape = self.output_shape.as_ref().map_or(Ok(Json::Null), |shape| write_shapes(&shape.0))?;
        Ok(config.with_json("output_shape", shape))
    }

    /// The layer of such a config over one of these models.
    pub(crate) fn from_saved(config: &mut Reading<'_>, models: &[LoadedModel]) -> Result<KerasLayer> {
        let place: usize = config.required("model")?;
        let unknown = config.bad("model", format!("a number below {}", models.len()), place);
        let model = models.get(place).ok_or(unknown)?;
        let part = config.json("part").unwrap_or(&Json::Null);
        let path = part["path"].as_str().unwrap_or_default();
        let handle = match part["kind"].as_str() {
            Some("model") if path.is_empty() => Handle::Model(model.clone()),
            Some("model") => Handle::Model(model.object(path)?),
            Some("function") if path.is_empty() => Handle::Callable(model.root()?),
            Some("function") => Handle::Callable(model.function(path)?),
            Some("signature") => Handle::Signature(model.signatures().get(path)?.clone()),
            _ => return Err(config.bad("part", "a model, function or signature", part)),
        };
        let mut layer = KerasLayer::new(handle)?;
        layer.options.read(config)?;
        layer.callable.signature = config.optional("signature")?.flatten();
        layer.callable.output_key = config.optional("output_key")?.flatten();
        layer.callable.signature_outputs_as_dict = config.optional("signature_outputs_as_dict")?.unwrap_or_default();
        if let Some(Json::Object(arguments)) = config.json("arguments") {
            let read = |(name, value): (&String, &Json)| {
                let bad = || config.bad("arguments", "values that were saved", value);
                Ok((name.clone(), read(value, DEPTH).ok_or_else(bad)?))
            };
            layer.arguments = arguments.iter().map(read).collect::<Result<_>>()?;
        }
        if let Some(shapes) = config.json("output_shape").filter(|shapes| !shapes.is_null()) {
            layer.output_shape = Some(OutputShape(read_shapes(shapes, DEPTH)?));
        }
        Ok(layer)
    }
}

fn write(value: &Structure) -> Result<Json> {
    let all = |items: &[Structure]| items.iter().map(write).collect::<Result<Vec<_>>>();
    let unwritten = |what: &str| Error::NoConfig { what: "arguments".into(), why: format!("{what} cannot be written") };
    Ok(match value {
        Nest::None => Json::Null,
        Nest::Leaf(Value::Tensor(tensor)) => json!({ "tensor": tensor.to_json() }),
        Nest::Leaf(Value::Literal(Literal::Bool(value))) => json!({ "literal": value }),
        Nest::Leaf(Value::Literal(Literal::Int(value))) => json!({ "literal": value }),
        Nest::Leaf(Value::Literal(Literal::Float(value))) if value.is_finite() => json!({ "literal": value }),
        Nest::Leaf(Value::Literal(Literal::String(value))) => json!({ "literal": value }),
        Nest::List(items) => json!({ "list": all(items)? }),
        Nest::Tuple(items) => json!({ "tuple": all(items)? }),
        Nest::Dict(entries) => {
            let entries = entries.iter().map(|(name, value)| Ok((name.clone(), write(value)?)));
            json!({ "dict": entries.collect::<Result<Map<_, _>>>()? })
        }
        other => return Err(unwritten(&other.kind())),
    })
}

fn read(json: &Json, depth: usize) -> Option<Structure> {
    let depth = depth.checked_sub(1)?;
    let all = |items: &Json| items.as_array()?.iter().map(|item| read(item, depth)).collect::<Option<Vec<_>>>();
    let Json::Object(entries) = json else { return json.is_null().then_some(Nest::None) };
    let (kind, value) = entries.iter().next()?;
    match (kind.as_str(), value) {
        ("tensor", tensor) => Some(Nest::Leaf(Value::Tensor(Tensor::from_json(tensor, None).ok()?))),
        ("literal", Json::Bool(value)) => Some(Nest::Leaf(Value::Literal(Literal::Bool(*value)))),
        ("literal", Json::String(value)) => Some(Nest::Leaf(Value::Literal(Literal::String(value.clone())))),
        ("literal", Json::Number(number)) => Some(Nest::Leaf(Value::Literal(match number.as_i64() {
            Some(whole) => Literal::Int(whole),
            None => Literal::Float(number.as_f64()?),
        }))),
        ("list", items) => all(items).map(Nest::List),
        ("tuple", items) => all(items).map(Nest::Tuple),
        ("dict", Json::Object(entries)) => {
            let entries = entries.iter().map(|(name, value)| Some((name.clone(), read(value, depth)?)));
            entries.collect::<Option<BTreeMap<_, _>>>().map(Nest::Dict)
        }
        _ => None,
    }
}

fn write_shapes(shapes: &Nest<Shape>) -> Result<Json> {
    Ok(match shapes {
        Nest::Leaf(shape) => shape.write()?,
        Nest::List(items) => json!({ "list": items.iter().map(write_shapes).collect::<Result<Vec<_>>>()? }),
        Nest::Tuple(items) => json!({ "tuple": items.iter().map(write_shapes).collect::<Result<Vec<_>>>()? }),
        Nest::Dict(entries) => {
            let entries = entries.iter().map(|(name, shapes)| Ok((name.clone(), write_shapes(shapes)?)));
            json!({ "dict": entries.collect::<Result<Map<_, _>>>()? })
        }
        other => return Err(Error::NoConfig { what: "output_shape".into(), why: format!("it is {}", other.kind()) }),
    })
}

fn read_shapes(json: &Json, depth: usize) -> Result<Nest<Shape>> {
    let bad = || Error::BadConfig {
        argument: "output_shape".into(),
        expected: "shapes that were saved".into(),
        found: json.to_string().chars().take(100).collect(),
    };
    let depth = depth.checked_sub(1).ok_or_else(bad)?;
    let Json::Object(entries) = json else {
        return CustomObjects::new().argument(json, "output_shape").map(Nest::Leaf);
    };
    let all = |items: &[Json]| items.iter().map(|item| read_shapes(item, depth)).collect::<Result<Vec<_>>>();
    match entries.iter().next().map(|(kind, value)| (kind.as_str(), value)) {
        Some(("list", Json::Array(items))) => all(items).map(Nest::List),
        Some(("tuple", Json::Array(items))) => all(items).map(Nest::Tuple),
        Some(("dict", Json::Object(entries))) => {
            let entries = entries.iter().map(|(name, shapes)| Ok((name.clone(), read_shapes(shapes, depth)?)));
            entries.collect::<Result<BTreeMap<_, _>>>().map(Nest::Dict)
        }
        _ => Err(bad()),
    }
}
