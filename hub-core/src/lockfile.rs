//! `hub.lock`: which bytes a handle stands for, so that every machine has the same.
//!
//! `Hub::lock` fills it, the hub and its resolvers compare with it, `model!` reads the descriptions. No model is looked at here. It is JSON, meant to be committed beside the program:
//!
//! ```text
//! {
//!   "version": 1,
//!   "models": {
//!     "https://tfhub.dev/google/nnlm-en-dim50/2": {
//!       "sha256": "9f2c…",          over the lines `<sha256>  <size>  <path>` of all files, sorted by path
//!       "files": 6,
//!       "size_bytes": 193456123,
//!       "description": { … }        what `tfhub show --json` prints, without the audit
//!     }
//!   }
//! }
//! ```

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::handle::Handle;
use crate::saved_model::Description;

/// The one version of the format.
const VERSION: u32 = 1;

/// Descriptions are long, and still no lock file is as large as this.
const FILE_BYTES: u64 = 256 << 20;

/// The handles that are locked, and what each stands for.
#[derive(Clone, Debug, PartialEq)]
pub struct Lockfile {
    path: PathBuf,
    models: BTreeMap<String, LockedModel>,
}

/// What a locked handle stands for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LockedModel {
    /// The SHA-256 over the lines `<sha256>  <size>  <path>` of all files, sorted by path, in hexadecimal.
    pub sha256: String,
    /// How many files it has.
    pub files: u64,
    /// How many bytes they have together.
    pub size_bytes: u64,
    /// What the model is, as `tfhub show --json` prints it, without the audit; null where it could not be described.
    #[serde(default)]
    pub description: serde_json::Value,
}

/// The file's content.
#[derive(Serialize, Deserialize)]
struct Content {
    version: u32,
    models: BTreeMap<String, LockedModel>,
}

impl LockedModel {
    /// The recorded description; `None` where the model could not be described.
    ///
    /// # Errors
    /// [`Error::ModelParse`] where another version of this crate has recorded it.
    pub fn described(&self) -> Result<Option<Description>> {
        if self.description.is_null() { Ok(None) } else { Description::from_json(&self.description).map(Some) }
    }

    /// Whether the record is of a model that is described so.
    pub fn describes(&self, description: &Description) -> bool {
        serde_json::to_value(description).is_ok_and(|description| description == self.description)
    }
}

impl Lockfile {
    /// A lock file without entries, to be written to a path.
    pub fn new(path: impl AsRef<Path>) -> Lockfile {
        Lockfile { path: path.as_ref().to_owned(), models: BTreeMap::new() }
    }

    /// Reads a lock file.
    ///
    /// # Errors
    /// Where it cannot be read or is none.
    pub fn read(path: impl AsRef<Path>) -> Result<Lockfile> {
        let path = path.as_ref();
        let failed = |error| Error::io("read", path, error);
        let mut text = Vec::new();
        File::open(path).and_then(|file| file.take(FILE_BYTES).read_to_end(&mut text)).map_err(failed)?;
        let wrong = |why: String| Error::ModelParse { path: path.to_owned(), why };
        let content: Content =
            serde_json::from_slice(&text).map_err(|error| wrong(format!("it is no lock file: {error}")))?;
        match content.version {
            VERSION => Ok(Lockfile { path: path.to_owned(), models: content.models }),
            other => Err(wrong(format!("its version is {other}, expected {VERSION}"))),
        }
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// Where the directory cannot be written.
    pub fn write(&self) -> Result<()> {
        let failed = |error| Error::io("write", &self.path, error);
        let content = Content { version: VERSION, models: self.models.clone() };
        let mut text = serde_json::to_vec_pretty(&content).map_err(|error| failed(error.into()))?;
        text.push(b'\n');
        let mut name = self.path.as_os_str().to_owned();
        name.push(format!(".tmp{}", uuid::Uuid::new_v4().simple()));
        let staged = PathBuf::from(name);
        let written = File::create_new(&staged)
            .and_then(|mut file| file.write_all(&text).and_then(|()| file.sync_all()))
            .and_then(|()| fs::rename(&staged, &self.path));
        written.map_err(|error| {
            let _ = fs::remove_file(&staged);
            failed(error)
        })
    }

    /// Where the file lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What a handle stands for.
    pub fn get(&self, handle: &Handle) -> Option<&LockedModel> {
        self.models.get(&handle.to_string())
    }

    /// Locks a handle to what it stands for.
    pub fn insert(&mut self, handle: &Handle, model: LockedModel) {
        self.models.insert(handle.to_string(), model);
    }

    /// The locked handles, without passwords, sorted.
    pub fn handles(&self) -> impl Iterator<Item = &str> {
        self.models.keys().map(String::as_str)
    }

    /// Compares what a handle stands for with what came.
    ///
    /// # Errors
    /// [`Error::NotLocked`] for handles that are not in the file, [`Error::ChecksumMismatch`] for other bytes.
    pub fn check(&self, handle: &Handle, sha256: &str) -> Result<()> {
        let Some(locked) = self.get(handle) else {
            return Err(Error::NotLocked { handle: handle.to_string(), lock_file: self.path.clone() });
        };
        if locked.sha256.eq_ignore_ascii_case(sha256) {
            return Ok(());
        }
        Err(Error::ChecksumMismatch {
            what: handle.to_string(),
            algorithm: "SHA-256",
            expected: locked.sha256.clone(),
            found: sha256.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model() -> LockedModel {
        LockedModel { sha256: "ab".repeat(32), files: 2, size_bytes: 10, description: serde_json::Value::Null }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let mut lockfile = Lockfile::new(directory.path().join("hub.lock"));
        let handle: Handle = "https://tfhub.dev/google/nnlm-en-dim50/2".parse().expect("a handle");
        lockfile.insert(&handle, model());
        lockfile.write().expect("it is written");
        assert_eq!(Lockfile::read(lockfile.path()).expect("it is read"), lockfile);
        let names: Vec<_> = fs::read_dir(directory.path()).expect("it is read").flatten().collect();
        assert_eq!(names.len(), 1, "{names:?}");
    }

    #[test]
    fn other_bytes_and_other_handles_are_refused() {
        let mut lockfile = Lockfile::new("hub.lock");
        let handle: Handle = "https://tfhub.dev/google/nnlm-en-dim50/2".parse().expect("a handle");
        assert!(matches!(lockfile.check(&handle, "ab"), Err(Error::NotLocked { .. })));
        lockfile.insert(&handle, model());
        lockfile.check(&handle, &"AB".repeat(32)).expect("the case of digits does not matter");
        let error = lockfile.check(&handle, &"cd".repeat(32)).expect_err("other bytes");
        assert!(
            matches!(&error, Error::ChecksumMismatch { expected, .. } if *expected == "ab".repeat(32)),
            "{error:?}"
        );
    }

    #[test]
    fn damaged_lock_files_are_errors() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("hub.lock");
        for text in ["", "{}", r#"{"version": 2, "models": {}}"#, r#"{"version": 1, "models": {"a": {}}}"#] {
            fs::write(&path, text).expect("it is written");
            assert!(matches!(Lockfile::read(&path), Err(Error::ModelParse { .. })), "{text}");
        }
    }
}
