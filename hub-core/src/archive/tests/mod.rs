//! The archive readers against archives that are built byte by byte.
//!
//! `build` makes them; the rest is sorted by what goes wrong. Names of tests carry the numbers of the faults and of
//! the cases of Python's own tests.

mod bounds;
mod build;
mod damage;
mod entries;
mod formats;
mod mutations;
mod names;
mod zips;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::{Member, Source, extract};
use crate::config::DownloadLimits;
use crate::error::{Error, Result};

/// What became of an archive, and the directory that it was unpacked into.
struct Outcome {
    around: tempfile::TempDir,
    result: Result<Vec<Member>>,
}

/// Unpacks an archive whose length nobody vouches for.
fn unpack(archive: &[u8]) -> Outcome {
    unpack_with(archive, &DownloadLimits::default(), false)
}

fn unpack_with(mut archive: &[u8], limits: &DownloadLimits, proven: bool) -> Outcome {
    unpack_from(Source { name: "test", bytes: &mut archive, length_is_proven: &|| proven }, limits)
}

fn unpack_from(source: Source<'_>, limits: &DownloadLimits) -> Outcome {
    let around = tempfile::tempdir().expect("a temporary directory");
    let into = around.path().join("into");
    fs::create_dir(&into).expect("it is new");
    let mut heard = 0;
    let result = extract(source, &into, limits, &mut |bytes| {
        assert!(bytes > heard, "progress goes forward");
        heard = bytes;
    });
    if let Ok(members) = &result {
        assert_eq!(heard, members.iter().map(|member| member.size_bytes).sum::<u64>());
    }
    let outcome = Outcome { around, result };
    assert_eq!(fs::read_dir(outcome.around.path()).expect("it is there").count(), 1, "something lies outside");
    assert!(!outcome.root().join(".download.zip").exists(), "the spool file is left");
    outcome
}

impl Outcome {
    fn root(&self) -> PathBuf {
        self.around.path().join("into")
    }

    /// All files by path, as they are on the disk; they must be those that were answered.
    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let members = self.result.as_ref().expect("the archive is sound");
        assert!(members.is_sorted_by(|one, other| one.path < other.path));
        let found = files_below(&self.root());
        assert_eq!(
            found.iter().map(|(path, bytes)| (path.clone(), bytes.len() as u64)).collect::<Vec<_>>(),
            members.iter().map(|member| (member.path.clone(), member.size_bytes)).collect::<Vec<_>>(),
        );
        for member in members {
            let place = self.root().join(&member.path);
            assert_eq!(crate::digest::of_file(&place).expect("it is there"), member.sha256, "{}", member.path);
        }
        found
    }

    fn paths(&self) -> Vec<String> {
        self.files().into_keys().collect()
    }

    fn error(&self) -> &Error {
        self.result.as_ref().expect_err("the archive is to be refused")
    }

    /// The escaped name of the entry that was refused.
    #[track_caller]
    fn rejected(&self) -> (&str, &str) {
        match self.error() {
            Error::EntryRejected { archive, entry, why } => {
                assert_eq!(archive, "test");
                (entry, why)
            }
            other => panic!("expected a refused entry, found: {other}"),
        }
    }

    #[track_caller]
    fn is_damaged(&self) -> &str {
        match self.error() {
            Error::BadArchive { why, .. } => why,
            other => panic!("expected damage, found: {other}"),
        }
    }

    #[track_caller]
    fn is_cut_short(&self) {
        assert!(matches!(self.error(), Error::Truncated { .. }), "{}", self.error());
    }

    #[track_caller]
    fn is_bomb(&self) {
        assert!(matches!(self.error(), Error::BombLimit { .. }), "{}", self.error());
    }
}

fn files_below(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![directory.to_owned()];
    while let Some(place) = open.pop() {
        for entry in fs::read_dir(&place).expect("it can be listed") {
            let place = entry.expect("it can be listed").path();
            if place.is_dir() {
                open.push(place);
            } else {
                let path = place.strip_prefix(directory).expect("it lies below").to_str().expect("names are UTF-8");
                found.insert(path.to_owned(), fs::read(&place).expect("it can be read"));
            }
        }
    }
    found
}
