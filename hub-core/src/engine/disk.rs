//! Room on the disk: asked before a download starts, named when it runs out.
//!
//! `install` asks; every write of an install that fails goes through [`failed`], so that a full disk is told as such.

use std::io;
use std::path::Path;

use crate::disk::free_bytes;
use crate::error::{Error, Result};

/// Refuses to begin where less room is left than the job needs.
pub(super) fn require(directory: &Path, needed_bytes: u64) -> Result<()> {
    match free_bytes(directory) {
        Some(free_bytes) if free_bytes < needed_bytes => {
            Err(Error::DiskFull { path: directory.to_owned(), needed_bytes, free_bytes })
        }
        _ => Ok(()),
    }
}

/// A failed step of an install as an error that says what mends it.
pub(super) fn failed(operation: &str, path: &Path, needed_bytes: u64, error: &io::Error) -> Error {
    if matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
        return Error::disk_full(path, needed_bytes);
    }
    Error::EngineInstall {
        why: format!("cannot {operation} `{}`: {error}", path.display()),
        fix: "set TFHUB_ENGINE_DIR to a directory that you can write to, and try again".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_little_room_is_told_with_both_figures() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        require(directory.path(), 1).expect("there is room for a byte");
        let error = require(directory.path(), u64::MAX).expect_err("no disk is that large");
        assert!(matches!(error, Error::DiskFull { needed_bytes: u64::MAX, free_bytes: 1.., .. }), "{error:?}");
    }

    #[test]
    fn a_write_without_room_is_a_full_disk() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let error = io::Error::from(io::ErrorKind::StorageFull);
        let error = failed("write", &directory.path().join("absent/file"), 7, &error);
        assert!(
            matches!(&error, Error::DiskFull { path, needed_bytes: 7, .. } if path == directory.path()),
            "{error:?}"
        );
    }
}
