//! A `KerasLayer` as Python's config: its handle, and what is not as by default.
//!
//! Python forgets the tags and the options of loading. The tags are one more argument here, which Python takes; the
//! options stand beside the arguments, where it does not look, as far as they are Python's: what a model may do is not
//! for a file to say.

use std::collections::BTreeMap;

use hub_core::{Literal, LoadOptions, Nest, Shape, Structure, Value};
use serde_json::{Map, Value as Json, json};

use super::source::{Handle, Source};
use super::{KerasLayer, OutputShape};
use crate::config::{Argument, At, Class, Config, Reading};
use crate::error::{Error, Result};

/// Where Python has the class.
const MODULE: &str = "tensorflow_hub.keras_layer";
const LOAD_OPTIONS: &str = "load_options";

impl KerasLayer {
    pub(super) fn write_config(&self) -> Result<Config> {
        self.write(Config::new(KerasLayer::CLASS_NAME).of_package(MODULE))
    }
}

impl Class for KerasLayer {
    const CLASS_NAME: &'static str = "KerasLayer";

    fn write(&self, config: Config) -> Result<Config> {
        let Some(handle) = self.source.handle() else {
            let why = "it was made of something loaded, not of a handle".into();
            return Err(Error::NoConfig { what: KerasLayer::CLASS_NAME.into(), why });
        };
        let mut config = self.options.write(config)?.with_json("handle", handle.into());
        if let Some(shape) = &self.output_shape {
            config = config.with("output_shape", shape)?;
        }
        if !self.arguments.is_empty() {
            let argument = |(name, value): (&String, &Structure)| {
                let what = || format!("arguments[\"{name}\"]");
                let written = literal(value);
                let written = written.map_err(|why| Error::NoConfig { what: what(), why: why.into() })?;
                Ok((name.clone(), written))
            };
            let arguments = self.arguments.iter().map(argument).collect::<Result<Map<_, _>>>()?;
            config = config.with_json("arguments", arguments.into());
        }
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        for (name, value) in
            [("signature", given(&self.callable.signature)), ("output_key", given(&self.callable.output_key))]
        {
            if let Some(value) = value {
                config = config.with_json(name, value.into());
            }
        }
        if self.callable.signature_outputs_as_dict {
            config = config.with_json("signature_outputs_as_dict", true.into());
        }
        if let Some(tags) = self.source.tags() {
            config = config.with_json("tags", tags.into());
        }
        Ok(match self.source.load_options() {
            Some(options) => config.beside(LOAD_OPTIONS, load_options(options)),
            None => config,
        })
    }

    fn read(config: &mut Reading<'_>) -> Result<KerasLayer> {
        let mut source = Source::later(Handle::Text(config.required("handle")?));
        if let Some(options) = config.beside(LOAD_OPTIONS) {
            source.set_load_options(read_load_options(config, options)?);
        }
        if let Some(tags) = config.optional::<Option<Vec<String>>>("tags")?.flatten() {
            source.set_tags(tags);
        }
        let mut layer = KerasLayer::of(source);
        layer.options.read(config)?;
        layer.output_shape = config.optional("output_shape")?.flatten();
        layer.callable.signature = config.optional("signature")?.flatten();
        layer.callable.output_key = config.optional("output_key")?.flatten();
        layer.callable.signature_outputs_as_dict =
            config.optional::<Option<bool>>("signature_outputs_as_dict")?.flatten().unwrap_or(false);
        match config.json("arguments") {
            None | Some(Json::Null) => {}
            Some(Json::Object(arguments)) => {
                layer.arguments = arguments.iter().map(|(name, value)| (name.clone(), structure(value))).collect();
            }
            Some(other) => return Err(config.bad("arguments", "values by name", other)),
        }
        // As with `new`, what is wrong with the handle is told first, and then what does not fit.
        layer.target()?;
        Ok(layer)
    }
}

fn load_options(options: &LoadOptions) -> Json {
    json!({
        "allow_partial_checkpoint": options.allows_partial_checkpoint(),
        "experimental_skip_checkpoint": options.skips_checkpoint(),
        "experimental_io_device": options.checkpoint_device(),
    })
}

fn read_load_options(config: &Reading<'_>, json: &Json) -> Result<LoadOptions> {
    let bad = |expected: &str| config.bad(LOAD_OPTIONS, expected, json);
    let truth = |name: &str| match json.get(name) {
        None | Some(Json::Null) => Ok(false),
        Some(value) => value.as_bool().ok_or_else(|| bad(&format!("true or false for `{name}`"))),
    };
    let device = match json.get("experimental_io_device") {
        None | Some(Json::Null) => "",
        Some(value) => value.as_str().ok_or_else(|| bad("a text for `experimental_io_device`"))?,
    };
    let options = LoadOptions::new().allow_partial_checkpoint(truth("allow_partial_checkpoint")?);
    Ok(options.skip_checkpoint(truth("experimental_skip_checkpoint")?).io_device(device))
}

/// What JSON has of an argument.
fn literal(value: &Structure) -> std::result::Result<Json, &'static str> {
    let items = |items: &[Structure]| items.iter().map(literal).collect::<std::result::Result<Vec<_>, _>>();
    match value {
        Nest::None => Ok(Json::Null),
        Nest::Leaf(Value::Literal(Literal::Bool(value))) => Ok((*value).into()),
        Nest::Leaf(Value::Literal(Literal::Int(value))) => Ok((*value).into()),
        Nest::Leaf(Value::Literal(Literal::Float(value))) => {
            serde_json::Number::from_f64(*value).map(Json::Number).ok_or("JSON has no such number")
        }
        Nest::Leaf(Value::Literal(Literal::String(value))) => Ok(value.as_str().into()),
        Nest::List(list) | Nest::Tuple(list) => items(list).map(Json::Array),
        Nest::Dict(entries) => entries
            .iter()
            .map(|(name, value)| Ok((name.clone(), literal(value)?)))
            .collect::<std::result::Result<Json, _>>(),
        _ => Err("it is no literal that JSON has"),
    }
}

fn structure(json: &Json) -> Structure {
    let leaf = |literal| Nest::Leaf(Value::Literal(literal));
    match json {
        Json::Null => Nest::None,
        Json::Bool(value) => leaf(Literal::Bool(*value)),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => leaf(Literal::Int(whole)),
            None => leaf(Literal::Float(number.as_f64().unwrap_or(f64::NAN))),
        },
        Json::String(value) => leaf(Literal::String(value.clone())),
        Json::Array(items) => Nest::List(items.iter().map(structure).collect()),
        Json::Object(entries) => {
            Nest::Dict(entries.iter().map(|(name, value)| (name.clone(), structure(value))).collect::<BTreeMap<_, _>>())
        }
    }
}

impl Argument for OutputShape {
    fn write(&self) -> Result<Json> {
        fn write(shapes: &Nest<Shape>) -> Result<Json> {
            match shapes {
                Nest::Leaf(shape) => shape.write(),
                Nest::List(items) | Nest::Tuple(items) => items.iter().map(write).collect(),
                Nest::NamedTuple { fields, .. } => fields.iter().map(|(_, item)| write(item)).collect(),
                Nest::Dict(entries) => {
                    entries.iter().map(|(key, item)| Ok((key.clone(), write(item)?))).collect::<Result<Json>>()
                }
                _ => Ok(Json::Null),
            }
        }
        write(&self.0)
    }

    fn read(json: &Json, at: At<'_>) -> Result<OutputShape> {
        fn read(json: &Json, at: At<'_>) -> Result<Nest<Shape>> {
            match json {
                Json::Array(items) if items.iter().all(|item| item.is_null() || item.is_number()) => {
                    Shape::read(json, at).map(Nest::Leaf)
                }
                Json::Array(items) => items.iter().map(|item| read(item, at)).collect::<Result<_>>().map(Nest::List),
                Json::Object(entries) => {
                    let entry = |(key, item): (&String, &Json)| Ok((key.clone(), read(item, at)?));
                    entries.iter().map(entry).collect::<Result<_>>().map(Nest::Dict)
                }
                other => Err(at.expected("a shape, or a list or dict of shapes", other)),
            }
        }
        read(json, at).map(OutputShape)
    }
}
