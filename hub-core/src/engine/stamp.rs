//! The stamp that an install leaves beside the library files, and the check against it.
//!
//! `install` writes it last, into the directory that it then publishes whole; `locate` compares it at every start,
//! which costs two `stat` calls, and in full (by digest) for `tfhub doctor`.
//!
//! ```text
//! 2.21.0-linux-x86_64/
//!   libtensorflow_cc.so.2
//!   libtensorflow_framework.so.2
//!   libtensorflow.so -> libtensorflow_cc.so.2
//!   stamp.json             name, size, mtime, inode and SHA-256 of each file
//! ```

use std::fs::{self, File, Metadata};
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use crate::digest;

/// The file's name within an installed directory.
const NAME: &str = "stamp.json";

/// No stamp of ours comes near this size.
const STAMP_BYTES: u64 = 64 * 1024;

/// What an install found when it was done.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Stamp {
    files: Vec<StampedFile>,
}

#[derive(Debug, Deserialize, PartialEq, Serialize)]
struct StampedFile {
    name: String,
    size_bytes: u64,
    mtime_nanoseconds: u64,
    inode: u64,
    sha256: String,
}

/// How closely an installed directory is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// Size, time and inode, as at every start.
    Stamp,
    /// The digest of every file.
    Digest,
}

/// Writes the stamp for files whose digests are known.
pub(super) fn write(directory: &Path, digests: &[(String, String)]) -> io::Result<()> {
    let stamped = digests.iter().map(|(name, sha256)| stamp_file(directory, name, sha256));
    let stamp = Stamp { files: stamped.collect::<io::Result<_>>()? };
    let mut file = File::create(directory.join(NAME))?;
    file.write_all(&serde_json::to_vec_pretty(&stamp)?)?;
    file.sync_all()
}

/// Compares an installed directory with its stamp; the error says what differs.
///
/// A copy of the directory (a restored backup, an image layer) has other inodes and times: it is then judged by
/// digest, and stamped anew if it is whole.
pub(super) fn check(directory: &Path, depth: Depth) -> Result<(), String> {
    let stamp = read(directory)?;
    let mut moved = false;
    for file in &stamp.files {
        let found = stamp_file(directory, &file.name, &file.sha256)
            .map_err(|error| format!("`{}` cannot be read: {error}", file.name))?;
        if found.size_bytes != file.size_bytes {
            return Err(format!("`{}` has {} bytes, not {}", file.name, found.size_bytes, file.size_bytes));
        }
        moved |= found != *file;
        if found != *file || depth == Depth::Digest {
            check_digest(directory, file)?;
        }
    }
    if moved {
        // Only the speed of the next start depends on this; the directory may be read-only.
        let digests: Vec<_> = stamp.files.iter().map(|file| (file.name.clone(), file.sha256.clone())).collect();
        let _ = write(directory, &digests);
    }
    Ok(())
}

fn check_digest(directory: &Path, file: &StampedFile) -> Result<(), String> {
    let found = digest::of_file(&directory.join(&file.name)).map_err(|error| format!("`{}`: {error}", file.name))?;
    if found != file.sha256 {
        return Err(format!("`{}` has the SHA-256 {found}, not {}", file.name, file.sha256));
    }
    Ok(())
}

fn read(directory: &Path) -> Result<Stamp, String> {
    let mut text = Vec::new();
    let read = File::open(directory.join(NAME)).and_then(|file| file.take(STAMP_BYTES).read_to_end(&mut text));
    read.map_err(|error| format!("its stamp cannot be read: {error}"))?;
    let stamp: Stamp = serde_json::from_slice(&text).map_err(|error| format!("its stamp is damaged: {error}"))?;
    let plain = |file: &StampedFile| !file.name.is_empty() && !file.name.contains(['/', '\\', '\0']);
    if stamp.files.is_empty() || !stamp.files.iter().all(plain) {
        return Err("its stamp is damaged: it names no plain files".into());
    }
    Ok(stamp)
}

fn stamp_file(directory: &Path, name: &str, sha256: &str) -> io::Result<StampedFile> {
    let metadata = fs::symlink_metadata(directory.join(name))?;
    if !metadata.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is no regular file"));
    }
    let modified = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(StampedFile {
        name: name.into(),
        size_bytes: metadata.len(),
        mtime_nanoseconds: u64::try_from(modified.as_nanos()).unwrap_or(u64::MAX),
        inode: inode(&metadata),
        sha256: sha256.into(),
    })
}

#[cfg(unix)]
fn inode(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn inode(_: &Metadata) -> u64 {
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn installed() -> tempfile::TempDir {
        let directory = tempfile::tempdir().expect("a temporary directory");
        fs::write(directory.path().join("library"), b"abc").expect("a file is written");
        let sha256 = digest::of_file(&directory.path().join("library")).expect("the file is read");
        write(directory.path(), &[("library".into(), sha256)]).expect("the stamp is written");
        directory
    }

    #[test]
    fn an_untouched_directory_passes() {
        let directory = installed();
        check(directory.path(), Depth::Stamp).expect("nothing changed");
        check(directory.path(), Depth::Digest).expect("nothing changed");
    }

    #[test]
    fn other_bytes_are_told_at_once() {
        let directory = installed();
        fs::write(directory.path().join("library"), b"abd").expect("a file is written");
        let why = check(directory.path(), Depth::Stamp).expect_err("the file changed");
        assert!(why.contains("SHA-256"), "{why}");
        fs::write(directory.path().join("library"), b"ab").expect("a file is written");
        let why = check(directory.path(), Depth::Stamp).expect_err("the file is shorter");
        assert!(why.contains("2 bytes, not 3"), "{why}");
    }

    #[test]
    fn a_copy_is_judged_by_digest_and_stamped_anew() {
        let directory = installed();
        let library = directory.path().join("library");
        fs::remove_file(&library).expect("the file is removed");
        fs::write(&library, b"abc").expect("the file is written again");
        check(directory.path(), Depth::Stamp).expect("the bytes are the same");
        let stamp = read(directory.path()).expect("the stamp is there");
        assert_eq!(stamp.files[0], stamp_file(directory.path(), "library", &stamp.files[0].sha256).expect("a file"));
    }

    #[test]
    fn damaged_stamps_are_errors() {
        let directory = installed();
        for text in ["", "{}", "{\"files\":[]}", "[1]"] {
            fs::write(directory.path().join(NAME), text).expect("a file is written");
            assert!(check(directory.path(), Depth::Stamp).is_err(), "{text}");
        }
    }
}
