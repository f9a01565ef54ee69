//! What a `KerasLayer` is made of: a handle that is loaded, or what has been loaded already.

use std::sync::OnceLock;

use hub_core::{Callable, Error, LoadOptions, LoadedModel, Signature};

use super::target::Loaded;
use crate::error::Result;

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

loaded_into_handle!(LoadedModel => Model, Callable => Callable, Signature => Signature);

/// The loaded thing behind a layer, and how it is loaded.
#[derive(Debug, Clone)]
pub(super) struct Source {
    handle: Handle,
    tags: Option<Vec<String>>,
    loaded: OnceLock<Loaded>,
}

impl Source {
    /// Loads a handle now, unless the model needs tags, which may follow.
    pub(super) fn new(handle: Handle) -> Result<Source> {
        let source = Source { handle, tags: None, loaded: OnceLock::new() };
        match source.load() {
            Ok(loaded) => source.loaded.get_or_init(|| loaded),
            Err(Error::TagsNotFound { wanted: None, .. }) => return Ok(source),
            Err(error) => return Err(error.into()),
        };
        Ok(source)
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

    fn load(&self) -> Result<Loaded, Error> {
        match (&self.handle, &self.tags) {
            (Handle::Text(handle), None) => hub_core::load(handle).map(Loaded::Model),
            (Handle::Text(handle), Some(tags)) => {
                hub_core::load_with(handle, &LoadOptions::new().tags(tags.iter().cloned())).map(Loaded::Model)
            }
            (_, Some(_)) => Err(Error::Arguments {
                function: "KerasLayer".into(),
                why: "passing a loaded handle is mutually exclusive with setting tags".into(),
            }),
            (Handle::Model(model), None) => Ok(Loaded::Model(model.clone())),
            (Handle::Callable(callable), None) => Ok(Loaded::Callable(callable.clone())),
            (Handle::Signature(signature), None) => Ok(Loaded::Signature(signature.clone())),
        }
    }
}
