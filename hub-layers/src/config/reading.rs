//! [`Reading`]: the arguments of one class, each asked for by its name; what nobody asks for is an error.

use std::fmt;

use serde_json::{Map, Value};

use super::argument::Argument;
use super::custom_objects::CustomObjects;
use crate::error::{Error, Result};

/// The arguments of a class that is built from its config.
#[derive(Debug)]
pub struct Reading<'c> {
    pub(super) custom_objects: &'c CustomObjects,
    class_name: &'c str,
    /// The way to here, for errors: `layers[1].Dense`.
    path: String,
    arguments: &'c Map<String, Value>,
    beside: &'c Map<String, Value>,
    asked: Vec<String>,
}

/// One value in a config, with the way to it.
#[derive(Debug, Clone, Copy)]
pub struct At<'r> {
    pub(super) custom_objects: &'r CustomObjects,
    pub(super) path: &'r str,
}

impl<'c> Reading<'c> {
    /// The arguments in `{"class_name": ..., "config": {...}}`.
    pub(super) fn new(json: &'c Value, at: At<'c>) -> Result<Reading<'c>> {
        let Value::Object(beside) = json else { return Err(at.expected("a class with its `config`", json)) };
        let class_name = class_name(json, at)?;
        let path = joined(at.path, class_name);
        let arguments = match beside.get("config") {
            Some(Value::Object(arguments)) => arguments,
            other => {
                let at = At { path: &joined(&path, "config"), ..at };
                return Err(at.expected("arguments by name", other.unwrap_or(&Value::Null)));
            }
        };
        Ok(Reading { custom_objects: at.custom_objects, class_name, path, arguments, beside, asked: Vec::new() })
    }

    /// The class that is built.
    pub fn class_name(&self) -> &str {
        self.class_name
    }

    /// An argument that has no default.
    ///
    /// # Errors
    /// [`Error::BadConfig`] where it is missing or of another type.
    pub fn required<A: Argument>(&mut self, name: &str) -> Result<A> {
        self.optional(name)?.ok_or_else(|| Error::BadConfig {
            argument: joined(&self.path, name),
            expected: "a value".into(),
            found: "none".into(),
        })
    }

    /// An argument that may be left out.
    ///
    /// # Errors
    /// [`Error::BadConfig`] where it is of another type.
    pub fn optional<A: Argument>(&mut self, name: &str) -> Result<Option<A>> {
        let Some(value) = self.json(name) else { return Ok(None) };
        let path = joined(&self.path, name);
        A::read(value, At { custom_objects: self.custom_objects, path: &path }).map(Some)
    }

    /// An argument as JSON.
    pub fn json(&mut self, name: &str) -> Option<&'c Value> {
        self.asked.push(name.to_owned());
        self.arguments.get(name)
    }

    /// Something that stands beside the arguments.
    pub(crate) fn beside(&self, name: &str) -> Option<&'c Value> {
        self.beside.get(name)
    }

    /// An argument of Keras that makes no difference here.
    pub fn ignored(&mut self, name: &str) {
        self.asked.push(name.to_owned());
    }

    /// An argument of Keras that can have one value only here; none counts as that.
    ///
    /// # Errors
    /// [`Error::BadConfig`] for another value.
    pub fn only(&mut self, name: &str, value: impl Into<Value>) -> Result<()> {
        let only = value.into();
        match self.json(name) {
            Some(found) if !same(found, &only) => Err(self.bad(name, only, found)),
            _ => Ok(()),
        }
    }

    /// An error: an argument has a value that it cannot have.
    pub fn bad(&self, name: &str, expected: impl fmt::Display, found: impl fmt::Display) -> Error {
        let (expected, found) = (expected.to_string(), found.to_string());
        Error::BadConfig { argument: joined(&self.path, name), expected, found }
    }

    /// All arguments have been asked for.
    pub(super) fn finish(self) -> Result<()> {
        match self.arguments.keys().find(|name| !self.asked.contains(name)) {
            None => Ok(()),
            Some(unknown) => {
                Err(Error::UnknownArgument { class: self.path, argument: unknown.clone(), available: self.asked })
            }
        }
    }
}

impl At<'_> {
    /// An error: something else was expected here.
    pub(crate) fn expected(&self, expected: impl fmt::Display, found: &Value) -> Error {
        let found = match found {
            Value::Object(entries) => match entries.get("class_name").and_then(Value::as_str) {
                Some(class) => format!("the class `{class}`"),
                None => "an object".into(),
            },
            Value::Array(items) => format!("a list of {}", items.len()),
            plain => plain.to_string(),
        };
        Error::BadConfig { argument: self.path.to_owned(), expected: expected.to_string(), found }
    }
}

/// The class that a config is of.
pub(super) fn class_name<'v>(json: &'v Value, at: At<'_>) -> Result<&'v str> {
    let name = json.get("class_name").and_then(Value::as_str);
    // A module's own name may stand in front, as in `Custom>Scale`.
    name.map(|name| name.rsplit_once('>').map_or(name, |(_, plain)| plain))
        .ok_or_else(|| at.expected("a class with its `config`", json))
}

/// A path with one more step.
pub(super) fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// Equal, numbers by their value.
fn same(one: &Value, other: &Value) -> bool {
    match (one.as_f64(), other.as_f64()) {
        (Some(one), Some(other)) => one == other,
        _ => one == other,
    }
}
