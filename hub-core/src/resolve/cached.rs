//! Handles whose models are in the cache already, for a crate that cannot download.

use std::path::PathBuf;

use super::{Resolver, unsupported};
use crate::cache::{Cache, Lookup};
use crate::config::Settings;
use crate::error::{Error, Result};
use crate::handle::{Handle, HandleKind};

/// Takes any handle that is no path, and looks into the cache only.
pub(super) struct CachedResolver {
    cache: Cache,
}

impl CachedResolver {
    /// A resolver for the settings' cache.
    pub(super) fn new(settings: &Settings) -> CachedResolver {
        CachedResolver { cache: Cache::of(settings) }
    }
}

impl Resolver for CachedResolver {
    fn describe(&self) -> String {
        "what is in the cache".into()
    }

    fn supports(&self, handle: &Handle) -> bool {
        !matches!(handle.kind(), HandleKind::Path(_) | HandleKind::Other { .. })
    }

    fn resolve(&self, handle: &Handle) -> Result<PathBuf> {
        if !self.supports(handle) {
            return Err(unsupported(self, handle));
        }
        match self.cache.lookup(handle)? {
            Lookup::Hit(path) => Ok(path),
            Lookup::Damaged { path, why } => Err(Error::CacheCorrupt { path, why }),
            Lookup::Absent => Err(Error::Offline { handle: handle.to_string() }),
        }
    }
}
