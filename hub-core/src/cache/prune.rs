//! Removing what nobody needs: what killed downloads left, and models that nobody used for long.
//!
//! `tfhub cache prune` calls it. What a live owner holds stays, and so do names that are not ours.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::entries::last_used;
use super::leftovers::{Scraps, unchanged_for};
use super::names::{Names, Part, part_of};
use super::owner::Sight;
use super::task::Task;
use super::{Cache, files, tree};
use crate::error::{Error, Result};

/// How long what a dead owner left must have been unchanged.
const DEAD_QUIET: Duration = Duration::from_secs(3);

/// What to remove from a cache.
#[derive(Clone, Debug, Default)]
pub struct PruneOptions {
    unused_for: Option<Duration>,
    dry_run: bool,
}

impl PruneOptions {
    /// What killed downloads left, and nothing else.
    pub fn new() -> PruneOptions {
        PruneOptions::default()
    }

    /// Removes also models that nobody used for so long, as far as the file system tells.
    pub fn unused_for(mut self, time: Duration) -> PruneOptions {
        self.unused_for = Some(time);
        self
    }

    /// Only says what would be removed.
    pub fn dry_run(mut self, dry_run: bool) -> PruneOptions {
        self.dry_run = dry_run;
        self
    }
}

/// What was removed from a cache.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Pruned {
    /// The files and directories, sorted.
    pub removed: Vec<PathBuf>,
    /// The bytes that they took.
    pub freed_bytes: u64,
}

impl Cache {
    /// Removes what killed downloads left behind and, where asked, models that were not used for long.
    ///
    /// Who has a file of such a model open keeps it.
    ///
    /// # Errors
    /// [`Error::CacheUntrusted`]; [`Error::PermissionDenied`] and [`Error::Io`] where something cannot be read or
    /// removed; [`Error::Stopped`].
    pub fn prune(&self, options: &PruneOptions) -> Result<Pruned> {
        self.trust.check_root(&self.root)?;
        let mut pruned = Pruned::default();
        let listing = self.listing()?;
        let scraps = Scraps::of(&self.root, listing.iter());
        for path in scraps.dead(self, "") {
            self.stop.check("pruning the cache")?;
            pruned.remove(&path, options)?;
        }
        for key in scraps.locks() {
            self.prune_lock(&Names::with_key(&self.root, key), options, &mut pruned)?;
        }
        for name in &listing {
            if let (Some((key, Part::Entry)), Some(time)) = (part_of(name), options.unused_for) {
                self.stop.check("pruning the cache")?;
                self.prune_entry(&Names::with_key(&self.root, key), time, options, &mut pruned)?;
            }
        }
        pruned.removed.sort();
        Ok(pruned)
    }

    /// Removes a lock whose owner is dead, or has done nothing for as long as it is given.
    fn prune_lock(&self, names: &Names, options: &PruneOptions, pruned: &mut Pruned) -> Result<()> {
        let sight = Sight::of(&names.lock())?;
        let owner = sight.owner();
        let idle = match &owner {
            Some(owner) if owner.is_dead(&self.ways.host) => DEAD_QUIET.min(self.limits.lock_idle),
            _ => self.limits.lock_idle,
        };
        let download = owner.map(|owner| names.download(&owner.uid)).filter(|download| download.exists());
        let is_idle = [Some(names.lock()), download].iter().flatten().all(|path| unchanged_for(self, path, idle));
        if sight == Sight::Nothing || !is_idle {
            return Ok(());
        }
        pruned.note(&names.lock());
        if options.dry_run {
            return Ok(());
        }
        Task::new(names, &self.ways.host, self.ways.abilities).steal(&sight)
    }

    /// Removes an entry that was not used for so long, under its lock; where somebody has that, it stays.
    fn prune_entry(&self, names: &Names, time: Duration, options: &PruneOptions, pruned: &mut Pruned) -> Result<()> {
        let is_unused = || {
            let age = |used| self.ways.clock.date().duration_since(used).unwrap_or_default();
            last_used(names).is_some_and(|used| age(used) >= time)
        };
        if !is_unused() || Sight::of(&names.lock())? != Sight::Nothing {
            return Ok(());
        }
        if options.dry_run {
            names.of_entry().iter().filter(|path| path.exists()).for_each(|path| pruned.note(path));
            return Ok(());
        }
        let mut task = Task::new(names, &self.ways.host, self.ways.abilities);
        if !task.take_lock()? || !is_unused() {
            return Ok(());
        }
        pruned.note(&names.entry());
        // In one step for everybody who looks, Python included.
        let aside = task.download();
        match files::rename(&names.entry(), &aside) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            moved => moved.map_err(|error| Error::io("remove", &names.entry(), error))?,
        }
        for path in [names.manifest(), names.descriptor()] {
            pruned.remove(&path, options)?;
        }
        Ok(())
    }
}

impl Pruned {
    fn remove(&mut self, path: &Path, options: &PruneOptions) -> Result<()> {
        if std::fs::symlink_metadata(path).is_err() {
            return Ok(());
        }
        self.note(path);
        match options.dry_run {
            true => Ok(()),
            false => files::remove_all(path).map_err(|error| Error::io("remove", path, error)),
        }
    }

    fn note(&mut self, path: &Path) {
        let own = std::fs::symlink_metadata(path).map_or(0, |found| if found.is_file() { found.len() } else { 0 });
        self.freed_bytes += own + tree::size_bytes(path);
        self.removed.push(path.to_owned());
    }
}
