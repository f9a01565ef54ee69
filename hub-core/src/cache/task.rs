//! One try to fill an entry: its name, its lock, and what must not be left behind.
//!
//! Obtaining an entry makes one; pruning makes one for its lock. Dropping a task, also in a panic, removes its download
//! directory and its staging files and gives the lock back if it still is ours.

use std::io;
use std::path::{Path, PathBuf};

use super::files::{self, Abilities};
use super::names::Names;
use super::owner::{Owner, Sight};
use crate::error::{Error, Result};
pub(super) use crate::process::new_uid;

/// A task with the names of what belongs to it.
pub(super) struct Task<'a> {
    pub(super) names: &'a Names,
    pub(super) owner: Owner,
    abilities: Abilities,
    has_lock: bool,
}

impl<'a> Task<'a> {
    pub(super) fn new(names: &'a Names, host: &str, abilities: Abilities) -> Task<'a> {
        let owner = Owner { host: host.to_owned(), process: std::process::id(), uid: new_uid() };
        Task { names, owner, abilities, has_lock: false }
    }

    pub(super) fn uid(&self) -> &str {
        &self.owner.uid
    }

    /// Where this task downloads to.
    pub(super) fn download(&self) -> PathBuf {
        self.names.download(self.uid())
    }

    /// Tries to take the lock; `false` where somebody else has it.
    ///
    /// Python renames over a lock that it did not see, so the lock is ours only if our text is in it afterwards.
    pub(super) fn take_lock(&mut self) -> Result<bool> {
        let lock = self.names.lock();
        // From here on the lock may be ours, whatever the answers are.
        self.has_lock = true;
        let created = match self.create_lock(&lock) {
            Ok(()) => true,
            // Gone is the staging file, if somebody on another machine of our name took us for dead.
            Err(error) if error.kind() == io::ErrorKind::NotFound && self.names.root().exists() => false,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => false,
            Err(error) => return Err(Error::io("create", &lock, error)),
        };
        match Sight::of(&lock)? {
            Sight::Text(text) if text == self.owner.text() => {}
            Sight::Foreign { .. } if created => return Err(Error::PermissionDenied { operation: "read", path: lock }),
            _ => self.has_lock = false,
        }
        Ok(self.has_lock)
    }

    /// By a hard link of a file that holds the text already; where there are none by a rename that replaces nothing;
    /// where there is none either by creating the lock and writing it in one go.
    fn create_lock(&self, lock: &Path) -> io::Result<()> {
        let text = self.owner.text();
        let staging = self.names.lock_staging(self.uid());
        files::write_new(&staging, text.as_bytes(), false)?;
        let linked = match files::link(&staging, lock, self.abilities) {
            Err(error) if files::is_unsupported(&error) => files::rename_new(&staging, lock, self.abilities),
            linked => linked,
        };
        files::remove_file(&staging)?;
        match linked {
            Err(error) if files::is_unsupported(&error) => files::write_new(lock, text.as_bytes(), false),
            linked => linked,
        }
    }

    /// Removes a lock that was found to be abandoned, and what its owner left, if it was on this machine and is dead.
    ///
    /// The lock is moved aside first and looked at again: should it be another one by now, it is put back.
    pub(super) fn steal(&self, abandoned: &Sight) -> Result<()> {
        let lock = self.names.lock();
        let aside = self.names.lock_staging(self.uid());
        match files::rename(&lock, &aside) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            moved => moved.map_err(|error| Error::io("remove", &lock, error))?,
        }
        if Sight::of(&aside)? != *abandoned {
            return self.put_back(&aside, &lock);
        }
        if let Some(owner) = abandoned.owner().filter(|owner| owner.is_dead(&self.owner.host)) {
            self.names.of_task(&owner.uid).iter().try_for_each(|path| remove(path))?;
        }
        remove(&aside)
    }

    fn put_back(&self, aside: &Path, lock: &Path) -> Result<()> {
        let linked = match files::link(aside, lock, self.abilities) {
            Err(error) if files::is_unsupported(&error) => files::rename_new(aside, lock, self.abilities),
            linked => linked,
        };
        match linked {
            // Gone already, or there is a lock again: then both owners will publish, and one of them first.
            Err(error) if matches!(error.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::NotFound) => {}
            Err(error) if files::is_unsupported(&error) => {}
            linked => linked.map_err(|error| Error::io("create", lock, error))?,
        }
        remove(aside)
    }

    /// Removes everything of this task; the first thing that cannot be removed is an error.
    fn clean_up(&mut self) -> Result<()> {
        let of_task = self.names.of_task(self.uid());
        // A quarantined entry goes when its successor is in place, and not with the task.
        let quarantine = self.names.quarantine(self.uid());
        let mut cleaned = Ok(());
        for path in of_task.iter().filter(|path| **path != quarantine) {
            cleaned = cleaned.and(remove(path));
        }
        cleaned.and(self.release())
    }

    fn release(&mut self) -> Result<()> {
        if !self.has_lock {
            return Ok(());
        }
        let lock = self.names.lock();
        match Sight::of(&lock)? {
            Sight::Text(text) if text == self.owner.text() => {
                files::remove_file(&lock).map_err(|error| Error::io("remove", &lock, error))?;
            }
            Sight::Foreign { .. } => return Err(Error::PermissionDenied { operation: "read", path: lock }),
            Sight::Nothing | Sight::Text(_) => {}
        }
        self.has_lock = false;
        Ok(())
    }
}

impl Drop for Task<'_> {
    fn drop(&mut self) {
        // Where it failed the first time, the second may do.
        if let Err(error) = self.clean_up().or_else(|_| self.clean_up()) {
            tracing::warn!(%error, "something of a download is left behind");
        }
    }
}

fn remove(path: &Path) -> Result<()> {
    files::remove_all(path).map_err(|error| Error::io("remove", path, error))
}
