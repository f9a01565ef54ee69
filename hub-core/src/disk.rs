//! Room on the disk.
//!
//! Errors name it, the cache and the engine's install ask before they begin.

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
