//! Filling an entry: under the lock, beside its place, moved there when it is whole.
//!
//! [`Cache::obtain`] comes here when the entry is not there or is damaged. The lock only saves downloads; what makes an
//! entry safe is that it is written and synced under another name and then renamed without replacing anything. So losing
//! the lock on the way changes nothing: whoever renames first wins, and the others take that entry.

use std::io;
use std::path::PathBuf;

use super::inspect::{Look, State};
use super::manifest::{Filled, Manifest, unrecorded};
use super::names::Names;
use super::sync::WriteBehind;
use super::task::{Task, new_uid};
use super::watch::{Waited, Watch};
use super::{Cache, Lookup, descriptor, files, inspect, leftovers};
use crate::disk::sync::{sync_directory, sync_tree};
use crate::error::{Error, Result};
use crate::handle::Handle;

/// How often a download starts again because somebody took its directory away.
const TRIES: usize = 3;
/// How often publishing looks again at what is in its way.
const LOOKS: usize = 16;

/// What fills a download directory.
pub(crate) type Fill<'a> = &'a mut dyn FnMut(&std::path::Path) -> Result<Filled>;

/// One call of [`Cache::obtain`] that has to work.
pub(super) struct Work<'a> {
    pub(super) cache: &'a Cache,
    pub(super) names: &'a Names,
    pub(super) handle: &'a Handle,
}

impl Work<'_> {
    /// Waits for the lock, fills and publishes, unless somebody else did in the meantime.
    pub(super) fn run(&self, fill: Fill<'_>) -> Result<PathBuf> {
        let root = &self.cache.root;
        files::create_root(root).map_err(|error| Error::io("create", root, error))?;
        self.cache.trust.check_root(root)?;
        let handle = self.handle.to_string();
        let mut watch = Watch::new(self.cache, self.names, &handle);
        let mut tries = 0;
        loop {
            tries += 1;
            let mut task = Task::new(self.names, &self.cache.ways.host, self.cache.ways.abilities);
            if let Some(path) = self.lock_unless_filled(&mut watch, &mut task)? {
                return Ok(path);
            }
            leftovers::reclaim(self.cache, self.names, task.uid());
            let download = task.download();
            files::create_directory(&download).map_err(|error| Error::io("create", &download, error))?;
            match self.fill(&mut task, fill) {
                Err(_) if tries < TRIES && !self.cache.stop.is_stopped() && was_robbed(&task) => {}
                Err(error) => return Err(error),
                Ok(()) => return Ok(self.names.entry()),
            }
        }
    }

    /// Takes the lock; where somebody else fills the entry before, that entry is the answer.
    fn lock_unless_filled(&self, watch: &mut Watch<'_>, task: &mut Task<'_>) -> Result<Option<PathBuf>> {
        loop {
            let waited = if self.cache.ways.locks { watch.lock(task)? } else { Waited::Locked };
            match (waited, self.cache.look(self.names)?) {
                (_, Lookup::Hit(path)) => return Ok(Some(path)),
                (Waited::Locked, _) => return Ok(None),
                // By names it was whole, but its model was altered: that needs the lock.
                (Waited::Filled, _) => self.cache.ways.clock.sleep(self.cache.limits.lock_poll),
            }
        }
    }

    fn fill(&self, task: &mut Task<'_>, fill: Fill<'_>) -> Result<()> {
        self.cache.warn_of_sweeping();
        let download = task.download();
        let behind = WriteBehind::begin(&download);
        let filled = fill(&download)?;
        behind.finish()?;
        if let Some(why) = inspect::why_no_model(&download)? {
            return Err(Error::NotAModel { path: self.names.entry(), why: format!("`{}`: {why}", self.handle) });
        }
        if let Some(why) = unrecorded(&download, &filled.files) {
            return Err(Error::CacheCorrupt { path: download, why });
        }
        sync_tree(&download)?;
        self.publish(task, filled)
    }

    /// Moves the download to its place, or leaves the entry that is there by now.
    fn publish(&self, task: &Task<'_>, filled: Filled) -> Result<()> {
        let (download, entry) = (task.download(), self.names.entry());
        let text = self.descriptor(task);
        for _ in 0..LOOKS {
            self.cache.trust.check_entry(&self.cache.root, &entry)?;
            match inspect::state(self.names, Look::Model)? {
                State::Whole => return self.keep_the_other(task, &text),
                State::Empty => remove(files::remove_empty_directory, &entry)?,
                State::Damaged(why) => self.quarantine(task, &why)?,
                State::Absent => {}
            }
            self.replace(&text, &self.names.descriptor_staging(task.uid()), &self.names.descriptor())?;
            match files::rename_directory_new(&download, &entry, self.cache.ways.abilities) {
                Ok(()) => return self.settle(task, filled, text),
                Err(error) if is_in_the_way(&error) => {}
                Err(error) => return Err(Error::io("create", &entry, error)),
            }
        }
        Err(Error::CacheBusy {
            path: entry,
            owner: "somebody who keeps changing it".into(),
            waited: Default::default(),
        })
    }

    /// Another task was first with a whole entry: that one stays, as in Python.
    fn keep_the_other(&self, task: &Task<'_>, text: &str) -> Result<()> {
        tracing::warn!(entry = %self.names.entry().display(), "the model is there already");
        if self.names.descriptor().exists() {
            return Ok(());
        }
        self.replace(text, &self.names.descriptor_staging(task.uid()), &self.names.descriptor())
    }

    /// What follows the rename: the manifest, the names on the disk, the end of what was in the way.
    fn settle(&self, task: &Task<'_>, filled: Filled, descriptor: String) -> Result<()> {
        let manifest = Manifest::new(self.handle.to_string(), filled, descriptor);
        let staging = self.names.manifest_staging(task.uid());
        let settled = files::write_new(&staging, &manifest.to_bytes(), true)
            .and_then(|()| files::rename(&staging, &self.names.manifest()))
            .map_err(|error| Error::io("create", &self.names.manifest(), error))
            .and_then(|()| sync_directory(&self.cache.root));
        if let Err(error) = settled {
            self.withdraw(task);
            return Err(error);
        }
        leftovers::remove_quarantined(self.cache, self.names);
        Ok(())
    }

    /// Takes back an entry whose name may not be on the disk.
    fn withdraw(&self, task: &Task<'_>) {
        let withdrawn = files::rename(&self.names.entry(), &task.download());
        if let Err(error) = withdrawn.and_then(|()| files::remove_file(&self.names.manifest())) {
            // It is a whole entry all the same.
            tracing::warn!(%error, entry = %self.names.entry().display(), "an entry could not be taken back");
        }
    }

    /// Moves a damaged entry aside. It goes for good when its successor is in place.
    ///
    /// The move is synced before the successor's descriptor takes its place: after a power cut that would say of the
    /// damaged entry that its manifest is of an earlier download, and hide the damage.
    fn quarantine(&self, task: &Task<'_>, why: &str) -> Result<()> {
        let entry = self.names.entry();
        tracing::warn!(entry = %entry.display(), why, "replacing a damaged model");
        let first = self.names.quarantine(task.uid());
        let aside = if first.exists() { self.names.quarantine(&new_uid()) } else { first };
        match files::rename(&entry, &aside) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            moved => moved.map_err(|error| Error::io("rename", &entry, error)),
        }?;
        sync_directory(&self.cache.root)
    }

    fn descriptor(&self, task: &Task<'_>) -> String {
        let date = jiff::Timestamp::try_from(self.cache.ways.clock.date()).unwrap_or_default();
        let date = date.to_zoned(jiff::tz::TimeZone::system()).datetime();
        descriptor::text(&self.handle.to_string(), date, &task.owner.host, task.owner.process)
    }

    /// Writes a file beside its place and moves it there. The manifest is believed only with the descriptor that it names,
    /// so half a descriptor would be worse than none.
    fn replace(&self, text: &str, staging: &std::path::Path, path: &std::path::Path) -> Result<()> {
        let written = files::write_new(staging, text.as_bytes(), true).and_then(|()| files::rename(staging, path));
        written.map_err(|error| Error::io("create", path, error))
    }
}

/// Whether the download directory was removed by somebody: a thief of the lock, or who sweeps the cache.
fn was_robbed(task: &Task<'_>) -> bool {
    !task.download().exists() && !task.names.entry().exists()
}

fn is_in_the_way(error: &io::Error) -> bool {
    use io::ErrorKind::{AlreadyExists, DirectoryNotEmpty, NotADirectory};
    matches!(error.kind(), AlreadyExists | DirectoryNotEmpty | NotADirectory)
}

fn remove(how: fn(&std::path::Path) -> io::Result<()>, path: &std::path::Path) -> Result<()> {
    match how(path) {
        // Somebody has put something in: it is looked at again.
        Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(()),
        removed => removed.map_err(|error| Error::io("remove", path, error)),
    }
}
