//! [`Config`]: a class and its arguments, as Keras writes them.

use std::fmt;

use serde_json::{Map, Value, json};

use super::argument::Argument;
use crate::error::{Error, Result};

/// A class and its arguments by name.
///
/// ```
/// use hub_layers::config::Config;
/// let config = Config::new("Scale").with("factor", &2.5)?;
/// assert_eq!(config.to_json()["config"]["factor"], 2.5);
/// # Ok::<(), hub_layers::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    class_name: String,
    /// Where Keras has the class; a class of others has no such place.
    module: Option<&'static str>,
    /// Whether Python finds it by the name that it is registered under: what is not Keras's.
    registered: bool,
    arguments: Map<String, Value>,
    beside: Map<String, Value>,
}

impl Config {
    /// A class without arguments.
    pub fn new(class_name: impl Into<String>) -> Config {
        Config {
            class_name: class_name.into(),
            module: None,
            registered: true,
            arguments: Map::new(),
            beside: Map::new(),
        }
    }

    /// One more argument.
    ///
    /// # Errors
    /// [`Error::NoConfig`] for what cannot be written, such as a number that is infinite.
    pub fn with(mut self, name: &str, value: &impl Argument) -> Result<Config> {
        let value = value.write().map_err(|error| error.at(name))?;
        // Nobody has given a name: Keras counts one.
        if name == "name" && value.is_null() {
            return Ok(self);
        }
        self.arguments.insert(name.to_owned(), value);
        Ok(self)
    }

    /// One more argument, as JSON.
    pub fn with_json(mut self, name: &str, value: Value) -> Config {
        self.arguments.insert(name.to_owned(), value);
        self
    }

    /// Something that stands beside the arguments, where Keras does not look.
    pub(crate) fn beside(mut self, name: &str, value: Value) -> Config {
        self.beside.insert(name.to_owned(), value);
        self
    }

    pub(crate) fn in_module(mut self, module: &'static str) -> Config {
        self.module = Some(module);
        self.registered = false;
        self
    }

    /// A class of a package that is not Keras.
    pub(crate) fn of_package(mut self, module: &'static str) -> Config {
        self.module = Some(module);
        self
    }

    pub(crate) fn is_of_keras(&self) -> bool {
        !self.registered
    }

    /// The class.
    pub fn class_name(&self) -> &str {
        &self.class_name
    }

    /// The arguments: what Keras's `get_config` gives.
    pub fn arguments(&self) -> &Map<String, Value> {
        &self.arguments
    }

    /// Class and arguments: what Keras's `serialize` gives.
    pub fn to_json(&self) -> Value {
        let registered_name = if self.registered { self.class_name.as_str().into() } else { Value::Null };
        let mut written = json!({
            "module": self.module,
            "class_name": self.class_name,
            "config": self.arguments,
            "registered_name": registered_name,
        });
        if let Value::Object(entries) = &mut written {
            entries.extend(self.beside.clone());
        }
        written
    }
}

/// The error of something that has no config of its own.
pub(crate) fn no_config(thing: &(impl fmt::Debug + ?Sized)) -> Error {
    let text = format!("{thing:?}");
    let what = text.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next().unwrap_or_default();
    Error::NoConfig { what: what.to_owned(), why: "it does not say what it is made of".into() }
}
