//! The file that a zip archive is kept in while it is unpacked.
//!
//! It lies in the directory that is unpacked into, so that whoever watches that directory sees the download grow, and
//! is removed whatever happens.

use std::fs::{self, File, OpenOptions};
use std::io::{BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::damaged;
use super::intake::{Intake, Watch};
use super::name::SPOOL;
use super::unpacking::Unpacking;
use crate::error::{Error, Result};

const PIECE_BYTES: usize = 256 * 1024;

/// A spooled archive.
pub(super) struct Spool<'a> {
    watch: Rc<Watch<'a>>,
    path: PathBuf,
    file: File,
    length: u64,
}

impl<'a> Spool<'a> {
    /// Writes all bytes of a source into the file.
    pub(super) fn fill(
        intake: &mut Intake<'a>,
        unpacking: &mut Unpacking<'_>,
        into: &Path,
        limit_bytes: u64,
    ) -> Result<Spool<'a>> {
        let path = into.join(format!("{SPOOL}.zip"));
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path);
        let file = file.map_err(|error| Error::io("create", &path, error))?;
        let watch = Rc::clone(intake.watch());
        let mut spool = Spool { watch, path, file, length: 0 };
        let mut bytes = intake.reader();
        let mut piece = vec![0; PIECE_BYTES];
        loop {
            match bytes.read(&mut piece) {
                Ok(0) => return Ok(spool),
                Ok(length) => spool.append(&piece[..length], unpacking, limit_bytes)?,
                Err(error) => return Err(spool.watch.failure(error, "zip")),
            }
        }
    }

    fn append(&mut self, piece: &[u8], unpacking: &mut Unpacking<'_>, limit_bytes: u64) -> Result<()> {
        self.length += piece.len() as u64;
        if self.length > limit_bytes {
            return Err(Error::TooLarge { what: self.name().to_owned(), limit_bytes });
        }
        unpacking.room(piece.len() as u64)?;
        self.file.write_all(piece).map_err(|error| Error::io("write", &self.path, error))
    }

    /// The archive's name for messages.
    pub(super) fn name(&self) -> &'a str {
        self.watch.name()
    }

    /// How many bytes the archive has.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Just so many bytes from a position on; an end before that is damage.
    pub(super) fn read_at(&mut self, offset: u64, length: usize) -> Result<Vec<u8>> {
        if offset.checked_add(length as u64).is_none_or(|end| end > self.length) {
            return Err(self.damaged("a record leads out of it"));
        }
        let mut bytes = vec![0; length];
        let read = self.file.seek(SeekFrom::Start(offset)).and_then(|_| self.file.read_exact(&mut bytes));
        read.map_err(|error| Error::io("read", &self.path, error))?;
        Ok(bytes)
    }

    /// The file once more, for a reader with a place of its own.
    pub(super) fn open(&self) -> Result<BufReader<File>> {
        let file = File::open(&self.path).map_err(|error| Error::io("open", &self.path, error))?;
        Ok(BufReader::new(file))
    }

    /// A [`Error::BadArchive`] about it.
    pub(super) fn damaged(&self, why: &str) -> Error {
        damaged(self.name(), why)
    }

    /// The archive ends before something that must be there.
    pub(super) fn cut_short(&self, expected: &str) -> Error {
        self.watch.cut_short(expected)
    }
}

impl Drop for Spool<'_> {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!("cannot remove `{}`: {error}", self.path.display());
        }
    }
}
