//! Putting a saved model in its place: it is there whole, or what was there before still is.
//!
//! ```text
//! parent/
//! ├── flowers/                                     the model
//! ├── .flowers.saving.HOST.PROCESS.TASK/           the next one while it is written; then the one that it replaced
//! └── .flowers.replaced.HOST.PROCESS.TASK/         the one that is replaced, where two names cannot be exchanged at once
//! ```
//!
//! The new model is written beside its place and synced; then a rename that replaces nothing, or an exchange of the two
//! names, puts it there. Nobody who looks at any moment, or after a power cut, finds a mix. Where the file system cannot
//! exchange names, a moment without any model remains between two renames; whoever saves next puts the old one back.
//! What killed processes left is known by its name and goes with the next save to the same place.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use sha1::{Digest, Sha1};

use crate::digest::hexadecimal;
use crate::disk::files::{self, ALL_ABILITIES, Abilities};
use crate::disk::sync::{sync_directory, sync_tree};
use crate::error::{Error, Result};
use crate::process::{Owner, new_uid};

/// How often others may be faster before we give up.
const TRIES: usize = 16;

/// Longer names stand in ours as their digest: file systems take 255 bytes.
const LONGEST_NAME: usize = 100;

const SAVING: &str = "saving";
const REPLACED: &str = "replaced";

/// Fills a new directory by `write` and makes it `target`. Missing directories above it are made.
///
/// With `overwrite`, a SavedModel (or an empty directory) that is there is replaced; nothing else ever is. Of several
/// who save to one place at once, each has written a whole model; without `overwrite` the first one stays.
///
/// # Errors
/// [`Error::SaveExists`] where something is there and is not to be replaced; [`Error::SaveRefused`] for a target inside
/// another model, or that is to be replaced and is none; [`Error::PermissionDenied`], [`Error::DiskFull`] and
/// [`Error::Io`] from the disk; those of `write`. What was there is there still.
///
/// ```
/// use hub_core::Error;
/// use hub_core::saved_model::write::publish;
///
/// let directory = tempfile::tempdir().unwrap();
/// let target = directory.path().join("model");
/// let write = |staging: &std::path::Path| {
///     std::fs::write(staging.join("saved_model.pb"), "…").unwrap();
///     Ok(())
/// };
/// publish(&target, false, write)?;
/// assert!(matches!(publish(&target, false, write), Err(Error::SaveExists { .. })));
/// publish(&target, true, write)?;
/// # Ok::<(), Error>(())
/// ```
pub fn publish(target: &Path, overwrite: bool, write: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    publish_with(target, overwrite, ALL_ABILITIES, write)
}

fn publish_with(
    target: &Path,
    overwrite: bool,
    abilities: Abilities,
    write: impl FnOnce(&Path) -> Result<()>,
) -> Result<()> {
    let place = Place::of(target, abilities)?;
    place.check_existing(overwrite)?;
    fs::create_dir_all(&place.parent).map_err(|why| Error::io("create", &place.parent, why))?;
    place.clear_up();
    place.check_existing(overwrite)?;
    let staging = Staging::new(&place)?;
    write(&staging.path)?;
    sync_tree(&staging.path)?;
    place.put(&staging.path, overwrite)?;
    sync_directory(&place.parent)
}

/// Where a model is to be, and what this task calls its directories there.
pub(super) struct Place {
    target: PathBuf,
    pub(super) parent: PathBuf,
    /// What the names of all tasks' directories begin with.
    prefix: OsString,
    owner: Owner,
    abilities: Abilities,
}

impl Place {
    pub(super) fn of(target: &Path, abilities: Abilities) -> Result<Place> {
        let refuse = |why: &str| Error::SaveRefused { path: target.to_owned(), why: why.into() };
        let absolute = std::path::absolute(target).map_err(|why| Error::io("find", target, why))?;
        let target = match fs::symlink_metadata(&absolute) {
            Ok(found) if found.is_symlink() => {
                fs::canonicalize(&absolute).map_err(|_| refuse("it is a link that leads nowhere"))?
            }
            _ => absolute,
        };
        let (Some(parent), Some(name)) = (target.parent(), target.file_name()) else {
            return Err(refuse("it is no name for a directory"));
        };
        if let Some(model) = model_around(parent) {
            return Err(refuse(&format!("it is inside the model `{}`", model.display())));
        }
        let mut prefix = OsString::from(".");
        match name.len() > LONGEST_NAME {
            true => prefix.push(hexadecimal(&Sha1::digest(name.as_encoded_bytes()))),
            false => prefix.push(name),
        }
        let owner = Owner { host: host(), process: std::process::id(), uid: new_uid() };
        Ok(Place { parent: parent.to_owned(), prefix, owner, abilities, target })
    }

    /// A directory of this task.
    fn beside(&self, role: &str) -> PathBuf {
        let mut name = self.prefix.clone();
        name.push(format!(".{role}.{}", self.owner.text()));
        self.parent.join(name)
    }

    /// Refuses a target where something is that is not to be replaced, or cannot be.
    fn check_existing(&self, overwrite: bool) -> Result<()> {
        let Ok(found) = fs::symlink_metadata(&self.target) else { return Ok(()) };
        if !overwrite {
            return Err(self.exists());
        }
        let refuse = |why: &str| Err(Error::SaveRefused { path: self.target.clone(), why: why.into() });
        if !found.is_dir() {
            return refuse("it is no directory, and is not replaced by one");
        }
        let is_empty = fs::read_dir(&self.target).is_ok_and(|mut names| names.next().is_none());
        if is_empty || self.target.join(super::super::read::FILE_NAME).is_file() {
            return Ok(());
        }
        refuse("what is there is no SavedModel, and is not replaced by one")
    }

    fn exists(&self) -> Error {
        Error::SaveExists { path: self.target.clone() }
    }

    /// Gives the new model its name.
    fn put(&self, staging: &Path, overwrite: bool) -> Result<()> {
        let failed = |why| Error::io("rename to", &self.target, why);
        for _ in 0..TRIES {
            match files::rename_directory_new(staging, &self.target, self.abilities) {
                Ok(()) => return Ok(()),
                Err(why) if is_occupied(&why) => self.check_existing(overwrite)?,
                Err(why) => return Err(failed(why)),
            }
            if self.replace(staging).map_err(failed)? {
                return Ok(());
            }
        }
        Err(self.exists())
    }

    /// Puts the new model where another one is; `false` where that one has gone meanwhile, or a third come.
    fn replace(&self, staging: &Path) -> io::Result<bool> {
        match files::exchange(staging, &self.target, self.abilities) {
            Ok(()) => {
                remove(staging);
                Ok(true)
            }
            Err(why) if why.kind() == ErrorKind::NotFound && staging.exists() => Ok(false),
            Err(why) if files::is_unsupported(&why) => self.replace_in_two_steps(staging),
            Err(why) => Err(why),
        }
    }

    fn replace_in_two_steps(&self, staging: &Path) -> io::Result<bool> {
        let aside = self.beside(REPLACED);
        match files::rename(&self.target, &aside) {
            Err(why) if why.kind() == ErrorKind::NotFound => return Ok(false),
            result => result?,
        }
        match files::rename_directory_new(staging, &self.target, self.abilities) {
            Ok(()) => {
                remove(&aside);
                Ok(true)
            }
            Err(why) if is_occupied(&why) => {
                remove(&aside);
                Ok(false)
            }
            Err(why) => {
                files::rename_directory_new(&aside, &self.target, self.abilities)?;
                Err(why)
            }
        }
    }

    /// Takes away what killed processes left; a model that one of them had moved aside is put back where none is.
    pub(super) fn clear_up(&self) {
        for (path, role) in self.leftovers() {
            let put_back = role == REPLACED
                && fs::symlink_metadata(&self.target).is_err()
                && files::rename_directory_new(&path, &self.target, self.abilities).is_ok();
            if !put_back {
                remove(&path);
            }
        }
    }

    /// The directories of tasks that are dead, with what they are.
    fn leftovers(&self) -> Vec<(PathBuf, &'static str)> {
        let entries = fs::read_dir(&self.parent).into_iter().flatten().flatten();
        let of_the_dead = |name: OsString| {
            let rest = name.as_encoded_bytes().strip_prefix(self.prefix.as_encoded_bytes())?;
            let (role, owner) = str::from_utf8(rest).ok()?.strip_prefix('.')?.split_once('.')?;
            let role = [SAVING, REPLACED].into_iter().find(|known| *known == role)?;
            let path = self.parent.join(&name);
            let owner = Owner::parse(owner)?;
            (owner.is_dead(&self.owner.host) && !is_locked(&path)).then_some((path, role))
        };
        entries.filter_map(|entry| of_the_dead(entry.file_name())).collect()
    }
}

/// The directory that a new model is written in; goes when it is dropped, unless it has another name by then.
pub(super) struct Staging {
    pub(super) path: PathBuf,
    /// Held as a sign of life: a process of another container may have our number.
    _lock: Option<File>,
}

impl Staging {
    pub(super) fn new(place: &Place) -> Result<Staging> {
        let path = place.beside(SAVING);
        files::create_directory(&path).map_err(|why| Error::io("create", &path, why))?;
        let lock = File::open(&path).ok().filter(|directory| directory.try_lock().is_ok());
        Ok(Staging { path, _lock: lock })
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

/// Removes a directory of ours, or leaves it to whoever saves next.
fn remove(path: &Path) {
    if let Err(error) = files::remove_all(path) {
        tracing::warn!(%error, path = %path.display(), "something of a save is left behind");
    }
}

/// Whether somebody holds the lock of a directory that is being written. Not every file system has such locks.
fn is_locked(path: &Path) -> bool {
    let attempt = File::open(path).map(|directory| directory.try_lock());
    matches!(attempt, Ok(Err(fs::TryLockError::WouldBlock)))
}

/// Whether a rename failed because something is there.
fn is_occupied(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::DirectoryNotEmpty | ErrorKind::NotADirectory)
}

/// The model that a directory belongs to, if any; the directory itself need not be there.
fn model_around(directory: &Path) -> Option<PathBuf> {
    let there = directory.ancestors().find_map(|ancestor| fs::canonicalize(ancestor).ok())?;
    there.ancestors().find(|ancestor| ancestor.join(super::super::read::FILE_NAME).is_file()).map(Path::to_owned)
}

/// This machine's name, as far as a file's name can hold it.
fn host() -> String {
    let name = gethostname::gethostname().to_string_lossy().into_owned();
    let plain = |c: char| if c.is_ascii_alphanumeric() || ".-_".contains(c) { c } else { '_' };
    let name: String = name.chars().map(plain).take(64).collect();
    if name.is_empty() { "localhost".into() } else { name }
}

#[cfg(test)]
mod tests;
