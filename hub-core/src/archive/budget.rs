//! What an archive may cost: entries, bytes, room on the disk.
//!
//! `unpacking` and the zip spool draw on it before they write. The sizes that an archive states only ever make it
//! fail early; what counts is what is written.

use std::path::Path;

use crate::config::DownloadLimits;
use crate::disk;
use crate::error::{Error, Result};

/// How much is written before the system is asked again how much room there is.
const LOOK_BYTES: u64 = 64 << 20;

/// What a file takes on the disk at least.
const BLOCK_BYTES: u64 = 4096;

/// What is left of the limits of one archive.
pub(super) struct Budget<'a> {
    archive: &'a str,
    directory: &'a Path,
    limits: &'a DownloadLimits,
    entries: u64,
    /// The bytes of all files so far, as stated.
    stated_bytes: u64,
    /// What may be written before the next look at the disk.
    room_bytes: u64,
}

impl<'a> Budget<'a> {
    /// The budget of an archive that is unpacked into a directory.
    pub(super) fn new(archive: &'a str, directory: &'a Path, limits: &'a DownloadLimits) -> Budget<'a> {
        Budget { archive, directory, limits, entries: 0, stated_bytes: 0, room_bytes: 0 }
    }

    /// One more entry, or directory without one.
    pub(super) fn entry(&mut self) -> Result<()> {
        self.entries += 1;
        match self.entries > self.limits.entries {
            true => Err(self.bomb(format!("it has more than {} entries", self.limits.entries))),
            false => Ok(()),
        }
    }

    /// A file of a stated size is about to be written.
    pub(super) fn file(&mut self, size_bytes: u64) -> Result<()> {
        self.stated_bytes = self.stated_bytes.saturating_add(size_bytes);
        if self.stated_bytes > self.limits.unpacked_bytes {
            return Err(self.bomb(format!("its files have more than {} bytes", self.limits.unpacked_bytes)));
        }
        if size_bytes > self.room_bytes {
            self.look(size_bytes)?;
        }
        // Small files cost a block each, of which `write` counts only what is in it.
        self.write((BLOCK_BYTES - size_bytes % BLOCK_BYTES) % BLOCK_BYTES)
    }

    /// So many bytes are about to be written.
    pub(super) fn write(&mut self, length: u64) -> Result<()> {
        if length > self.room_bytes {
            self.room_bytes = self.look(length)?;
        }
        self.room_bytes -= length;
        Ok(())
    }

    /// What may be written before the next look, at least what is needed.
    fn look(&self, needed: u64) -> Result<u64> {
        let Some(free_bytes) = disk::free_bytes(self.directory) else { return Ok(u64::MAX) };
        let needed_bytes = needed.saturating_add(self.limits.reserve_bytes);
        match free_bytes < needed_bytes {
            true => Err(Error::DiskFull { path: self.directory.to_owned(), needed_bytes, free_bytes }),
            false => Ok((free_bytes - self.limits.reserve_bytes).min(LOOK_BYTES.max(needed))),
        }
    }

    fn bomb(&self, why: String) -> Error {
        Error::BombLimit { archive: self.archive.to_owned(), why }
    }
}
