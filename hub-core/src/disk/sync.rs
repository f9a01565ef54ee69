//! Waiting until files and names are on the disk, so that they survive a power cut.

use std::path::Path;

use super::{files, tree};
use crate::error::{Error, Result};

/// Waits until every file and every directory below is on the disk, and the directory itself.
pub(crate) fn sync_tree(root: &Path) -> Result<()> {
    let nodes = tree::walk(root).map_err(|error| Error::io("read", root, error))?;
    // What a directory holds comes before the directory.
    for node in nodes.iter().rev() {
        files::sync(&node.path, node.metadata.is_dir()).map_err(|error| Error::io("sync", &node.path, error))?;
    }
    sync_directory(root)
}

/// Waits until the names in a directory are on the disk.
pub(crate) fn sync_directory(directory: &Path) -> Result<()> {
    files::sync(directory, true).map_err(|error| Error::io("sync", directory, error))
}
