//! What tasks left behind that were killed, and when it may go.
//!
//! Filling an entry reclaims what is left of that entry; pruning asks for the whole cache. A part that names a task goes
//! when the task's owner ran on this machine and is dead, or when it belongs to no lock and has not changed for twice the
//! time that an idle lock is given. What a live owner holds stays, and so does every name that is not ours.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::names::{Names, Part, part_of};
use super::owner::{Owner, Sight};
use super::{Cache, files, tree};

/// How long what the dead owner of a lock left must have been unchanged.
const DEAD_QUIET: Duration = Duration::from_secs(3);

/// How long a lock on its way may be without its text: writing it takes no time.
const UNWRITTEN: Duration = Duration::from_secs(60);

/// The parts of tasks in a cache, without the locks.
pub(super) struct Scraps {
    /// Key, name of the task, path; sorted.
    parts: BTreeSet<(String, String, PathBuf)>,
    /// The owners that texts of locks on the way name, with their keys.
    owners: Vec<(String, Owner)>,
    locks: BTreeSet<String>,
}

impl Scraps {
    /// The parts of tasks among the names in a cache.
    pub(super) fn of<'n>(root: &Path, names: impl Iterator<Item = &'n OsString>) -> Scraps {
        let mut scraps = Scraps { parts: BTreeSet::new(), owners: Vec::new(), locks: BTreeSet::new() };
        for name in names {
            let Some((key, part)) = part_of(name) else { continue };
            match part {
                Part::Entry | Part::Descriptor | Part::Manifest => {}
                Part::Lock => {
                    scraps.locks.insert(key.to_owned());
                }
                Part::LockStaging(uid) => {
                    let owner = Sight::of(&root.join(name)).ok().and_then(|sight| sight.owner());
                    scraps.owners.extend(owner.map(|owner| (key.to_owned(), owner)));
                    scraps.parts.insert((key.to_owned(), uid.to_owned(), root.join(name)));
                }
                Part::Download(uid) | Part::Quarantine(uid) | Part::Staging(uid) => {
                    scraps.parts.insert((key.to_owned(), uid.to_owned(), root.join(name)));
                }
            }
        }
        scraps
    }

    /// The keys that have a lock.
    pub(super) fn locks(&self) -> impl Iterator<Item = &String> {
        self.locks.iter()
    }

    /// What may go, but for what belongs to the task `except`.
    pub(super) fn dead(&self, cache: &Cache, except: &str) -> Vec<PathBuf> {
        let is_dead = |(key, uid, path): &&(String, String, PathBuf)| {
            uid != except && self.may_go(cache, &Names::with_key(&cache.root, key), uid, path)
        };
        self.parts.iter().filter(is_dead).map(|(_, _, path)| path.clone()).collect()
    }

    fn may_go(&self, cache: &Cache, names: &Names, uid: &str, path: &Path) -> bool {
        let is_dead = |owner: &Owner| owner.is_dead(&cache.ways.host);
        if matches!(path.file_name().and_then(part_of), Some((_, Part::LockStaging(_)))) {
            // A lock that was moved aside has a name of its own, and the text of its owner.
            return match Sight::of(path).ok().and_then(|sight| sight.owner()) {
                Some(owner) => is_dead(&owner) || unchanged_for(cache, path, 2 * cache.limits.lock_idle),
                None => unchanged_for(cache, path, UNWRITTEN),
            };
        }
        if self.owners.iter().any(|(key, owner)| key == names.key() && owner.uid == uid && is_dead(owner)) {
            return true;
        }
        match Sight::of(&names.lock()).ok().and_then(|sight| sight.owner()).filter(|holder| holder.uid == uid) {
            Some(holder) => is_dead(&holder) && unchanged_for(cache, path, DEAD_QUIET.min(cache.limits.lock_idle)),
            None => unchanged_for(cache, path, 2 * cache.limits.lock_idle),
        }
    }
}

/// Removes what is left of an entry's earlier tasks, but for quarantined entries; our own task is `except`.
pub(super) fn reclaim(cache: &Cache, names: &Names, except: &str) {
    let found = found_of(cache, names);
    for path in Scraps::of(&cache.root, found.iter()).dead(cache, except) {
        let name = path.file_name().unwrap_or_default();
        if matches!(part_of(name), Some((_, Part::Quarantine(_)))) {
            continue;
        }
        if let Err(error) = files::remove_all(&path) {
            tracing::warn!(%error, path = %path.display(), "something of an earlier download is left behind");
        }
    }
}

/// Removes the quarantined predecessors of an entry that is in place.
pub(super) fn remove_quarantined(cache: &Cache, names: &Names) {
    for name in found_of(cache, names) {
        if matches!(part_of(&name), Some((_, Part::Quarantine(_)))) {
            let path = cache.root.join(&name);
            if let Err(error) = files::remove_all(&path).or_else(|_| files::remove_all(&path)) {
                tracing::warn!(%error, path = %path.display(), "a damaged model is left behind");
            }
        }
    }
}

/// The names in the cache that belong to an entry.
fn found_of(cache: &Cache, names: &Names) -> Vec<OsString> {
    let listing = std::fs::read_dir(&cache.root).into_iter().flatten().flatten();
    let mine = |name: &OsString| name.to_str().is_some_and(|name| name.starts_with(names.key()));
    listing.map(|found| found.file_name()).filter(mine).collect()
}

/// Whether nothing at or below a path has changed for so long. A time that lies ahead counts as now.
pub(super) fn unchanged_for(cache: &Cache, path: &Path, time: Duration) -> bool {
    let age = |changed| cache.ways.clock.date().duration_since(changed).unwrap_or_default();
    tree::changed(path).is_some_and(|changed| age(changed) >= time)
}
