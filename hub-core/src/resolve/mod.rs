//! From a handle to a directory.
//!
//! A hub asks its resolvers in turn, the last added first; the first that supports the handle resolves it.

#[cfg(any(feature = "fetch", test))]
mod address;
mod path;

use std::path::PathBuf;

#[cfg(any(feature = "fetch", test))]
pub(crate) use address::{compressed_address, uncompressed_address};
pub use path::PathResolver;

use crate::error::Result;
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
