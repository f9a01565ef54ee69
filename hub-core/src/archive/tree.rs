//! The directory that an archive is unpacked into: new files and directories below it, and nothing else.
//!
//! `unpacking` writes through it. Every step goes from an open directory to a name in it and follows no link, so that
//! not even a link that somebody plants meanwhile leads out. Modes are the system's usual ones, less the umask.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// An open directory and where it lies.
pub(super) struct Tree {
    root: PathBuf,
    open: platform::Directory,
    /// The directory that was used last, since files of one directory come in a row.
    last: Option<(String, platform::Directory)>,
}

impl Tree {
    /// Opens the directory that is written into.
    pub(super) fn open(root: &Path) -> Result<Tree> {
        let open = platform::Directory::open(root).map_err(|error| Error::io("open", root, error))?;
        Ok(Tree { root: root.to_owned(), open, last: None })
    }

    /// Makes a directory whose parents are there.
    pub(super) fn make_directory(&mut self, path: &str) -> Result<()> {
        self.within(path, platform::Directory::make)
    }

    /// Makes an empty file whose parents are there, and opens it to be written.
    pub(super) fn make_file(&mut self, path: &str) -> Result<File> {
        self.within(path, platform::Directory::create)
    }

    /// Where a path lies, for messages.
    pub(super) fn place(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// Does something with the last part of a path, in the directory of the parts before it.
    fn within<T>(&mut self, path: &str, act: impl Fn(&platform::Directory, &str) -> io::Result<T>) -> Result<T> {
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
        let done = self.parent(parent).and_then(|directory| act(directory, name));
        done.map_err(|error| Error::io("create", &self.place(path), error))
    }

    fn parent(&mut self, parent: &str) -> io::Result<&platform::Directory> {
        if parent.is_empty() {
            return Ok(&self.open);
        }
        if self.last.as_ref().is_none_or(|(path, _)| path != parent) {
            let mut parts = parent.split('/');
            let first = self.open.enter(parts.next().unwrap_or_default())?;
            self.last = Some((parent.to_owned(), parts.try_fold(first, |directory, part| directory.enter(part))?));
        }
        Ok(self.last.as_ref().map_or(&self.open, |(_, directory)| directory))
    }
}

#[cfg(unix)]
mod platform {
    //! Directories as open descriptors.

    use std::fs::File;
    use std::io;
    use std::os::fd::OwnedFd;
    use std::path::Path;

    use rustix::fs::{CWD, Mode, OFlags, mkdirat, openat};

    const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
    const NEW_FILE: OFlags =
        OFlags::WRONLY.union(OFlags::CREATE).union(OFlags::EXCL).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

    pub(super) struct Directory(OwnedFd);

    impl Directory {
        pub(super) fn open(path: &Path) -> io::Result<Directory> {
            Ok(Directory(openat(CWD, path, DIRECTORY, Mode::empty())?))
        }

        pub(super) fn enter(&self, name: &str) -> io::Result<Directory> {
            Ok(Directory(openat(&self.0, name, DIRECTORY.union(OFlags::NOFOLLOW), Mode::empty())?))
        }

        pub(super) fn make(&self, name: &str) -> io::Result<()> {
            Ok(mkdirat(&self.0, name, Mode::from_raw_mode(0o777))?)
        }

        pub(super) fn create(&self, name: &str) -> io::Result<File> {
            Ok(openat(&self.0, name, NEW_FILE, Mode::from_raw_mode(0o666))?.into())
        }
    }
}

#[cfg(not(unix))]
mod platform {
    //! Directories by their paths: new ones are ours, and existing names are refused.

    use std::fs::{self, File};
    use std::io;
    use std::path::{Path, PathBuf};

    pub(super) struct Directory(PathBuf);

    impl Directory {
        pub(super) fn open(path: &Path) -> io::Result<Directory> {
            fs::read_dir(path).map(|_| Directory(path.to_owned()))
        }

        pub(super) fn enter(&self, name: &str) -> io::Result<Directory> {
            let path = self.0.join(name);
            match fs::symlink_metadata(&path)?.is_dir() {
                true => Ok(Directory(path)),
                false => Err(io::ErrorKind::NotADirectory.into()),
            }
        }

        pub(super) fn make(&self, name: &str) -> io::Result<()> {
            fs::create_dir(self.0.join(name))
        }

        pub(super) fn create(&self, name: &str) -> io::Result<File> {
            File::create_new(self.0.join(name))
        }
    }
}
