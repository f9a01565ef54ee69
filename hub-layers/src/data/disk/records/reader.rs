//! [`RecordReader`]: the records of a file, each checksum verified.

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use super::checksum::masked;
use super::compression::Compression;
use crate::data::disk::listing::cannot_read;
use crate::error::{Error, Result};

/// The records of a TFRecord file, in order; ends at the first error.
///
/// ```
/// use hub_layers::data::{Compression, RecordReader, RecordWriter};
/// # fn main() -> hub_layers::Result<()> {
/// # let folder = tempfile::tempdir().expect("a folder");
/// let path = folder.path().join("two.tfrecord");
/// let mut writer = RecordWriter::create(&path, Compression::Gzip)?;
/// writer.write(b"one")?;
/// writer.write(b"two")?;
/// writer.finish()?;
/// let records = RecordReader::open(&path, Compression::Gzip)?.collect::<Result<Vec<_>, _>>()?;
/// assert_eq!(records, [b"one", b"two"]);
/// # Ok(())
/// # }
/// ```
pub struct RecordReader {
    path: PathBuf,
    /// Until the end, or an error.
    contents: Option<Box<dyn Read + Send>>,
    max_record_bytes: u64,
    /// The number of the next record, and where it begins once uncompressed.
    record: u64,
    offset: u64,
}

/// What is wrong with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordFault {
    /// The file ends within it.
    #[error("it is cut short")]
    Torn,
    /// The checksum of its length is another: it is no TFRecord file, compressed in another way, or damaged.
    #[error("the checksum of its length is wrong")]
    LengthChecksum,
    /// The checksum of its data is another.
    #[error("the checksum of its data is wrong")]
    DataChecksum,
    /// The compression of the file is damaged there, or another one.
    #[error("the compression of the file is damaged, or another one")]
    Compression,
    /// It is longer than is allowed.
    #[error("it has {length_bytes} bytes, more than the limit of {limit_bytes}")]
    TooLarge {
        /// What it says.
        length_bytes: u64,
        /// What is allowed.
        limit_bytes: u64,
    },
}

impl RecordReader {
    /// Begins to read a file.
    ///
    /// # Errors
    /// [`Error::Core`] where the file cannot be read. What is wrong with a record comes in its place:
    /// [`Error::BadRecord`].
    pub fn open(path: impl AsRef<Path>, compression: Compression) -> Result<RecordReader> {
        let path = path.as_ref().to_owned();
        let file = File::open(&path).map_err(|source| cannot_read(&path, source))?;
        let contents = Some(compression.open(BufReader::with_capacity(1 << 18, file)));
        Ok(RecordReader { path, contents, max_record_bytes: i32::MAX as u64, record: 0, offset: 0 })
    }

    /// How many bytes a record may have. Default: 2^31 - 1.
    pub fn max_record_bytes(mut self, max_record_bytes: u64) -> RecordReader {
        self.max_record_bytes = max_record_bytes;
        self
    }

    /// The next record; none at the end of the file.
    fn next_record(&mut self) -> Result<Option<Vec<u8>>> {
        let header = self.take(12)?;
        let (Some(length), Some(checksum)) = (array(&header, 0), array(&header, 8)) else {
            return match header.is_empty() {
                true => Ok(None),
                false => Err(self.fault(RecordFault::Torn)),
            };
        };
        if masked(&header[..8]) != u32::from_le_bytes(checksum) {
            return Err(self.fault(RecordFault::LengthChecksum));
        }
        let (length_bytes, limit_bytes) = (u64::from_le_bytes(length), self.max_record_bytes);
        if length_bytes > limit_bytes {
            return Err(self.fault(RecordFault::TooLarge { length_bytes, limit_bytes }));
        }
        let data = self.take(length_bytes)?;
        let checksum = self.take(4)?;
        let Some(checksum) = array(&checksum, 0).filter(|_| data.len() as u64 == length_bytes) else {
            return Err(self.fault(RecordFault::Torn));
        };
        if masked(&data) != u32::from_le_bytes(checksum) {
            return Err(self.fault(RecordFault::DataChecksum));
        }
        self.record += 1;
        self.offset += 16 + length_bytes;
        Ok(Some(data))
    }

    /// So many bytes, or fewer at the end of the file. Memory grows with what comes, not with what was promised.
    fn take(&mut self, bytes: u64) -> Result<Vec<u8>> {
        let mut taken = Vec::new();
        let Some(contents) = &mut self.contents else { return Ok(taken) };
        match contents.take(bytes).read_to_end(&mut taken) {
            Ok(_) => Ok(taken),
            // The end of a file whose compression does not end there.
            Err(source) if source.kind() == io::ErrorKind::UnexpectedEof => Err(self.fault(RecordFault::Torn)),
            Err(source) if matches!(source.kind(), io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput) => {
                Err(self.fault(RecordFault::Compression))
            }
            Err(source) => Err(cannot_read(&self.path, source)),
        }
    }

    fn fault(&self, fault: RecordFault) -> Error {
        Error::BadRecord { path: self.path.clone(), record: self.record, offset: self.offset, fault }
    }
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at + N)?.try_into().ok()
}

impl Iterator for RecordReader {
    type Item = Result<Vec<u8>>;

    fn next(&mut self) -> Option<Result<Vec<u8>>> {
        self.contents.as_ref()?;
        let record = self.next_record().transpose();
        if !matches!(record, Some(Ok(_))) {
            self.contents = None;
        }
        record
    }
}

impl fmt::Debug for RecordReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecordReader({}, record {})", self.path.display(), self.record)
    }
}
