//! The cache: one directory per handle, which Python's library can use at the same time.
//!
//! ```text
//! CACHE/
//!   <sha1>/                      the model; SHA-1 of the handle's exact text
//!   <sha1>.descriptor.txt        for people: handle, time, host
//!   <sha1>.hub-rs.json           ours: every file with its size and SHA-256, and where it came from
//!   <sha1>.lock                  `host.process.task` of who is downloading
//!   <sha1>.<task>.tmp/           where that task downloads to; becomes the model
//!   <sha1>.bad.<task>/           ours: a damaged model, until its successor is in place
//!   <sha1>.lock.tmp<task>        a lock that is being made or taken away
//!   <sha1>.descriptor.txt.tmp<task>, <sha1>.hub-rs.json.tmp<task>
//! ```
//!
//! The resolvers call [`Cache::obtain`] with a function that fills a directory; this module knows neither addresses nor
//! archives. A hit takes no lock and writes nothing. What is not here: which handles are cached at all.

#![cfg_attr(not(feature = "fetch"), allow(dead_code, reason = "without downloads nothing fills the cache"))]

#[cfg(all(any(test, fuzzing), feature = "fetch"))]
mod check_records;
mod clock;
mod descriptor;
mod entries;
mod flights;
mod import;
mod inspect;
mod leftovers;
mod manifest;
mod names;
mod obtain;
mod owner;
mod prune;
mod sync;
mod task;
#[cfg(test)]
mod tests;
mod trust;
mod watch;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

#[cfg(all(any(test, fuzzing), feature = "fetch"))]
pub(crate) use check_records::check_records;
use clock::{Clock, Monotonic};
pub use entries::{CacheEntry, Difference};
use files::{ALL_ABILITIES, Abilities};
use flights::Flight;
use inspect::{Look, State};
pub use manifest::{FileRecord, Manifest, tree_digest};
pub(crate) use manifest::{Filled, records_of};
use names::Names;
pub use prune::{PruneOptions, Pruned};
use trust::Trust;

use crate::config::{DownloadLimits, Settings, absolute};
use crate::disk::{files, tree};
use crate::error::{Error, Result};
use crate::handle::Handle;
use crate::progress::{Event, Progress};
use crate::stop::StopSignal;

/// How long a thread waits for another one before it looks for itself.
const GLANCE: Duration = Duration::from_millis(100);

/// The directory in which downloaded models are kept.
///
/// ```
/// use hub_core::{Cache, Handle, Lookup};
///
/// let cache = Cache::new("no/such/directory");
/// let handle: Handle = "https://tfhub.dev/google/nnlm-en-dim50/2".parse()?;
/// assert_eq!(cache.lookup(&handle)?, Lookup::Absent);
/// # Ok::<(), hub_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Cache {
    root: PathBuf,
    /// Whether the system sweeps it.
    is_swept: bool,
    offline: bool,
    trust: Trust,
    limits: DownloadLimits,
    progress: Arc<dyn Progress>,
    stop: StopSignal,
    ways: Ways,
}

/// How the cache works with the system; tests change it.
#[derive(Clone)]
struct Ways {
    clock: Arc<dyn Clock>,
    host: String,
    abilities: Abilities,
    locks: bool,
    one_thread_per_entry: bool,
}

/// What the cache has for a handle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// The model, in this directory.
    Hit(PathBuf),
    /// Nothing.
    Absent,
    /// Something that is no whole model.
    Damaged {
        /// The entry.
        path: PathBuf,
        /// What is missing or differs.
        why: String,
    },
}

impl Cache {
    /// The cache in a directory, with everything else as the environment says.
    pub fn new(directory: impl AsRef<Path>) -> Cache {
        Cache::of(&Settings::from_env().cache_dir(directory))
    }

    /// The cache that settings name.
    pub fn of(settings: &Settings) -> Cache {
        Cache {
            root: absolute(&settings.cache),
            is_swept: settings.cache_is_swept,
            offline: settings.offline,
            trust: Trust { everybody: settings.trust_shared_cache, is_named: !settings.cache_is_swept },
            limits: settings.limits.clone(),
            progress: Arc::clone(&settings.progress),
            stop: settings.stop.clone(),
            ways: Ways {
                clock: Arc::new(Monotonic::new()),
                host: gethostname::gethostname().to_string_lossy().into_owned(),
                abilities: ALL_ABILITIES,
                locks: true,
                one_thread_per_entry: true,
            },
        }
    }

    /// The directory of the cache.
    pub fn directory(&self) -> &Path {
        &self.root
    }

    /// Looks for the model of a handle. Nothing is written and no lock is taken.
    ///
    /// # Errors
    /// [`Error::CacheUntrusted`] where somebody else could have put it there, [`Error::PermissionDenied`] and
    /// [`Error::Io`] where the cache cannot be read.
    pub fn lookup(&self, handle: &Handle) -> Result<Lookup> {
        self.look(&Names::of(&self.root, handle))
    }

    fn look(&self, names: &Names) -> Result<Lookup> {
        let path = names.entry();
        self.trust.check_root(&self.root)?;
        self.trust.check_entry(&self.root, &path)?;
        Ok(match inspect::state(names, Look::Model)? {
            State::Whole => Lookup::Hit(path),
            State::Absent => Lookup::Absent,
            State::Empty => Lookup::Damaged { path, why: "it is empty".into() },
            State::Damaged(why) => Lookup::Damaged { path, why },
        })
    }

    /// The directory of a handle's model: the one that is there, or a new one that `fill` writes.
    ///
    /// `fill` gets an empty directory and may be called again if that directory is taken from it.
    ///
    /// # Errors
    /// Those of [`Cache::lookup`] and of `fill`; [`Error::Offline`] and [`Error::CacheCorrupt`] where the model is absent
    /// or damaged and downloads are forbidden; [`Error::CacheBusy`] where somebody else takes longer than we wait;
    /// [`Error::NotAModel`] where `fill` brought none; [`Error::Stopped`].
    pub(crate) fn obtain(&self, handle: &Handle, fill: &mut dyn FnMut(&Path) -> Result<Filled>) -> Result<PathBuf> {
        let names = Names::of(&self.root, handle);
        match self.look(&names)? {
            Lookup::Hit(path) => return Ok(path),
            Lookup::Absent if self.offline => return Err(Error::Offline { handle: handle.to_string() }),
            Lookup::Damaged { path, why } if self.offline => return Err(Error::CacheCorrupt { path, why }),
            Lookup::Absent | Lookup::Damaged { .. } => {}
        }
        let work = obtain::Work { cache: self, names: &names, handle };
        if !self.ways.one_thread_per_entry {
            return work.run(fill);
        }
        let begun = self.ways.clock.now();
        loop {
            if let Some(_flight) = Flight::take(&names.entry(), GLANCE) {
                return work.run(fill);
            }
            self.stop.check(&format!("waiting for another thread to download `{handle}`"))?;
            if let Lookup::Hit(path) = self.look(&names)? {
                return Ok(path);
            }
            let waited = self.ways.clock.now().saturating_sub(begun);
            if waited >= self.limits.lock_wait {
                return Err(Error::CacheBusy { path: names.lock(), owner: "this process".into(), waited });
            }
        }
    }

    /// Says once in a process that what it downloads may soon be swept away.
    fn warn_of_sweeping(&self) {
        static SAID: AtomicBool = AtomicBool::new(false);
        if self.is_swept && !SAID.swap(true, Ordering::Relaxed) {
            let text = format!(
                "models are kept in `{}`, which the system sweeps: name a lasting directory with TFHUB_CACHE_DIR",
                self.root.display()
            );
            tracing::warn!("{text}");
            self.progress.event(&Event::Note { text: &text });
        }
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Cache").field("directory", &self.root).finish_non_exhaustive()
    }
}
