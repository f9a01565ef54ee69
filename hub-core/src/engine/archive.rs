//! The library files out of TensorFlow's C archive (`libtensorflow-cpu-linux-x86_64.tar.gz`).
//!
//! `install` calls it with a file whose digest the user gave and that was compared. Of the members only the two
//! libraries are written, under names of ours; the links between their versioned names are passed over.
//!
//! ```text
//! lib/libtensorflow.so.2.18.0                 and the links .so.2, .so
//! lib/libtensorflow_framework.so.2.18.0
//! ```

use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;
use tar::Archive;

use super::extract::{self, Written, damaged};
use super::platform;
use crate::error::Result;

/// Writes the library files of an archive into a directory, the main one first.
pub(super) fn extract(path: &Path, archive: &mut File, into: &Path) -> Result<Vec<Written>> {
    let unreadable = |error: io::Error| damaged(path, error.to_string());
    let mut members = Archive::new(MultiGzDecoder::new(BufReader::new(archive)));
    let mut written: Vec<Written> = Vec::new();
    for entry in members.entries().map_err(unreadable)? {
        let mut entry = entry.map_err(unreadable)?;
        let name = entry.path_bytes().into_owned();
        extract::check_name(&name, path)?;
        if let Some(ours) = our_name(&name).filter(|_| entry.header().entry_type().is_file()) {
            if written.iter().any(|(name, _)| *name == ours) {
                return Err(damaged(path, format!("it holds `{ours}` twice")));
            }
            written.push(extract::write(&mut entry, into, ours, path)?);
        }
    }
    // The checksum is behind the last entry, and shows only when the stream is read to its end.
    io::copy(&mut members.into_inner(), &mut io::sink()).map_err(unreadable)?;
    written.sort_by_key(|(name, _)| *name != platform::ARCHIVE_LIBRARY);
    match written.first() {
        Some((name, _)) if name == platform::ARCHIVE_LIBRARY => Ok(written),
        _ => Err(damaged(path, format!("it does not hold `{}`", platform::ARCHIVE_LIBRARY))),
    }
}

/// The name under which a member is written; `None` for those that are not.
fn our_name(member: &[u8]) -> Option<&'static str> {
    let file_name = std::str::from_utf8(member).ok()?.rsplit('/').next()?;
    match platform::stem(file_name)? {
        "libtensorflow" => Some(platform::ARCHIVE_LIBRARY),
        "libtensorflow_framework" => Some(platform::FRAMEWORK_LIBRARY),
        _ => None,
    }
}
