//! [`RecordWriter`]: records into a file.

use std::fmt;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use flate2::write::{GzEncoder, ZlibEncoder};

use super::checksum::masked;
use super::compression::Compression;
use crate::error::{Error, Result};

/// Writes a TFRecord file, which is whole after [`RecordWriter::finish`].
pub struct RecordWriter {
    path: PathBuf,
    contents: Contents,
}

enum Contents {
    Plain(BufWriter<File>),
    Gzip(GzEncoder<BufWriter<File>>),
    Zlib(ZlibEncoder<BufWriter<File>>),
}

impl RecordWriter {
    /// Makes the file; one that is there already is written over.
    ///
    /// # Errors
    /// [`Error::Core`] where that fails.
    pub fn create(path: impl AsRef<Path>, compression: Compression) -> Result<RecordWriter> {
        let path = path.as_ref().to_owned();
        let file = File::create(&path).map_err(|source| failed("create", &path, source))?;
        let (file, level) = (BufWriter::new(file), flate2::Compression::default());
        let contents = match compression {
            Compression::None => Contents::Plain(file),
            Compression::Gzip => Contents::Gzip(GzEncoder::new(file, level)),
            Compression::Zlib => Contents::Zlib(ZlibEncoder::new(file, level)),
        };
        Ok(RecordWriter { path, contents })
    }

    /// Adds a record.
    ///
    /// # Errors
    /// [`Error::Core`] where writing fails.
    pub fn write(&mut self, record: &[u8]) -> Result<()> {
        let length = (record.len() as u64).to_le_bytes();
        let parts = [&length[..], &masked(&length).to_le_bytes(), record, &masked(record).to_le_bytes()];
        let contents: &mut dyn Write = match &mut self.contents {
            Contents::Plain(contents) => contents,
            Contents::Gzip(contents) => contents,
            Contents::Zlib(contents) => contents,
        };
        let written = parts.into_iter().try_for_each(|part| contents.write_all(part));
        written.map_err(|source| failed("write", &self.path, source))
    }

    /// Hands what waits still to the file, as far as a compressed file can.
    ///
    /// # Errors
    /// [`Error::Core`] where writing fails.
    pub fn flush(&mut self) -> Result<()> {
        let flushed = match &mut self.contents {
            Contents::Plain(contents) => contents.flush(),
            Contents::Gzip(contents) => contents.flush(),
            Contents::Zlib(contents) => contents.flush(),
        };
        flushed.map_err(|source| failed("write", &self.path, source))
    }

    /// Writes what waits still.
    ///
    /// # Errors
    /// [`Error::Core`] where writing fails.
    pub fn finish(self) -> Result<()> {
        let written = match self.contents {
            Contents::Plain(contents) => Ok(contents),
            Contents::Gzip(contents) => contents.finish(),
            Contents::Zlib(contents) => contents.finish(),
        };
        written.and_then(|mut file| file.flush()).map_err(|source| failed("write", &self.path, source))
    }
}

fn failed(operation: &'static str, path: &Path, source: io::Error) -> Error {
    hub_core::Error::Io { operation, path: path.to_owned(), source }.into()
}

impl fmt::Debug for RecordWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecordWriter({})", self.path.display())
    }
}
