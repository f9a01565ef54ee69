//! What the readers of a wheel and of a C archive share: writing one library file into a fresh directory.
//!
//! `wheel` and `archive` call it with a plain file name: one of ours, or one that `package` has found to be plain.

use std::fs::OpenOptions;
use std::io::Read;
use std::path::Path;

use super::disk;
use crate::digest;
use crate::error::{Error, Result};

/// No library of TensorFlow comes near this size; more is a bomb.
pub(super) const LIBRARY_BYTES: u64 = 4 << 30;

/// A library file that was written: its plain name and its SHA-256.
pub(super) type Written = (String, String);

/// Writes a library file to the disk for good.
pub(super) fn write(from: &mut dyn Read, directory: &Path, name: &str, archive: &Path) -> Result<Written> {
    let path = directory.join(name);
    let failed = |error| disk::failed("write", &path, 0, &error);
    let mut file = OpenOptions::new().write(true).create_new(true).open(&path).map_err(failed)?;
    let (_, sha256) = digest::copy(from, &mut file, LIBRARY_BYTES).map_err(|error| match error.kind() {
        // What the reader of an archive says about its bytes; the rest is about the disk.
        std::io::ErrorKind::InvalidData
        | std::io::ErrorKind::InvalidInput
        | std::io::ErrorKind::UnexpectedEof
        | std::io::ErrorKind::FileTooLarge
        | std::io::ErrorKind::Other => damaged(archive, format!("`{name}`: {error}")),
        _ => failed(error),
    })?;
    file.sync_all().map_err(failed)?;
    Ok((name.to_owned(), sha256))
}

/// Refuses names that lead out of the directory they are unpacked into, or mean another thing elsewhere.
pub(super) fn check_name(name: &[u8], archive: &Path) -> Result<()> {
    let odd = name.is_empty() || name.starts_with(b"/") || name.iter().any(|byte| matches!(byte, b'\\' | 0));
    if odd || name.split(|byte| *byte == b'/').any(|part| part == b"..") {
        return Err(damaged(
            archive,
            format!("the entry `{}` is refused", String::from_utf8_lossy(name).escape_debug()),
        ));
    }
    Ok(())
}

/// A [`Error::BadArchive`] from its sentence.
pub(super) fn damaged(archive: &Path, why: impl Into<String>) -> Error {
    Error::BadArchive { archive: archive.display().to_string(), why: why.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_out_are_refused() {
        let archive = Path::new("archive");
        for name in ["../a", "a/../../b", "/a", "", "a\\b", "a\0", ".."] {
            assert!(check_name(name.as_bytes(), archive).is_err(), "{name:?}");
        }
        for name in ["a", "a/b", "a/..b", "./lib/libtensorflow.so", "a/"] {
            check_name(name.as_bytes(), archive).expect(name);
        }
    }
}
