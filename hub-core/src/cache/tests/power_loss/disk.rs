//! What a disk may hold after a power cut: a model of a file system that promises nothing but what was synced.
//!
//! The recorder shows it the directory before every operation of the cache, and tells which syncs were done. A node is
//! known by its number, so that a rename is seen as what it is. What is not promised:
//!
//! - a name in a directory is one of those things it stood for since that directory was last synced, each name by
//!   itself: a rename may be done in half, with both names or none;
//! - a file that was not synced has any content it had since, or half of the last, or none, or as many zeros;
//! - syncing a file says nothing about its name, and syncing a directory nothing about what is in the files.
//!
//! States that an ordering or journalling file system rules out are among these. Which of them are tried is the matter
//! of `images`.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// A file's or directory's number.
pub(super) type Id = u64;

/// Everything that a directory may hold after a power cut. In each list the first is what was synced, the last what is
/// there now.
#[derive(Default)]
pub(super) struct Disk {
    pub(super) root: Id,
    pub(super) names: BTreeMap<(Id, String), Vec<Option<Id>>>,
    /// `None` for a directory.
    pub(super) contents: BTreeMap<Id, Option<Vec<Vec<u8>>>>,
    /// Nodes stay open, so that none of these numbers is given away a second time.
    open: Vec<File>,
}

impl Disk {
    /// A disk with everything synced.
    pub(super) fn synced(root: &Path) -> Disk {
        let mut disk = Disk::default();
        disk.observe(root);
        disk.names.values_mut().for_each(|values| drop(values.drain(..values.len() - 1)));
        disk.contents.values_mut().flatten().for_each(|values| drop(values.drain(..values.len() - 1)));
        disk
    }

    /// Takes note of what has changed; whether anything has.
    pub(super) fn observe(&mut self, root: &Path) -> bool {
        let before = self.possibilities();
        let mut now = BTreeMap::new();
        self.root = self.look(root, &mut now).unwrap_or_default();
        for place in now.keys() {
            self.names.entry(place.clone()).or_insert_with(|| vec![None]);
        }
        for (place, values) in &mut self.names {
            let value = now.get(place).copied();
            if values.last() != Some(&value) {
                values.push(value);
            }
        }
        self.possibilities() != before
    }

    /// How many values there are to choose from: changes add some, syncs take them away.
    fn possibilities(&self) -> usize {
        let names: usize = self.names.values().map(Vec::len).sum();
        names + self.contents.values().flatten().map(Vec::len).sum::<usize>()
    }

    /// A file or directory is on the disk.
    pub(super) fn sync(&mut self, path: &Path) {
        let Ok(found) = fs::metadata(path) else { return };
        let id = found.ino();
        if let Some(Some(values)) = self.contents.get_mut(&id) {
            values.drain(..values.len() - 1);
        }
        for (_, values) in self.names.iter_mut().filter(|((directory, _), _)| *directory == id) {
            values.drain(..values.len() - 1);
        }
    }

    fn look(&mut self, path: &Path, now: &mut BTreeMap<(Id, String), Id>) -> Option<Id> {
        let found = fs::symlink_metadata(path).ok()?;
        let id = found.ino();
        if !self.contents.contains_key(&id) {
            self.open.push(File::open(path).ok()?);
            self.contents.insert(id, found.is_file().then(|| vec![Vec::new()]));
        }
        if let Some(Some(values)) = self.contents.get_mut(&id) {
            let content = fs::read(path).ok()?;
            if values.last() != Some(&content) {
                values.push(content);
            }
        }
        for entry in fs::read_dir(path).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if let Some(child) = self.look(&entry.path(), now) {
                now.insert((id, name), child);
            }
        }
        Some(id)
    }
}
