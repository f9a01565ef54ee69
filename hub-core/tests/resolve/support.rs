//! What the tests share: a hub with a cache of its own, and a model as an archive.

use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use hub_core::progress::Silent;
use hub_core::{Hub, Settings};

/// A cache of its own, and the variables of an environment of its own.
pub(crate) struct Place {
    pub(crate) directory: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

impl Place {
    pub(crate) fn new() -> Place {
        Place { directory: tempfile::tempdir().expect("a temporary directory"), variables: Vec::new() }
    }

    pub(crate) fn variable(mut self, name: &str, value: impl Into<String>) -> Place {
        self.variables.push((name.into(), value.into()));
        self
    }

    pub(crate) fn cache(&self) -> PathBuf {
        self.directory.path().join("cache")
    }

    /// The settings in this place's environment, with short waits.
    pub(crate) fn settings(&self) -> Settings {
        let lookup =
            |name: &str| self.variables.iter().find(|(key, _)| key == name).map(|(_, value)| OsString::from(value));
        Settings::from_lookup(lookup).cache_dir(self.cache()).progress(Arc::new(Silent)).limits(|limits| {
            limits.retries = 1;
            limits.retry_wait = Duration::from_millis(1);
            limits.headers = Duration::from_secs(5);
        })
    }

    pub(crate) fn hub(&self) -> Hub {
        Hub::with_settings(self.settings())
    }

    /// The names in the cache, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.cache())
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}

/// The directory of a small model.
pub(crate) fn model() -> PathBuf {
    hub_fixtures::folder("add_one/model")
}

/// The files of a directory with their paths, sorted.
pub(crate) fn files(directory: &Path) -> Vec<(String, Vec<u8>)> {
    fn walk(directory: &Path, prefix: &str, found: &mut Vec<(String, Vec<u8>)>) {
        for entry in fs::read_dir(directory).expect("the directory is read").flatten() {
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            match entry.path().is_dir() {
                true => walk(&entry.path(), &format!("{name}/"), found),
                false => found.push((name, fs::read(entry.path()).expect("the file is read"))),
            }
        }
    }
    let mut found = Vec::new();
    walk(directory, "", &mut found);
    found.sort();
    found
}

/// The model as a plain archive.
pub(crate) fn tar() -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    builder.append_dir_all(".", model()).expect("the model is packed");
    builder.into_inner().expect("the archive ends")
}

/// The model as a compressed archive.
pub(crate) fn tar_gz() -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&tar()).expect("it is packed");
    encoder.finish().expect("it ends")
}

/// Asserts that a directory holds the model, byte for byte.
pub(crate) fn assert_model(directory: &Path) {
    assert_eq!(files(directory), files(&model()));
}
