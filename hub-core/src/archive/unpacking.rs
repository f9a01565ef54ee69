//! One archive on its way into a directory: the rules that every container's entries obey, and writing with digests.
//!
//! `tar` and `zip` hand over each entry as they read it, and so does who copies the files of a model one by one.

use std::io::Write;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::Member;
use super::budget::Budget;
use super::name;
use super::taken::{Kind, Taken};
use super::tree::Tree;
use crate::config::DownloadLimits;
use crate::digest;
use crate::error::{Error, Result};

/// Large enough that calls are not the cost, small enough to stay in the processor's cache.
const PIECE_BYTES: usize = 256 * 1024;

/// The state of unpacking.
pub(crate) struct Unpacking<'a> {
    archive: &'a str,
    depth: usize,
    tree: Tree,
    taken: Taken,
    budget: Budget<'a>,
    members: Vec<Member>,
    piece: Vec<u8>,
    written_bytes: u64,
    advanced: &'a mut dyn FnMut(u64),
}

impl<'a> Unpacking<'a> {
    /// Begins with an empty directory.
    pub(crate) fn new(
        archive: &'a str,
        into: &'a Path,
        limits: &'a DownloadLimits,
        advanced: &'a mut dyn FnMut(u64),
    ) -> Result<Unpacking<'a>> {
        Ok(Unpacking {
            archive,
            depth: limits.depth,
            tree: Tree::open(into)?,
            taken: Taken::default(),
            budget: Budget::new(archive, into, limits),
            members: Vec::new(),
            piece: vec![0; PIECE_BYTES],
            written_bytes: 0,
            advanced,
        })
    }

    /// Counts an entry, before anything else is done with it.
    pub(crate) fn entry(&mut self) -> Result<()> {
        self.budget.entry()
    }

    /// Counts bytes that are written beside the files.
    pub(super) fn room(&mut self, length: u64) -> Result<()> {
        self.budget.write(length)
    }

    /// A directory. It may have been made already, for a file in it.
    pub(super) fn directory(&mut self, name: &[u8]) -> Result<()> {
        let path = self.path(name)?;
        match path.is_empty() {
            true => Ok(()),
            false => self.take(name, &path, Kind::Directory),
        }
    }

    /// A file of just so many bytes; `read` fills at least one byte each time, or fails.
    pub(crate) fn file(
        &mut self,
        name: &[u8],
        size_bytes: u64,
        read: &mut dyn FnMut(&mut [u8]) -> Result<usize>,
    ) -> Result<()> {
        let path = self.path(name)?;
        if path.is_empty() || name.ends_with(b"/") {
            return Err(rejected(self.archive, name, "a file has the name of a directory"));
        }
        self.take(name, &path, Kind::File)?;
        self.budget.file(size_bytes)?;
        let sha256 = self.write(&path, size_bytes, read)?;
        self.members.push(Member { path, size_bytes, sha256 });
        Ok(())
    }

    /// The files, sorted by path.
    pub(crate) fn finish(mut self) -> Vec<Member> {
        self.members.sort_by(|one, other| one.path.cmp(&other.path));
        self.members
    }

    fn path(&self, name: &[u8]) -> Result<String> {
        name::path(name, self.depth).map_err(|why| rejected(self.archive, name, why))
    }

    /// Takes a path and makes the directories that it needs.
    fn take(&mut self, name: &[u8], path: &str, kind: Kind) -> Result<()> {
        let new_directories = self.taken.take(path, kind).map_err(|why| rejected(self.archive, name, why))?;
        for directory in new_directories {
            if directory != path {
                self.budget.entry()?;
            }
            self.tree.make_directory(directory)?;
        }
        Ok(())
    }

    /// Writes a file and answers with its digest.
    fn write(
        &mut self,
        path: &str,
        size_bytes: u64,
        read: &mut dyn FnMut(&mut [u8]) -> Result<usize>,
    ) -> Result<String> {
        let mut file = self.tree.make_file(path)?;
        let mut hasher = Sha256::new();
        let mut left = size_bytes;
        while left > 0 {
            let wanted = usize::try_from(left).map_or(PIECE_BYTES, |left| left.min(PIECE_BYTES));
            let length = read(&mut self.piece[..wanted])?;
            let piece = &self.piece[..length];
            self.budget.write(length as u64)?;
            hasher.update(piece);
            file.write_all(piece).map_err(|error| Error::io("write", &self.tree.place(path), error))?;
            left -= length as u64;
            self.written_bytes += length as u64;
            (self.advanced)(self.written_bytes);
        }
        Ok(digest::hexadecimal(&hasher.finalize()))
    }
}

/// A [`Error::EntryRejected`] with the entry's name escaped.
pub(super) fn rejected(archive: &str, name: &[u8], why: impl Into<String>) -> Error {
    Error::EntryRejected { archive: archive.to_owned(), entry: name::shown(name), why: why.into() }
}
