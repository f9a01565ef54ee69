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

#[cfg(feature = "fetch")]
mod address;
#[cfg(not(feature = "fetch"))]
mod cached;
#[cfg(feature = "fetch")]
mod download;
#[cfg(feature = "fetch")]
mod explain;
#[cfg(feature = "fetch")]
mod gcs;
#[cfg(feature = "fetch")]
mod gcs_compressed;
#[cfg(feature = "fetch")]
mod http_compressed;
#[cfg(feature = "fetch")]
mod http_uncompressed;
#[cfg(feature = "fetch")]
mod hugging_face;
#[cfg(feature = "fetch")]
mod kaggle;
#[cfg(feature = "fetch")]
mod kaggle_credentials;
#[cfg(feature = "fetch")]
mod kagglehub_cache;
mod path;
#[cfg(feature = "fetch")]
mod snapshot;

use std::path::PathBuf;
use std::sync::Arc;

#[cfg(all(any(test, fuzzing), feature = "fetch"))]
pub(crate) use address::{compressed_address, uncompressed_address};
#[cfg(feature = "fetch")]
pub use gcs::GcsResolver;
#[cfg(feature = "fetch")]
pub use gcs_compressed::GcsCompressedResolver;
#[cfg(feature = "fetch")]
pub use http_compressed::HttpCompressedResolver;
#[cfg(feature = "fetch")]
pub use http_uncompressed::HttpUncompressedResolver;
#[cfg(feature = "fetch")]
pub use hugging_face::HuggingFaceResolver;
#[cfg(feature = "fetch")]
pub use kaggle::KaggleResolver;
pub use path::PathResolver;

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
#[cfg(feature = "fetch")]
pub(crate) fn standard(settings: &Settings) -> Vec<Arc<dyn Resolver>> {
    let downloads = Arc::new(download::Downloads::new(settings));
    vec![
        Arc::new(PathResolver),
        Arc::new(HttpUncompressedResolver::new(Arc::clone(&downloads))),
        Arc::new(GcsResolver::new(Arc::clone(&downloads))),
        Arc::new(GcsCompressedResolver::new(Arc::clone(&downloads))),
        Arc::new(HttpCompressedResolver::new(Arc::clone(&downloads))),
        Arc::new(HuggingFaceResolver::new(Arc::clone(&downloads))),
        Arc::new(KaggleResolver::new(downloads)),
    ]
}

/// The resolvers of this crate; the last is asked first.
#[cfg(not(feature = "fetch"))]
pub(crate) fn standard(settings: &Settings) -> Vec<Arc<dyn Resolver>> {
    vec![Arc::new(PathResolver), Arc::new(cached::CachedResolver::new(settings))]
}

/// The error of a resolver that was given a handle of another kind than it supports.
fn unsupported(resolver: &dyn Resolver, handle: &Handle) -> Error {
    Error::UnsupportedHandle { handle: handle.to_string(), supported: vec![resolver.describe()] }
}
