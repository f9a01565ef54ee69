//! What a `KerasLayer` is made of: a handle that is loaded, or what has been loaded already.

use std::sync::OnceLock;

use hub_core::{Callable, LoadOptions, LoadedModel, Signature};
use hub_legacy::{HandleOptions, Module, check_handle};

use super::target::Loaded;
use crate::error::{Error, Result};

/// A handle, or what has been loaded: a model, or one of its functions or signatures.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Handle {
    /// The handle of a model that is yet to be loaded.
    Text(String),
    /// A whole model.
    Model(LoadedModel),
    /// A function of a model, or a part that can be called.
    Callable(Callable),
    /// A signature of a model, called with a single tensor.
    Signature(Signature),
}

/// What a [`KerasLayer`](super::KerasLayer) can be made of: a handle, or what has been loaded.
pub trait IntoHandle {
    /// The handle or the loaded thing.
    fn into_handle(self) -> Handle;
}

impl IntoHandle for &str {
    fn into_handle(self) -> Handle {
        Handle::Text(self.to_owned())
    }
}

impl IntoHandle for String {
    fn into_handle(self) -> Handle {
        Handle::Text(self)
    }
}

impl IntoHandle for &String {
    fn into_handle(self) -> Handle {
        Handle::Text(self.clone())
    }
}

macro_rules! loaded_into_handle {
    ($($loaded:ident => $variant:ident),*) => {$(
        impl IntoHandle for $loaded {
            fn into_handle(self) -> Handle {
                Handle::$variant(self)
            }
        }

        impl IntoHandle for &$loaded {
            fn into_handle(self) -> Handle {
                Handle::$variant(self.clone())
            }
        }
    )*};
}

/// The Module view of a TF1 Hub module: other than the TF2 view, it can be trained.
impl IntoHandle for &Module {
    fn into_handle(self) -> Handle {
        Handle::Model(self.model().clone())
    }
}

impl IntoHandle for Module {
    fn into_handle(self) -> Handle {
        (&self).into_handle()
    }
}

loaded_into_handle!(LoadedModel => Model, Callable => Callable, Signature => Signature);

/// The loaded thing behind a layer, and how it is loaded.
#[derive(Debug, Clone)]
pub(super) struct Source {
    handle: Handle,
    tags: Option<Vec<String>>,
    load_options: Option<LoadOptions>,
    loaded: OnceLock<Loaded>,
}

impl Source {
    /// Loads a handle now, unless the model needs tags, which may follow.
    pub(super) fn new(handle: Handle) -> Result<Source> {
        let source = Source::later(handle);
        match source.load() {
            Ok(loaded) => source.loaded.get_or_init(|| loaded),
            Err(Error::Core(hub_core::Error::TagsNotFound { wanted: None, .. })) => return Ok(source),
            Err(error) => return Err(error),
        };
        Ok(source)
    }

    /// Loads nothing yet.
    pub(super) fn later(handle: Handle) -> Source {
        Source { handle, tags: None, load_options: None, loaded: OnceLock::new() }
    }

    /// The handle, where it is a text.
    pub(super) fn handle(&self) -> Option<&str> {
        match &self.handle {
            Handle::Text(handle) => Some(handle),
            _ => None,
        }
    }

    /// The tags, where some are given.
    pub(super) fn tags(&self) -> Option<&[String]> {
        self.tags.as_deref().or_else(|| self.load_options.as_ref()?.wanted_tags())
    }

    /// How it is loaded, where that is given.
    pub(super) fn load_options(&self) -> Option<&LoadOptions> {
        self.load_options.as_ref()
    }

    /// Forgets what has been loaded: it is loaded with these options at first use.
    pub(super) fn set_load_options(&mut self, options: LoadOptions) {
        self.load_options = Some(options);
        self.loaded = OnceLock::new();
    }

    /// Forgets what has been loaded: it is loaded with these tags at first use.
    pub(super) fn set_tags(&mut self, tags: Vec<String>) {
        self.tags = Some(tags);
        self.loaded = OnceLock::new();
    }

    /// The loaded thing.
    pub(super) fn loaded(&self) -> Result<&Loaded> {
        match self.loaded.get() {
            Some(loaded) => Ok(loaded),
            None => {
                let loaded = self.load()?;
                Ok(self.loaded.get_or_init(|| loaded))
            }
        }
    }

    fn load(&self) -> Result<Loaded> {
        check_handle(HandleOptions {
            is_loaded: self.handle().is_none(),
            has_tags: self.tags.is_some(),
            has_load_options: self.load_options.is_some(),
        })?;
        Ok(match &self.handle {
            Handle::Text(handle) => {
                let options = self.load_options.clone().unwrap_or_default();
                let options = match &self.tags {
                    Some(tags) => options.tags(tags.iter().cloned()),
                    None => options,
                };
                Loaded::Model(hub_legacy::hub().load(handle, &options)?)
            }
            Handle::Model(model) => Loaded::Model(model.clone()),
            Handle::Callable(callable) => Loaded::Callable(callable.clone()),
            Handle::Signature(signature) => Loaded::Signature(signature.clone()),
        })
    }
}
