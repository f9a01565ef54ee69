//! The disk: room on it (here), operations on files (`files`), directories (`tree`), what has really arrived (`sync`).
//!
//! Errors name the room, the cache and the engine's install ask for it before they begin; the cache and the saving of
//! models change files by the rest.

#![cfg_attr(not(feature = "fetch"), allow(dead_code, reason = "without downloads nothing fills the cache"))]

#[cfg(test)]
pub(crate) mod failpoint;
pub(crate) mod files;
pub(crate) mod sync;
pub(crate) mod tree;

use std::path::Path;

/// The bytes that this user may still write in a directory's file system; `None` where the system does not tell.
#[cfg(unix)]
pub(crate) fn free_bytes(directory: &Path) -> Option<u64> {
    let answer = rustix::fs::statvfs(directory).ok()?;
    answer.f_bavail.checked_mul(answer.f_frsize)
}

/// The bytes that this user may still write in a directory's file system; `None` where the system does not tell.
#[cfg(not(unix))]
pub(crate) fn free_bytes(_: &Path) -> Option<u64> {
    None
}
