//! The hub: resolvers and formats, joined.
//!
//! A hub is a value; nothing registers itself anywhere. [`load`] and [`resolve`] use a hub with this crate's own
//! resolvers and formats; other crates make hubs with more.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cache::{self, Cache};
use crate::config::Settings;
use crate::error::{Error, Result};
use crate::handle::Handle;
use crate::lockfile::{LockedModel, Lockfile};
#[cfg(feature = "engine")]
use crate::model::{LoadOptions, LoadedModel};
use crate::resolve::{self, Resolver};
use crate::saved_model;

/// The file that marks a directory in the TF1 Hub format.
#[cfg(feature = "engine")]
const TF1_HUB_MARK: &str = "tfhub_module.pb";

/// A format of model directories.
#[cfg(feature = "engine")]
pub trait Format: Send + Sync {
    /// The name of the format, which models that are loaded from it keep.
    fn name(&self) -> &'static str;

    /// Whether a directory is in this format; only names of files are looked at.
    fn recognises(&self, directory: &Path) -> bool;

    /// Loads the model in the directory.
    ///
    /// # Errors
    /// What is wrong with the model.
    fn load(&self, directory: &Path, options: &LoadOptions) -> Result<LoadedModel>;
}

/// The SavedModel format of TF2.
#[cfg(feature = "engine")]
#[derive(Debug, Clone, Copy, Default)]
pub struct SavedModelFormat;

#[cfg(feature = "engine")]
impl Format for SavedModelFormat {
    fn name(&self) -> &'static str {
        "SavedModel"
    }

    fn recognises(&self, directory: &Path) -> bool {
        !directory.join(TF1_HUB_MARK).exists()
    }

    fn load(&self, directory: &Path, options: &LoadOptions) -> Result<LoadedModel> {
        LoadedModel::from_directory(directory, options)
    }
}

/// Resolvers and formats; the last added is asked first.
#[derive(Clone)]
pub struct Hub {
    resolvers: Vec<Arc<dyn Resolver>>,
    pins: Option<Arc<Lockfile>>,
    #[cfg(feature = "engine")]
    formats: Vec<Arc<dyn Format>>,
}

impl Default for Hub {
    fn default() -> Hub {
        Hub::new()
    }
}

impl Hub {
    /// A hub with the resolvers and formats of this crate, and the settings in the process's environment.
    pub fn new() -> Hub {
        Hub::with_settings(Settings::from_env())
    }

    /// A hub with the resolvers and formats of this crate.
    pub fn with_settings(settings: Settings) -> Hub {
        Hub {
            resolvers: resolve::standard(&settings),
            pins: settings.pins.clone(),
            #[cfg(feature = "engine")]
            formats: vec![Arc::new(SavedModelFormat)],
        }
    }

    /// The hub with one more resolver, which is asked before the others.
    pub fn with_resolver(mut self, resolver: impl Resolver + 'static) -> Hub {
        self.resolvers.push(Arc::new(resolver));
        self
    }

    /// The hub with one more format, which is asked before the others.
    #[cfg(feature = "engine")]
    pub fn with_format(mut self, format: impl Format + 'static) -> Hub {
        self.formats.push(Arc::new(format));
        self
    }

    /// The directory of the model with this handle.
    ///
    /// # Errors
    /// [`Error::UnsupportedHandle`] where no resolver takes the handle, else the resolver's own.
    pub fn resolve(&self, handle: &str) -> Result<PathBuf> {
        // As in Python, what exists here is a path, whatever else the text could mean.
        let is_path = Path::new(handle).exists() && !handle.bytes().all(|byte| byte == b'/');
        let handle = if is_path { Handle::from_path(handle) } else { handle.parse()? };
        self.resolve_handle(&handle)
    }

    /// The directory of the model with this handle, which was parsed before.
    ///
    /// # Errors
    /// Those of [`Hub::resolve`].
    pub fn resolve_handle(&self, handle: &Handle) -> Result<PathBuf> {
        let Some(resolver) = self.resolvers.iter().rev().find(|resolver| resolver.supports(handle)) else {
            let supported = self.resolvers.iter().rev().map(|resolver| resolver.describe()).collect();
            return Err(Error::UnsupportedHandle { handle: handle.to_string(), supported });
        };
        let Some(pins) = &self.pins else { return resolver.resolve(handle) };
        if pins.get(handle).is_none() {
            return Err(Error::NotLocked { handle: handle.to_string(), lock_file: pins.path().to_owned() });
        }
        let directory = resolver.resolve(handle)?;
        // Of a locked model every byte is looked at, each time: that is what locking is for.
        pins.check(handle, &cache::tree_digest(&cache::records_of(&directory)?))?;
        Ok(directory)
    }

    /// Resolves a handle, and tells which bytes it stands for: an entry for a [`Lockfile`].
    ///
    /// # Errors
    /// Those of [`Hub::resolve`], and where a file cannot be read.
    pub fn lock(&self, handle: &Handle) -> Result<LockedModel> {
        let directory = self.resolve_handle(handle)?;
        let files = cache::records_of(&directory)?;
        let described = saved_model::describe(&directory, None).ok();
        let description = described.and_then(|described| serde_json::to_value(described).ok());
        Ok(LockedModel {
            sha256: cache::tree_digest(&files),
            files: files.len() as u64,
            size_bytes: files.iter().map(|file| file.size_bytes).sum(),
            description: description.unwrap_or(serde_json::Value::Null),
        })
    }

    /// Resolves a handle, and copies the model into another cache: a folder that goes along with a program.
    ///
    /// # Errors
    /// Those of [`Hub::resolve`], and where the folder cannot be written.
    pub fn vendor(&self, handle: &Handle, cache_directory: &Path) -> Result<PathBuf> {
        let directory = self.resolve_handle(handle)?;
        Cache::new(cache_directory).import(handle, &directory)
    }

    /// Resolves a handle and loads the model.
    ///
    /// # Errors
    /// Those of [`Hub::resolve`] and of the format; [`Error::FormatNotLinked`] for a TF1 Hub module where the hub has
    /// no format for it.
    #[cfg(feature = "engine")]
    pub fn load(&self, handle: &str, options: &LoadOptions) -> Result<LoadedModel> {
        let directory = self.resolve(handle)?;
        match self.formats.iter().rev().find(|format| format.recognises(&directory)) {
            Some(format) => Ok(format.load(&directory, options)?.in_format(format.name())),
            None => Err(Error::FormatNotLinked { path: directory, format: "TF1 Hub", add: "hub-legacy" }),
        }
    }
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let resolvers: Vec<_> = self.resolvers.iter().map(|resolver| resolver.describe()).collect();
        write!(f, "Hub({})", resolvers.join(", "))
    }
}

/// The directory of the model with this handle, by this crate's resolvers.
///
/// # Errors
/// Those of [`Hub::resolve`].
///
/// ```
/// assert_eq!(hub_core::resolve(".")?, std::path::Path::new("."));
/// assert!(hub_core::resolve("no/such/model").is_err());
/// # Ok::<(), hub_core::Error>(())
/// ```
pub fn resolve(handle: &str) -> Result<PathBuf> {
    Hub::new().resolve(handle)
}

/// Resolves a handle and loads the model: `hub.load` of Python's tensorflow_hub.
///
/// # Errors
/// Those of [`Hub::load`].
#[cfg(feature = "engine")]
pub fn load(handle: &str) -> Result<LoadedModel> {
    load_with(handle, &LoadOptions::new())
}

/// As [`load`], with tags and session settings.
///
/// # Errors
/// Those of [`Hub::load`].
#[cfg(feature = "engine")]
pub fn load_with(handle: &str, options: &LoadOptions) -> Result<LoadedModel> {
    Hub::new().load(handle, options)
}
