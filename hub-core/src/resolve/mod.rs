//! From a handle to a directory.
//!
//! A hub asks its resolvers in turn, the last added first; the first that supports the handle resolves it. Those of
//! this crate, in the order in which they are asked:
//!
//! | resolver | takes |
//! |---|---|
//! | `KaggleResolver` | a model on Kaggle, by kagglehub's cache or Kaggle's API |
//! | `HuggingFaceResolver` | a folder of a repository on Hugging Face |
//! | `HttpCompressedResolver` | a web address that answers with an archive |
//! | `GcsCompressedResolver` | an archive in Google's store |
//! | `GcsResolver` | a directory in Google's store |
//! | `HttpUncompressedResolver` | a web address that answers with a place in Google's store |
//! | [`PathResolver`] | a path on this machine |
//!
//! Without the feature `fetch` all but the last are replaced by one that looks into the cache.

#[cfg(not(feature = "fetch"))]
mod cached;
mod path;
#[cfg(feature = "fetch")]
mod remote;

use std::path::PathBuf;
use std::sync::Arc;

pub use path::PathResolver;
#[cfg(feature = "fetch")]
pub use remote::*;

use crate::config::Settings;
use crate::error::{Error, Result};
use crate::handle::Handle;

/// Turns handles of one kind into directories on this machine.
pub trait Resolver: Send + Sync {
    /// What the resolver takes, in a few words, for messages: `a local path`.
    fn describe(&self) -> String;

    /// Whether the handle is of this resolver's kind.
    fn supports(&self, handle: &Handle) -> bool;

    /// The directory of the model.
    ///
    /// # Errors
    /// What keeps the handle from resolving; an error ends the search.
    fn resolve(&self, handle: &Handle) -> Result<PathBuf>;
}

/// The resolvers of this crate; the last is asked first.
pub(crate) fn standard(settings: &Settings) -> Vec<Arc<dyn Resolver>> {
    let mut resolvers: Vec<Arc<dyn Resolver>> = vec![Arc::new(PathResolver)];
    #[cfg(feature = "fetch")]
    resolvers.extend(remote::resolvers(settings));
    #[cfg(not(feature = "fetch"))]
    resolvers.push(Arc::new(cached::CachedResolver::new(settings)));
    resolvers
}

/// The error of a resolver that was given a handle of another kind than it supports.
fn unsupported(resolver: &dyn Resolver, handle: &Handle) -> Error {
    Error::UnsupportedHandle { handle: handle.to_string(), supported: vec![resolver.describe()] }
}
