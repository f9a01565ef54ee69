//! What is in the cache: its entries, and whether one still is what was downloaded.
//!
//! `tfhub cache list` and `verify` show it. Listing reads no model, so that the file system does not take it for a use.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::inspect::{self, Look, State};
use super::manifest::Manifest;
use super::names::{Names, Part, part_of};
use super::{Cache, descriptor, tree};
use crate::error::{Error, Result};
use crate::handle::redacted;

/// A model in the cache.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CacheEntry {
    /// The directory.
    pub path: PathBuf,
    /// The handle, without passwords; `None` where nothing says it.
    pub handle: Option<String>,
    /// The bytes of its files.
    pub size_bytes: u64,
    /// When it was downloaded, as its descriptor says.
    pub downloaded: Option<String>,
    /// When it was used last, as far as the file system tells: some record no reads, many only one a day.
    pub last_used: Option<SystemTime>,
    /// What its download brought; `None` where Python downloaded it.
    pub manifest: Option<Manifest>,
    /// What is missing or differs, by the names and sizes of its files; `None` where nothing is.
    pub damage: Option<String>,
}

/// One way in which an entry is not what was downloaded.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// The file, below the entry's directory; empty for the entry as a whole.
    pub path: String,
    /// What is wrong with it.
    pub why: String,
}

impl Cache {
    /// The entries of the cache, sorted by handle; a cache that is not there has none.
    ///
    /// # Errors
    /// [`Error::PermissionDenied`] and [`Error::Io`] where the cache cannot be read.
    pub fn entries(&self) -> Result<Vec<CacheEntry>> {
        let mut entries = Vec::new();
        for name in self.listing()? {
            if let Some((key, Part::Entry)) = part_of(&name) {
                entries.extend(self.entry(&Names::with_key(&self.root, key))?);
            }
        }
        entries.sort_by(|one: &CacheEntry, other| (&one.handle, &one.path).cmp(&(&other.handle, &other.path)));
        Ok(entries)
    }

    /// Reads a whole entry and compares it with its manifest; without one only names and sizes are looked at.
    ///
    /// # Errors
    /// [`Error::PermissionDenied`] and [`Error::Io`] where the entry cannot be read.
    pub fn verify(&self, entry: &CacheEntry) -> Result<Vec<Difference>> {
        let names = self.names_of(&entry.path)?;
        let whole = |why: &str| Difference { path: String::new(), why: why.into() };
        if let State::Absent | State::Empty = inspect::state(&names, Look::Names)? {
            return Ok(vec![whole("it is empty or gone")]);
        }
        let manifest = Manifest::read(&names).filter(|manifest| manifest.is_of_the_last_download(&names));
        let Some(manifest) = manifest else {
            return Ok(inspect::why_no_model(&entry.path)?.iter().map(|why| whole(why)).collect());
        };
        let mut differences = Vec::new();
        for file in &manifest.files {
            self.stop.check("verifying the cache")?;
            let why = file.difference(&entry.path).or_else(|| file.altered(&entry.path));
            differences.extend(why.map(|why| Difference { path: file.path.clone(), why }));
        }
        let nodes = tree::walk(&entry.path).map_err(|error| Error::io("read", &entry.path, error))?;
        for node in nodes.iter().filter(|node| !node.metadata.is_dir()) {
            let path = node.name_below(&entry.path).unwrap_or_default();
            if manifest.file(&path).is_none() {
                differences.push(Difference { why: format!("`{path}` was not downloaded"), path });
            }
        }
        Ok(differences)
    }

    /// The names in the cache.
    pub(super) fn listing(&self) -> Result<Vec<std::ffi::OsString>> {
        let listing = match fs::read_dir(&self.root) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            listing => listing.and_then(|found| found.map(|found| Ok(found?.file_name())).collect()),
        };
        listing.map_err(|error| Error::io("read", &self.root, error))
    }

    fn entry(&self, names: &Names) -> Result<Option<CacheEntry>> {
        let path = names.entry();
        let damage = match inspect::state(names, Look::Names)? {
            State::Absent => return Ok(None),
            State::Empty => Some("it is empty".into()),
            State::Damaged(why) => Some(why),
            State::Whole => None,
        };
        let manifest = Manifest::read(names).filter(|manifest| manifest.is_of_the_last_download(names));
        let text = descriptor::read(names);
        let parts = text.as_deref().and_then(descriptor::parse);
        let handle = manifest.as_ref().map(|manifest| manifest.handle.clone());
        Ok(Some(CacheEntry {
            handle: handle.or_else(|| parts.as_ref().map(|parts| redacted(parts.handle))),
            downloaded: parts.map(|parts| parts.time.to_owned()),
            size_bytes: tree::size_bytes(&path),
            last_used: last_used(names),
            damage,
            manifest,
            path,
        }))
    }

    /// The names of an entry of this cache.
    fn names_of(&self, entry: &Path) -> Result<Names> {
        let name = entry.file_name().filter(|_| entry.parent() == Some(&self.root));
        match name.and_then(part_of) {
            Some((key, Part::Entry)) => Ok(Names::with_key(&self.root, key)),
            _ => Err(Error::NotAModel { path: entry.to_owned(), why: "it is no entry of this cache".into() }),
        }
    }
}

/// When an entry was used last: when its model was read or written, or when it was downloaded.
pub(super) fn last_used(names: &Names) -> Option<SystemTime> {
    let mut models = ["saved_model.pb", "saved_model.pbtxt"].into_iter();
    let model = models.find_map(|name| fs::metadata(names.entry().join(name)).ok());
    let manifest = fs::metadata(names.manifest()).ok();
    let times = [
        model.as_ref().and_then(|found| found.accessed().ok()),
        model.as_ref().and_then(|found| found.modified().ok()),
        manifest.and_then(|found| found.modified().ok()),
    ];
    times.into_iter().flatten().max()
}
