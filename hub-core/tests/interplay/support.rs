//! A cache that both sides use, and a model that comes fast or slowly.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use hub_core::progress::Silent;
use hub_core::{Hub, Settings};
use hub_fixtures::server::Script;

/// How long a test waits for something to happen.
const LIMIT: Duration = Duration::from_secs(60);

/// A cache for one test.
pub(crate) struct Place(tempfile::TempDir);

impl Place {
    pub(crate) fn new() -> Place {
        Place(tempfile::tempdir().expect("a temporary directory"))
    }

    pub(crate) fn cache(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn hub(&self) -> Hub {
        Hub::with_settings(Settings::from_env().cache_dir(self.cache()).progress(Arc::new(Silent)))
    }

    fn names(&self) -> Vec<String> {
        let names = fs::read_dir(self.cache()).expect("the cache is read").flatten();
        names.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    }

    /// Waits until somebody holds a lock.
    pub(crate) fn wait_for_lock(&self) {
        self.wait("a lock", |names| names.iter().any(|name| name.ends_with(".lock")));
    }

    /// Waits until a download has written something.
    pub(crate) fn wait_for_growth(&self) {
        self.wait("a file of a download", |names| {
            let downloads = names.iter().filter(|name| name.ends_with(".tmp"));
            downloads
                .map(|name| self.cache().join(name))
                .any(|path| fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_some()))
        });
    }

    fn wait(&self, what: &str, happened: impl Fn(&[String]) -> bool) {
        let started = Instant::now();
        while !happened(&self.names()) {
            assert!(started.elapsed() < LIMIT, "{what} does not come");
            sleep(Duration::from_millis(10));
        }
    }

    /// Asserts that nothing but entries and what belongs to them is there.
    pub(crate) fn assert_no_leftovers(&self) {
        let names = self.names();
        let leftover =
            names.iter().find(|name| name.contains(".lock") || name.contains(".tmp") || name.contains(".bad"));
        assert_eq!(leftover, None, "{names:?}");
    }
}

/// The model as an archive.
pub(crate) fn tar_gz() -> Vec<u8> {
    fs::read(hub_fixtures::folder("digits_features/digits_features.tar.gz")).expect("the fixture is there")
}

/// An answer with the model, spread over a time.
pub(crate) fn slow(duration: Duration) -> Script {
    const PIECES: u32 = 50;
    // A plain archive grows with every piece that comes.
    let mut builder = tar::Builder::new(Vec::new());
    builder.append_dir_all(".", hub_fixtures::folder("digits_features/model")).expect("the model is packed");
    let archive = builder.into_inner().expect("the archive ends");
    let mut script = Script::new().send(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", archive.len()));
    for piece in archive.chunks(archive.len().div_ceil(PIECES as usize)) {
        script = script.send(piece).wait(duration / PIECES);
    }
    script
}

/// Asserts that a directory holds the model.
pub(crate) fn assert_model(directory: &Path) {
    let model = hub_fixtures::folder("digits_features/model");
    for name in ["saved_model.pb", "variables/variables.index", "variables/variables.data-00000-of-00001"] {
        let same = fs::read(directory.join(name)).ok() == fs::read(model.join(name)).ok();
        assert!(same, "{name} of {}", directory.display());
    }
}
