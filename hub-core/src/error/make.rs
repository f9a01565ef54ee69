//! How the crate makes its errors from the system's.

use std::io;
use std::path::Path;

use super::Error;
use crate::disk;

impl Error {
    /// Wraps the system's reason with the path and the verb; a full disk and a missing permission are told apart.
    pub fn io(operation: &'static str, path: &Path, source: io::Error) -> Error {
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Error::disk_full(path, 0),
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Error::PermissionDenied { operation, path: path.to_owned() }
            }
            _ => Error::Io { operation, path: path.to_owned(), source },
        }
    }

    /// This error inside one of the standard library's, to pass through a reader; [`Error::carried`] takes it out.
    #[cfg(feature = "fetch")]
    pub(crate) fn into_io(self) -> io::Error {
        io::Error::other(self)
    }

    /// The error of this crate that a reader passed on, or the system's own.
    #[cfg(feature = "fetch")]
    pub(crate) fn carried(error: io::Error) -> std::result::Result<Error, io::Error> {
        error.downcast::<Error>()
    }

    /// A full disk, named by the directory that could not be written; zero where it is not known what is needed.
    pub(crate) fn disk_full(path: &Path, needed_bytes: u64) -> Error {
        let directory = path.ancestors().find(|path| path.is_dir()).unwrap_or(path);
        let free_bytes = disk::free_bytes(directory).unwrap_or(0);
        Error::DiskFull { path: directory.to_owned(), needed_bytes, free_bytes }
    }

    /// A [`Error::ModelStructure`] from its sentence.
    pub fn structure(why: impl Into<String>) -> Error {
        Error::ModelStructure { why: why.into() }
    }
}
