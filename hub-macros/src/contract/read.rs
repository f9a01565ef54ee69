//! Models and lock files, each read once by one compiler, and again when it has changed.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::SystemTime;

use hub_core::Lockfile;
use hub_core::saved_model::{Description, describe};

/// A larger `saved_model.pb` is not read while compiling, nor watched: a record of it is used instead.
pub(crate) const SIZE_LIMIT: u64 = 64 << 20;

/// What tells one state of a file from another.
type Stamp = (u64, Option<SystemTime>);

/// What was read of files, by their paths.
type Cache<T> = LazyLock<Mutex<HashMap<PathBuf, (Stamp, Result<Arc<T>, String>)>>>;

fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.len(), metadata.modified().ok()))
}

fn cached<T>(cache: &Cache<T>, path: &Path, read: impl FnOnce() -> Result<T, String>) -> Result<Arc<T>, String> {
    let Some(stamp) = stamp(path) else { return read().map(Arc::new) };
    let mut cache = cache.lock().unwrap_or_else(PoisonError::into_inner);
    match cache.get(path) {
        Some((known, result)) if *known == stamp => result.clone(),
        _ => {
            let result = read().map(Arc::new);
            cache.insert(path.to_owned(), (stamp, result.clone()));
            result
        }
    }
}

/// Describes the model in a directory.
pub(super) fn model(directory: &Path) -> Result<Arc<Description>, String> {
    static MODELS: Cache<Description> = LazyLock::new(Mutex::default);
    cached(&MODELS, &directory.join("saved_model.pb"), || describe(directory, None).map_err(|error| error.to_string()))
}

/// Reads a lock file.
pub(super) fn lock_file(path: &Path) -> Result<Arc<Lockfile>, String> {
    static LOCK_FILES: Cache<Lockfile> = LazyLock::new(Mutex::default);
    cached(&LOCK_FILES, path, || Lockfile::read(path).map_err(|error| error.to_string()))
}

/// How large a model's `saved_model.pb` is; `None` where there is none.
pub(super) fn graph_bytes(directory: &Path) -> Option<u64> {
    let metadata = fs::metadata(directory.join("saved_model.pb")).ok()?;
    metadata.is_file().then_some(metadata.len())
}
