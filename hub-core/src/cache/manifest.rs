//! The manifest beside an entry: every file with its size and SHA-256, and where the model came from.
//!
//! Publishing writes it as `<sha1>.hub-rs.json`; looking an entry up compares with it, and `hub.lock` takes its digests.
//! It lies beside the entry, not inside, so that an entry is the same whoever downloaded it. Python's library writes
//! none, so an entry without one is ordinary.

use std::collections::BTreeSet;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::names::Names;
use super::{descriptor, files, tree};
use crate::digest::{self, hexadecimal};
use crate::error::{Error, Result};

/// Manifests of another form are not read.
const VERSION: u32 = 1;
/// Room for the most files that an archive may have.
const MANIFEST_BYTES: usize = 64 << 20;

/// What a download brought: each file, and where it came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Manifest {
    version: u32,
    /// The handle, without passwords.
    pub handle: String,
    /// The address that answered in the end, without passwords and signatures.
    pub source: String,
    /// The server's tag for this version of the archive.
    pub entity_tag: Option<String>,
    /// The descriptor that was written with it.
    descriptor: String,
    /// The digest of all files together, by [`tree_digest`].
    pub tree_sha256: String,
    /// The files, sorted by path.
    pub files: Vec<FileRecord>,
}

/// One file of a model.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileRecord {
    /// The path below the model's directory, its parts separated by `/`.
    pub path: String,
    /// The length.
    pub size_bytes: u64,
    /// The SHA-256, in lower-case hexadecimal digits.
    pub sha256: String,
}

/// What filling an entry brought.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filled {
    /// The address that answered in the end, redacted.
    pub(crate) source: String,
    pub(crate) entity_tag: Option<String>,
    pub(crate) files: Vec<FileRecord>,
}

/// The SHA-256 over one line per file, `<sha256>  <size>  <path>`, sorted by path: one digest for a whole model.
///
/// ```
/// // The digest of no files is that of no bytes.
/// assert!(hub_core::tree_digest(&[]).starts_with("e3b0c44298fc1c14"));
/// ```
pub fn tree_digest(files: &[FileRecord]) -> String {
    let mut sorted: Vec<&FileRecord> = files.iter().collect();
    sorted.sort_by(|one, other| one.path.cmp(&other.path));
    let mut hasher = Sha256::new();
    for file in sorted {
        hasher.update(format!("{}  {}  {}\n", file.sha256, file.size_bytes, file.path));
    }
    hexadecimal(&hasher.finalize())
}

impl Manifest {
    /// The manifest of a download that is about to be published.
    pub(super) fn new(handle: String, filled: Filled, descriptor: String) -> Manifest {
        let mut files = filled.files;
        files.sort();
        Manifest {
            version: VERSION,
            handle,
            source: filled.source,
            entity_tag: filled.entity_tag,
            descriptor,
            tree_sha256: tree_digest(&files),
            files,
        }
    }

    /// The manifest in the bytes; `None` where they hold none that can be relied on.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Manifest> {
        let manifest: Manifest = serde_json::from_slice(bytes).ok()?;
        let is_sound = manifest.version == VERSION
            && manifest.files.iter().all(|file| is_below(&file.path))
            && tree_digest(&manifest.files) == manifest.tree_sha256;
        is_sound.then_some(manifest)
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec_pretty(self).unwrap_or_default()
    }

    /// The manifest of an entry, where there is one that can be relied on.
    pub(super) fn read(names: &Names) -> Option<Manifest> {
        Manifest::from_bytes(&files::read_small(&names.manifest(), MANIFEST_BYTES).ok()?)
    }

    /// Whether nobody has downloaded the entry anew since. A swept descriptor says nothing.
    pub(super) fn is_of_the_last_download(&self, names: &Names) -> bool {
        descriptor::read(names).is_none_or(|text| text == self.descriptor)
    }

    /// The first file that is missing or has another size.
    pub(super) fn first_difference(&self, directory: &Path) -> Option<String> {
        self.files.iter().find_map(|file| file.difference(directory))
    }

    /// The record of one file.
    pub(super) fn file(&self, path: &str) -> Option<&FileRecord> {
        self.files.iter().find(|file| file.path == path)
    }
}

impl FileRecord {
    /// What is wrong with the file's name and size.
    pub(super) fn difference(&self, directory: &Path) -> Option<String> {
        match std::fs::symlink_metadata(directory.join(&self.path)) {
            Err(_) => Some(format!("`{}` is missing", self.path)),
            Ok(found) if !found.is_file() => Some(format!("`{}` is no file", self.path)),
            Ok(found) if found.len() != self.size_bytes => {
                Some(format!("`{}` has {} bytes instead of {}", self.path, found.len(), self.size_bytes))
            }
            Ok(_) => None,
        }
    }

    /// What is wrong with the file's bytes.
    pub(super) fn altered(&self, directory: &Path) -> Option<String> {
        match digest::of_file(&directory.join(&self.path)) {
            Ok(found) if found == self.sha256 => None,
            Ok(found) => Some(format!("`{}` has the digest {found} instead of {}", self.path, self.sha256)),
            Err(error) => Some(format!("`{}` cannot be read: {error}", self.path)),
        }
    }
}

/// Reads and records every file of a directory, sorted by path.
///
/// # Errors
/// [`Error::Io`] and [`Error::PermissionDenied`] where a file cannot be read; [`Error::NotAModel`] where a name is no
/// text or something is neither file nor directory.
pub(crate) fn records_of(directory: &Path) -> Result<Vec<FileRecord>> {
    let nodes = tree::walk(directory).map_err(|error| Error::io("read", directory, error))?;
    let mut records = Vec::new();
    for node in nodes.iter().filter(|node| !node.metadata.is_dir()) {
        let refused = |why: &str| Error::NotAModel { path: node.path.clone(), why: why.into() };
        let path = node.name_below(directory).ok_or_else(|| refused("its name is no text"))?;
        if !node.metadata.is_file() {
            return Err(refused("it is no plain file"));
        }
        let sha256 = digest::of_file(&node.path).map_err(|error| Error::io("read", &node.path, error))?;
        records.push(FileRecord { path, size_bytes: node.metadata.len(), sha256 });
    }
    records.sort();
    Ok(records)
}

/// How a directory that is about to be published differs from its records: files too few, too many, of another size.
pub(super) fn unrecorded(directory: &Path, records: &[FileRecord]) -> Option<String> {
    if let Some(difference) = records.iter().find_map(|file| file.difference(directory)) {
        return Some(difference);
    }
    let recorded: BTreeSet<&str> = records.iter().map(|file| file.path.as_str()).collect();
    let nodes = tree::walk(directory).ok()?;
    let files = nodes.iter().filter(|node| !node.metadata.is_dir());
    let mut names = files.map(|node| node.name_below(directory).unwrap_or_default());
    names.find(|name| !recorded.contains(name.as_str())).map(|name| format!("`{name}` is not recorded"))
}

/// Whether a path stays below the directory that it is joined to.
fn is_below(path: &str) -> bool {
    !path.is_empty() && path.split('/').all(|part| !matches!(part, "" | "." | "..") && !part.contains(['\\', '\0']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(path: &str) -> FileRecord {
        FileRecord { path: path.into(), size_bytes: 3, sha256: "ab".repeat(32) }
    }

    fn manifest(paths: &[&str]) -> Manifest {
        let files = paths.iter().map(|path| record(path)).collect();
        Manifest::new("handle".into(), Filled { files, ..Filled::default() }, "descriptor".into())
    }

    #[test]
    fn the_order_of_files_does_not_change_the_digest() {
        let one = [record("b"), record("a/c")];
        let other = [record("a/c"), record("b")];
        assert_eq!(tree_digest(&one), tree_digest(&other));
        assert_ne!(tree_digest(&one), tree_digest(&one[..1]));
    }

    #[test]
    fn a_manifest_survives_writing_and_reading() {
        let manifest = manifest(&["variables/variables.index", "saved_model.pb"]);
        assert_eq!(manifest.files[0].path, "saved_model.pb");
        assert_eq!(Manifest::from_bytes(&manifest.to_bytes()), Some(manifest));
    }

    #[test]
    fn a_manifest_that_points_outside_is_none() {
        for path in ["", "/etc/passwd", "../x", "a/../../x", "a//b", "./a", "a\\b"] {
            assert_eq!(Manifest::from_bytes(&manifest(&[path]).to_bytes()), None, "{path}");
        }
        let altered = String::from_utf8(manifest(&["a"]).to_bytes())
            .expect("JSON")
            .replace("\"size_bytes\": 3", "\"size_bytes\": 4");
        assert_eq!(Manifest::from_bytes(altered.as_bytes()), None);
    }
}
