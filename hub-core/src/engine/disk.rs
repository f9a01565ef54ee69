//! Room on the disk: asked before a download starts, named when it runs out.
//!
//! `install` asks; every write of an install that fails goes through [`failed`], so that a full disk is told as such.

use std::io;
use std::path::Path;

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
        let directory = path.ancestors().find(|path| path.is_dir()).unwrap_or(path);
        let free_bytes = free_bytes(directory).unwrap_or(0);
        return Error::DiskFull { path: directory.to_owned(), needed_bytes, free_bytes };
    }
    Error::EngineInstall {
        why: format!("cannot {operation} `{}`: {error}", path.display()),
        fix: "set TFHUB_ENGINE_DIR to a directory that you can write to, and run `tfhub doctor --install`".into(),
    }
}

/// The bytes that this user may still write in a directory's file system; `None` where the system does not tell.
#[cfg(unix)]
fn free_bytes(directory: &Path) -> Option<u64> {
    use std::os::unix::ffi::OsStrExt;
    let path = std::ffi::CString::new(directory.as_os_str().as_bytes()).ok()?;
    let mut answer = std::mem::MaybeUninit::<libc::statvfs>::uninit();
    // SAFETY: the path ends with a zero byte, and the answer has the size that the call fills.
    if unsafe { libc::statvfs(path.as_ptr(), answer.as_mut_ptr()) } != 0 {
        return None;
    }
    // SAFETY: the call succeeded, so it filled the answer.
    let answer = unsafe { answer.assume_init() };
    #[allow(clippy::unnecessary_cast)] // the fields' types differ between systems
    (answer.f_bavail as u64).checked_mul(answer.f_frsize as u64)
}

#[cfg(not(unix))]
fn free_bytes(_: &Path) -> Option<u64> {
    None
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
