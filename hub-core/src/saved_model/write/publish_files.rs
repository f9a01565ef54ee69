//! Putting single files in their place: weights, which are no model of their own.
//!
//! ```text
//! parent/
//! ├── weights.safetensors
//! └── .weights.safetensors.saving.HOST.PROCESS.TASK/     what is being written; goes in any case
//! ```
//!
//! Each file appears whole. Several files of one target, as those of a checkpoint, appear one after another: the last is
//! the one that makes the others count.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::publish::{Place, Staging};
use crate::disk::files::{self, ALL_ABILITIES};
use crate::disk::sync::sync_directory;
use crate::error::{Error, Result};

/// Gives `write` a new directory for files of `target`, and then each file that it answers with its name.
///
/// # Errors
/// [`Error::SaveExists`] where one of the names is taken and not to be overwritten, [`Error::SaveRefused`] for a target
/// inside a model and for names that are directories; [`Error::Io`] and its kin from the disk; those of `write`.
pub(crate) fn publish_files(
    target: &Path,
    overwrite: bool,
    write: impl FnOnce(&Path) -> Result<Vec<(PathBuf, PathBuf)>>,
) -> Result<()> {
    let place = Place::of(target, ALL_ABILITIES)?;
    check(target, overwrite)?;
    fs::create_dir_all(&place.parent).map_err(|why| Error::io("create", &place.parent, why))?;
    place.clear_up();
    let staging = Staging::new(&place)?;
    let written = write(&staging.path)?;
    for (file, name) in &written {
        as_any_other(file, &staging.path)?;
        files::sync(file, false).map_err(|why| Error::io("sync", file, why))?;
        check(name, overwrite)?;
    }
    for (file, name) in &written {
        put(file, name, overwrite)?;
    }
    sync_directory(&place.parent)
}

/// Refuses a name that is taken.
fn check(name: &Path, overwrite: bool) -> Result<()> {
    let Ok(found) = fs::metadata(name) else { return Ok(()) };
    if !overwrite {
        return Err(Error::SaveExists { path: name.to_owned() });
    }
    if found.is_dir() {
        return Err(Error::SaveRefused { path: name.to_owned(), why: "it is a directory".into() });
    }
    Ok(())
}

fn put(file: &Path, name: &Path, overwrite: bool) -> Result<()> {
    let renamed = match overwrite {
        true => files::rename(file, name),
        false => match files::rename_new(file, name, ALL_ABILITIES) {
            // A link replaces nothing either, where a rename cannot be asked to.
            Err(why) if files::is_unsupported(&why) => files::link(file, name, ALL_ABILITIES),
            result => result,
        },
    };
    renamed.map_err(|why| match why.kind() {
        ErrorKind::AlreadyExists => Error::SaveExists { path: name.to_owned() },
        _ => Error::io("rename to", name, why),
    })
}

/// Gives a file the rights of any other that the user writes: those of the directory, without that to execute.
#[cfg(unix)]
fn as_any_other(file: &Path, directory: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let failed = |why| Error::io("change", file, why);
    let mode = fs::metadata(directory).map_err(failed)?.permissions().mode() & 0o666;
    fs::set_permissions(file, fs::Permissions::from_mode(mode | 0o200)).map_err(failed)
}

#[cfg(not(unix))]
fn as_any_other(_: &Path, _: &Path) -> Result<()> {
    Ok(())
}
