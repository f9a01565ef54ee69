//! A directory in which the library goes by the one name that the `tensorflow` crate looks for.
//!
//! `bind` makes it, and it is gone once the crate has opened the library. An engine that we installed has the right
//! name beside it already.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::options::Options;
use super::{platform, store::Store};
use crate::error::{Error, Result};

/// The directory, and what keeps it there.
#[derive(Debug)]
pub(super) struct Link {
    directory: PathBuf,
    _temporary: Option<TempDir>,
}

impl Link {
    /// A directory that holds `library` under the name wanted.
    pub(super) fn to(library: &Path, options: &Options) -> Result<Link> {
        let beside = library.with_file_name(platform::LINK_NAME);
        if let (Ok(target), Ok(real), Some(directory)) =
            (beside.canonicalize(), library.canonicalize(), library.parent())
            && target == real
        {
            return Ok(Link { directory: directory.to_owned(), _temporary: None });
        }
        let temporary = private_directory(options)?;
        let name = temporary.path().join(platform::LINK_NAME);
        link(library, &name).map_err(|error| Error::io("link", &name, error))?;
        Ok(Link { directory: temporary.path().to_owned(), _temporary: Some(temporary) })
    }

    /// The directory.
    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }
}

/// A new directory for this user alone: in the engine cache where that is writable, else among the temporary files.
fn private_directory(options: &Options) -> Result<TempDir> {
    let builder = || {
        let mut builder = tempfile::Builder::new();
        builder.prefix(".link-");
        builder
    };
    if let Some(store) = Store::of(options)
        && let Ok(directory) = builder().tempdir_in(&store.root)
    {
        return Ok(directory);
    }
    builder().tempdir().map_err(|error| Error::io("create a directory in", &std::env::temp_dir(), error))
}

#[cfg(unix)]
fn link(library: &Path, name: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(library, name)
}

#[cfg(not(unix))]
fn link(library: &Path, name: &Path) -> std::io::Result<()> {
    std::fs::hard_link(library, name)
}
