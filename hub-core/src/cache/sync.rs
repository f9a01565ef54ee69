//! Bringing a downloaded model to the disk before it is published.
//!
//! Publishing calls it: after a power cut an entry is absent or whole, which a rename alone does not give.

use std::path::Path;

use super::{files, tree};
use crate::error::{Error, Result};

/// Waits until every file and every directory below is on the disk, and the directory itself.
pub(super) fn sync_tree(root: &Path) -> Result<()> {
    let nodes = tree::walk(root).map_err(|error| Error::io("read", root, error))?;
    // What a directory holds comes before the directory.
    for node in nodes.iter().rev() {
        files::sync(&node.path, node.metadata.is_dir()).map_err(|error| Error::io("sync", &node.path, error))?;
    }
    sync_directory(root)
}

/// Waits until the names in a directory are on the disk.
pub(super) fn sync_directory(directory: &Path) -> Result<()> {
    files::sync(directory, true).map_err(|error| Error::io("sync", directory, error))
}
