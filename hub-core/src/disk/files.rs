//! The operations on files that safety rests on, each with a place where a test makes it fail.
//!
//! The cache's locks, publishing and pruning call them, and so does the saving of models. All of them leave errors to the caller as the system gave them; what they
//! mean is decided there.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

/// What the file system can do; tests switch the better ways off.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Abilities {
    /// Hard links.
    pub(crate) link: bool,
    /// Renaming that fails where the target exists.
    pub(crate) rename_new: bool,
    /// Renaming that gives each of two the other's name.
    pub(crate) exchange: bool,
}

/// Everything, until the file system says otherwise.
pub(crate) const ALL_ABILITIES: Abilities = Abilities { link: true, rename_new: true, exchange: true };

/// Gives a file a further name; an existing one is left alone and an error.
pub(crate) fn link(from: &Path, to: &Path, abilities: Abilities) -> io::Result<()> {
    step("link", from)?;
    if abilities.link { fs::hard_link(from, to) } else { Err(unsupported()) }
}

/// Renames; an existing target is left alone and an error.
pub(crate) fn rename_new(from: &Path, to: &Path, abilities: Abilities) -> io::Result<()> {
    step("rename", from)?;
    if abilities.rename_new { system_rename_new(from, to) } else { Err(unsupported()) }
}

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn system_rename_new(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE)?)
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn system_rename_new(_: &Path, _: &Path) -> io::Result<()> {
    Err(unsupported())
}

/// Renames a directory; one that exists and holds something is left alone and an error. An empty one may give way.
pub(crate) fn rename_directory_new(from: &Path, to: &Path, abilities: Abilities) -> io::Result<()> {
    match rename_new(from, to, abilities) {
        // A plain rename of a directory replaces nothing but an empty directory.
        Err(error) if is_unsupported(&error) => rename(from, to),
        result => result,
    }
}

/// Gives each of two the other's name, at once for every observer.
pub(crate) fn exchange(one: &Path, other: &Path, abilities: Abilities) -> io::Result<()> {
    step("exchange", one)?;
    if abilities.exchange { system_exchange(one, other) } else { Err(unsupported()) }
}

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn system_exchange(one: &Path, other: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn system_exchange(_: &Path, _: &Path) -> io::Result<()> {
    Err(unsupported())
}

/// Renames; a file of the new name is replaced.
pub(crate) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    step("rename", from)?;
    fs::rename(from, to)
}

/// Writes a new file in one go; an existing one is left alone and an error.
pub(crate) fn write_new(path: &Path, bytes: &[u8], sync: bool) -> io::Result<()> {
    step("create", path)?;
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    let written = step("write", path).and_then(|()| file.write_all(bytes)).and_then(|()| match sync {
        true => step("sync", path).and_then(|()| file.sync_all()),
        false => Ok(()),
    });
    if written.is_err() {
        // Half a file of ours is nobody's use.
        let _ = fs::remove_file(path);
    }
    written
}

/// Reads a small file: nothing is followed, nothing waited for, and not more than `limit` bytes are read.
///
/// What is no plain file is [`io::ErrorKind::InvalidInput`], what is longer [`io::ErrorKind::FileTooLarge`].
pub(crate) fn read_small(path: &Path, limit: usize) -> io::Result<Vec<u8>> {
    step("read", path)?;
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(io::Error::from(io::ErrorKind::InvalidInput));
    }
    let file = open_unfollowed(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::from(io::ErrorKind::InvalidInput));
    }
    let mut bytes = Vec::new();
    file.take(limit as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > limit { Err(io::Error::from(io::ErrorKind::FileTooLarge)) } else { Ok(bytes) }
}

#[cfg(unix)]
fn open_unfollowed(path: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags, open};
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    match open(path, flags, Mode::empty()) {
        Ok(file) => Ok(File::from(file)),
        // It has become a link since.
        Err(rustix::io::Errno::LOOP) => Err(io::Error::from(io::ErrorKind::InvalidInput)),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(unix))]
fn open_unfollowed(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// Makes a directory that its owner alone can change.
pub(crate) fn create_directory(path: &Path) -> io::Result<()> {
    step("create", path)?;
    create_with_mode(path, 0o755)
}

/// Makes the cache itself, and directories above it; only its owner may look into it.
pub(crate) fn create_root(path: &Path) -> io::Result<()> {
    step("create", path)?;
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    match create_with_mode(path, 0o700) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        result => result,
    }
}

#[cfg(unix)]
fn create_with_mode(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().mode(mode).create(path)
}

#[cfg(not(unix))]
fn create_with_mode(path: &Path, _: u32) -> io::Result<()> {
    fs::create_dir(path)
}

/// Removes a file, or a link itself; one that is gone already is fine.
pub(crate) fn remove_file(path: &Path) -> io::Result<()> {
    step("remove", path)?;
    absent_is_fine(fs::remove_file(path))
}

/// Removes a directory that holds nothing; one that is gone already is fine.
pub(crate) fn remove_empty_directory(path: &Path) -> io::Result<()> {
    step("remove", path)?;
    absent_is_fine(fs::remove_dir(path))
}

/// Removes whatever is there, without following links; nothing there is fine.
///
/// A directory may have been an entry that was moved aside. Should the power fail, it may stand under its old name again
/// and must then be whole: so the move is synced before anything in it goes.
pub(crate) fn remove_all(path: &Path) -> io::Result<()> {
    step("remove", path)?;
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => {
            path.parent().map_or(Ok(()), |parent| absent_is_fine(sync(parent, true)))?;
            absent_is_fine(remove_tree(path))
        }
        Ok(_) => absent_is_fine(fs::remove_file(path)),
        Err(error) => absent_is_fine(Err(error)),
    }
}

/// Somebody may still be writing or removing inside: a few tries settle it.
fn remove_tree(path: &Path) -> io::Result<()> {
    for _ in 0..4 {
        match fs::remove_dir_all(path) {
            Err(error) if matches!(error.kind(), io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::NotFound) => {
                if !path.exists() {
                    return Ok(());
                }
            }
            result => return result,
        }
    }
    fs::remove_dir_all(path)
}

/// Waits until the bytes of a file, or the names in a directory, are on the disk.
pub(crate) fn sync(path: &Path, is_directory: bool) -> io::Result<()> {
    step("sync", path)?;
    if is_directory && !cfg!(unix) {
        return Ok(());
    }
    match File::open(path)?.sync_all() {
        // Some file systems of user space and of the network have no such thing for directories.
        Err(error) if is_directory && is_unsupported(&error) => Ok(()),
        result => result,
    }
}

/// Whether the file system lacks the operation, as opposed to having tried it.
pub(crate) fn is_unsupported(error: &io::Error) -> bool {
    #[cfg(unix)]
    {
        use rustix::io::Errno;
        let unsupported = [Errno::PERM, Errno::NOSYS, Errno::INVAL, Errno::OPNOTSUPP, Errno::NOTSUP, Errno::MLINK];
        if Errno::from_io_error(error).is_some_and(|errno| unsupported.contains(&errno)) {
            return true;
        }
    }
    error.kind() == io::ErrorKind::Unsupported
}

fn unsupported() -> io::Error {
    io::Error::from(io::ErrorKind::Unsupported)
}

fn absent_is_fine(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

#[cfg(not(test))]
fn step(_: &'static str, _: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
use super::failpoint::step;
