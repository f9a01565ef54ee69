//! The names in a cache: which file belongs to which entry and to which task.
//!
//! Everything else in this module asks here for a path, or what a name in the cache stands for. No file is looked at.
//! The names are those of Python's library; the manifest and the quarantine are ours.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use sha1::{Digest, Sha1};

use crate::digest::hexadecimal;
use crate::handle::Handle;
use crate::process::is_uid;

const KEY_DIGITS: usize = 40;

/// The paths of one entry.
#[derive(Clone, Debug)]
pub(super) struct Names {
    root: PathBuf,
    key: String,
}

impl Names {
    /// The entry of a handle: its key is made from the exact text, so that a trailing slash makes another entry.
    pub(super) fn of(root: &Path, handle: &Handle) -> Names {
        Names { root: root.to_owned(), key: hexadecimal(&Sha1::digest(handle.as_str().as_bytes())) }
    }

    /// The entry whose key is known.
    pub(super) fn with_key(root: &Path, key: &str) -> Names {
        Names { root: root.to_owned(), key: key.to_owned() }
    }

    /// The cache's directory.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn key(&self) -> &str {
        &self.key
    }

    /// The model.
    pub(super) fn entry(&self) -> PathBuf {
        self.root.join(&self.key)
    }

    pub(super) fn lock(&self) -> PathBuf {
        self.with_ending("lock")
    }

    pub(super) fn lock_staging(&self, uid: &str) -> PathBuf {
        self.with_ending(&format!("lock.tmp{uid}"))
    }

    pub(super) fn descriptor(&self) -> PathBuf {
        self.with_ending("descriptor.txt")
    }

    pub(super) fn descriptor_staging(&self, uid: &str) -> PathBuf {
        self.with_ending(&format!("descriptor.txt.tmp{uid}"))
    }

    pub(super) fn manifest(&self) -> PathBuf {
        self.with_ending("hub-rs.json")
    }

    pub(super) fn manifest_staging(&self, uid: &str) -> PathBuf {
        self.with_ending(&format!("hub-rs.json.tmp{uid}"))
    }

    /// Where a task downloads to; it becomes the entry.
    pub(super) fn download(&self, uid: &str) -> PathBuf {
        self.with_ending(&format!("{uid}.tmp"))
    }

    /// Where a task moves a damaged entry, until its successor is in place.
    pub(super) fn quarantine(&self, uid: &str) -> PathBuf {
        self.with_ending(&format!("bad.{uid}"))
    }

    /// Everything that a task may have left behind, but for the lock itself.
    pub(super) fn of_task(&self, uid: &str) -> [PathBuf; 5] {
        [
            self.download(uid),
            self.quarantine(uid),
            self.descriptor_staging(uid),
            self.manifest_staging(uid),
            self.lock_staging(uid),
        ]
    }

    /// What an entry consists of.
    pub(super) fn of_entry(&self) -> [PathBuf; 3] {
        [self.entry(), self.manifest(), self.descriptor()]
    }

    fn with_ending(&self, ending: &str) -> PathBuf {
        self.root.join(format!("{}.{ending}", self.key))
    }
}

/// What a name in a cache stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    Entry,
    Lock,
    Descriptor,
    Manifest,
    Download(&'a str),
    Quarantine(&'a str),
    LockStaging(&'a str),
    Staging(&'a str),
}

/// The key and the part of a name in a cache; `None` for names that are nobody's of ours.
pub(super) fn part_of(name: &OsStr) -> Option<(&str, Part<'_>)> {
    let name = name.to_str()?;
    let (key, rest) = name.split_at_checked(KEY_DIGITS)?;
    if !is_hexadecimal(key, KEY_DIGITS) {
        return None;
    }
    if rest.is_empty() {
        return Some((key, Part::Entry));
    }
    let rest = rest.strip_prefix('.')?;
    let part = match rest {
        "lock" => Part::Lock,
        "descriptor.txt" => Part::Descriptor,
        "hub-rs.json" => Part::Manifest,
        _ => part_of_task(rest)?,
    };
    Some((key, part))
}

fn part_of_task(rest: &str) -> Option<Part<'_>> {
    let part = if let Some(uid) = rest.strip_prefix("lock.tmp") {
        Part::LockStaging(uid)
    } else if let Some(uid) = rest.strip_prefix("descriptor.txt.tmp").or_else(|| rest.strip_prefix("hub-rs.json.tmp")) {
        Part::Staging(uid)
    } else if let Some(uid) = rest.strip_prefix("bad.") {
        Part::Quarantine(uid)
    } else {
        Part::Download(rest.strip_suffix(".tmp")?)
    };
    let (Part::LockStaging(uid) | Part::Staging(uid) | Part::Quarantine(uid) | Part::Download(uid)) = part else {
        return None;
    };
    is_uid(uid).then_some(part)
}

/// Whether a text is the name of a task: 32 lower-case hexadecimal digits.
fn is_hexadecimal(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const UID: &str = "0123456789abcdef0123456789abcdef";

    fn names(handle: &str) -> Names {
        Names::of(Path::new("/a"), &handle.parse().expect("a handle"))
    }

    #[test]
    fn case_44_45_paths_beside_the_entry() {
        let names = Names::with_key(Path::new("/a/b/"), "c");
        assert_eq!(names.lock(), Path::new("/a/b/c.lock"));
        assert_eq!(names.download("t"), Path::new("/a/b/c.t.tmp"));
    }

    #[test]
    fn case_256_every_character_of_the_handle_counts() {
        // The digests are those of sha1sum over the text.
        for (handle, key) in [
            ("https://tfhub.dev/google/model/1", "6acc608af210ed6a940edbf9bd241a0593d96b9b"),
            ("https://tfhub.dev/google/model/1/", "a1151a2718ed428c46855c76c68b87147b376cca"),
            ("http://tfhub.dev/google/model/1", "006f59984d7f887e9ae04235be17381ba03e2336"),
        ] {
            assert_eq!(names(handle).key(), key, "{handle}");
        }
    }

    #[test]
    fn a_name_says_what_it_is() {
        let names = names("https://tfhub.dev/google/model/1");
        for (path, part) in [
            (names.entry(), Part::Entry),
            (names.lock(), Part::Lock),
            (names.lock_staging(UID), Part::LockStaging(UID)),
            (names.descriptor(), Part::Descriptor),
            (names.descriptor_staging(UID), Part::Staging(UID)),
            (names.manifest(), Part::Manifest),
            (names.manifest_staging(UID), Part::Staging(UID)),
            (names.download(UID), Part::Download(UID)),
            (names.quarantine(UID), Part::Quarantine(UID)),
        ] {
            assert_eq!(part_of(path.file_name().expect("a name")), Some((names.key(), part)));
        }
        let key = names.key();
        for other in ["notes.txt", "", &key[1..], &format!("{key}x"), &format!("{key}.old"), &format!("{key}.x.tmp")] {
            assert_eq!(part_of(OsStr::new(other)), None, "{other}");
        }
    }
}
