//! Directories with everything below them: what is in them, how large they are, whether they still change.
//!
//! Watching a lock's owner, checking an entry, syncing, pruning and saving walk with it. Links are never followed; what vanishes
//! during the walk is left out.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// More than this in one directory tree is looked at by nobody.
const MOST_FILES: usize = 1_000_000;

/// One file, directory or link below a directory.
pub(crate) struct Node {
    pub(crate) path: PathBuf,
    pub(crate) metadata: Metadata,
}

impl Node {
    /// The path below `root` with `/` between its parts; `None` where it is no text.
    pub(crate) fn name_below(&self, root: &Path) -> Option<String> {
        let below = self.path.strip_prefix(root).ok()?;
        let parts: Option<Vec<&str>> = below.iter().map(|part| part.to_str()).collect();
        Some(parts?.join("/"))
    }
}

/// Everything below a directory, parents before what they hold.
pub(crate) fn walk(root: &Path) -> io::Result<Vec<Node>> {
    let mut nodes = Vec::new();
    let mut open = vec![root.to_owned()];
    while let Some(directory) = open.pop() {
        let listing = match fs::read_dir(&directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && directory != root => continue,
            listing => listing?,
        };
        for found in listing {
            let found = found?;
            let Ok(metadata) = found.metadata() else { continue };
            if metadata.is_dir() {
                open.push(found.path());
            }
            nodes.push(Node { path: found.path(), metadata });
            if nodes.len() > MOST_FILES {
                return Err(io::Error::other(format!("more than {MOST_FILES} files")));
            }
        }
    }
    Ok(nodes)
}

/// The bytes of all files below a directory, as Python counts them; zero where it is not there.
pub(crate) fn size_bytes(root: &Path) -> u64 {
    let nodes = walk(root).unwrap_or_default();
    nodes.iter().filter(|node| !node.metadata.is_dir()).map(|node| node.metadata.len()).sum()
}

/// When anything at or below a path was last changed.
pub(crate) fn changed(path: &Path) -> Option<SystemTime> {
    let own = fs::symlink_metadata(path).ok()?;
    let below = if own.is_dir() { walk(path).unwrap_or_default() } else { Vec::new() };
    below.iter().map(|node| &node.metadata).chain([&own]).filter_map(|metadata| metadata.modified().ok()).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_43_the_size_counts_everything_below() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let root = directory.path();
        fs::create_dir_all(root.join("a/b")).expect("made");
        fs::write(root.join("a/one"), [0; 8]).expect("written");
        fs::write(root.join("a/b/two"), [0; 16]).expect("written");
        assert_eq!((size_bytes(root), size_bytes(&root.join("a/b")), size_bytes(&root.join("c"))), (24, 16, 0));
        let mut names: Vec<_> = walk(root).expect("listed").iter().filter_map(|node| node.name_below(root)).collect();
        names.sort();
        assert_eq!(names, ["a", "a/b", "a/b/two", "a/one"]);
    }
}
