//! A module by its handle or as a spec, and what that means for a column's config.

use serde_json::{Value as Json, json};

use crate::error::{Error, Result};
use crate::spec::{ModuleSpec, load_module_spec};

/// What a column is made of: a handle, or a spec that is there already.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ModuleSource {
    /// A handle, which a config can name.
    Handle(String),
    /// A spec, which no config can name.
    Spec(ModuleSpec),
}

impl From<&str> for ModuleSource {
    fn from(handle: &str) -> ModuleSource {
        ModuleSource::Handle(handle.to_owned())
    }
}

impl From<String> for ModuleSource {
    fn from(handle: String) -> ModuleSource {
        ModuleSource::Handle(handle)
    }
}

impl From<&String> for ModuleSource {
    fn from(handle: &String) -> ModuleSource {
        ModuleSource::Handle(handle.clone())
    }
}

impl From<ModuleSpec> for ModuleSource {
    fn from(spec: ModuleSpec) -> ModuleSource {
        ModuleSource::Spec(spec)
    }
}

impl From<&ModuleSpec> for ModuleSource {
    fn from(spec: &ModuleSpec) -> ModuleSource {
        ModuleSource::Spec(spec.clone())
    }
}

impl ModuleSource {
    /// The spec: `as_module_spec`.
    pub(super) fn spec(&self) -> Result<ModuleSpec> {
        match self {
            ModuleSource::Handle(handle) => load_module_spec(handle),
            ModuleSource::Spec(spec) => Ok(spec.clone()),
        }
    }

    /// The handle as a config has it.
    pub(super) fn config(&self, column: &'static str) -> Result<Json> {
        match self {
            ModuleSource::Handle(handle) => Ok(json!(handle)),
            ModuleSource::Spec(_) => Err(Error::NoColumnConfig { column, found: "a module spec" }),
        }
    }
}

/// The entries of a column's config; no other may be there.
pub(super) struct ColumnConfig<'c> {
    column: &'static str,
    config: &'c Json,
}

impl<'c> ColumnConfig<'c> {
    /// A config with just these entries.
    pub(super) fn new(column: &'static str, config: &'c Json, entries: &[&str]) -> Result<ColumnConfig<'c>> {
        let config = ColumnConfig { column, config };
        let Some(found) = config.config.as_object() else { return Err(config.refuse("it is no dict".into())) };
        let unknown = found.keys().find(|key| !entries.contains(&key.as_str()));
        let missing = entries.iter().find(|entry| !found.contains_key(**entry));
        match (unknown, missing) {
            (Some(unknown), _) => Err(config.refuse(format!("`{unknown}` is none of {}", entries.join(", ")))),
            (None, Some(missing)) => Err(config.refuse(format!("`{missing}` is missing"))),
            (None, None) => Ok(config),
        }
    }

    pub(super) fn text(&self, entry: &str) -> Result<&'c str> {
        self.config[entry].as_str().ok_or_else(|| self.refuse(format!("`{entry}` is no text")))
    }

    pub(super) fn optional_text(&self, entry: &str) -> Result<Option<&'c str>> {
        match &self.config[entry] {
            Json::Null => Ok(None),
            _ => self.text(entry).map(Some),
        }
    }

    pub(super) fn flag(&self, entry: &str) -> Result<bool> {
        self.config[entry].as_bool().ok_or_else(|| self.refuse(format!("`{entry}` is no bool")))
    }

    pub(super) fn size(&self, entry: &str) -> Result<Option<[usize; 2]>> {
        let number = |value: &Json| value.as_u64().and_then(|number| usize::try_from(number).ok());
        match &self.config[entry] {
            Json::Null => Ok(None),
            Json::Array(sizes) => match sizes.iter().map(number).collect::<Option<Vec<_>>>().as_deref() {
                Some([height, width]) => Ok(Some([*height, *width])),
                _ => Err(self.refuse(format!("`{entry}` is no height and width"))),
            },
            _ => Err(self.refuse(format!("`{entry}` is no height and width"))),
        }
    }

    fn refuse(&self, why: String) -> Error {
        Error::ColumnConfig { column: self.column, why }
    }
}
