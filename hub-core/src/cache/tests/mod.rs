//! Tests of the cache by theme; the numbers are those of the catalogue of cases and of the fault matrix.

mod calendar;
mod children;
mod damage;
mod errors;
mod figures;
mod hits;
#[cfg(unix)]
mod kills;
mod locks;
mod odd;
#[cfg(unix)]
mod power_loss;
mod pruning;
mod races;
#[cfg(unix)]
mod rights;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

use super::clock::Clock;
use super::names::Names;
use super::{Cache, Filled, records_of};
use crate::config::Settings;
use crate::disk::failpoint;
use crate::error::Result;
use crate::handle::Handle;
use crate::progress::{Event, Progress};

const HANDLE: &str = "https://example.org/models/test/1";
/// Bytes that stand for a model: the cache never parses one.
const MODEL: &[u8] = b"the bytes of a model";

/// A cache in a directory of its own, with a function that fills it and counts.
struct Place {
    root: PathBuf,
    handle: Handle,
    filled: AtomicUsize,
    notes: Arc<Notes>,
    _directory: TempDir,
}

impl Place {
    fn new() -> Place {
        let directory = tempfile::tempdir().expect("a temporary directory");
        Place {
            root: directory.path().join("cache"),
            handle: HANDLE.parse().expect("a handle"),
            filled: AtomicUsize::new(0),
            notes: Arc::new(Notes::default()),
            _directory: directory,
        }
    }

    /// A place on a file system in memory, where there is one: syncing costs nothing there.
    fn quick() -> Place {
        let mut place = Place::new();
        if let Ok(directory) = tempfile::tempdir_in("/dev/shm") {
            place.root = directory.path().join("cache");
            place._directory = directory;
        }
        place
    }

    fn settings(&self) -> Settings {
        let settings = Settings::from_lookup(|_| None).cache_dir(&self.root);
        settings.progress(Arc::clone(&self.notes) as Arc<dyn Progress>)
    }

    fn cache(&self) -> Cache {
        Cache::of(&self.settings())
    }

    fn names(&self) -> Names {
        Names::of(&self.root, &self.handle)
    }

    /// Obtains the model with a fill that succeeds.
    fn obtain(&self, cache: &Cache) -> Result<PathBuf> {
        cache.obtain(&self.handle, &mut |directory| {
            self.filled.fetch_add(1, Ordering::SeqCst);
            write_model(directory)
        })
    }

    fn times_filled(&self) -> usize {
        self.filled.load(Ordering::SeqCst)
    }

    /// The names in the cache without the entry's key, sorted.
    fn found(&self) -> Vec<String> {
        let names = fs::read_dir(&self.root).into_iter().flatten().flatten();
        let mut names: Vec<String> =
            names.map(|found| found.file_name().to_string_lossy().replace(self.names().key(), "K")).collect();
        names.sort();
        names
    }

    /// What is in the cache after a download by us, and nothing else.
    #[track_caller]
    fn holds_one_whole_entry(&self) {
        assert_eq!(self.found(), ["K", "K.descriptor.txt", "K.hub-rs.json"]);
        let found = records_of(&self.names().entry()).expect("readable");
        assert_eq!(found.len(), 4, "{found:?}");
        assert_eq!(fs::read(self.names().entry().join("saved_model.pb")).expect("readable"), MODEL);
    }
}

/// Whether the long forms of tests were asked for, by `FAULTS=full`.
fn full() -> bool {
    std::env::var_os("FAULTS").is_some_and(|value| value == "full")
}

/// Writes a small model and records it.
fn write_model(directory: &Path) -> Result<Filled> {
    fs::create_dir_all(directory.join("variables")).expect("made");
    fs::create_dir_all(directory.join("assets")).expect("made");
    fs::write(directory.join("saved_model.pb"), MODEL).expect("written");
    fs::write(directory.join("assets/vocabulary.txt"), "a\nb\n").expect("written");
    fs::write(directory.join("variables/variables.index"), "index").expect("written");
    fs::write(directory.join("variables/variables.data-00000-of-00001"), [7; 64]).expect("written");
    Ok(Filled { source: "https://example.org/test.tar.gz".into(), files: records_of(directory)?, ..Filled::default() })
}

/// A listener that keeps the notes.
#[derive(Default)]
struct Notes(Mutex<Vec<String>>);

impl Notes {
    fn all(&self) -> Vec<String> {
        self.0.lock().expect("no test panics with it").clone()
    }
}

impl Progress for Notes {
    fn event(&self, event: &Event<'_>) {
        if let Event::Note { text } = event {
            self.0.lock().expect("no test panics with it").push((*text).to_owned());
        }
    }
}

/// A clock that jumps ahead when somebody sleeps, and tells the test.
struct Leaping<F> {
    now: Mutex<Duration>,
    meanwhile: F,
}

impl<F: Fn(Duration) + Send + Sync> Clock for Leaping<F> {
    fn now(&self) -> Duration {
        *self.now.lock().expect("no test panics with it")
    }

    fn date(&self) -> SystemTime {
        SystemTime::now()
    }

    fn sleep(&self, time: Duration) {
        let now = {
            let mut now = self.now.lock().expect("no test panics with it");
            *now += time;
            *now
        };
        (self.meanwhile)(now);
    }
}

/// The cache under a clock whose every sleep calls `meanwhile` with the time.
fn leaping(mut cache: Cache, meanwhile: impl Fn(Duration) + Send + Sync + 'static) -> Cache {
    cache.ways.clock = Arc::new(Leaping { now: Mutex::new(Duration::ZERO), meanwhile });
    cache
}
