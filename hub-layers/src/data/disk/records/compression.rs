//! [`Compression`]: how a whole file of records is compressed.

use std::io::{BufRead, Read};

use flate2::bufread::{MultiGzDecoder, ZlibDecoder};

/// How a whole file of records is compressed: Python's `compression_type`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compression {
    /// Not at all: `""`.
    #[default]
    None,
    /// `"GZIP"`.
    Gzip,
    /// `"ZLIB"`.
    Zlib,
}

impl Compression {
    /// What is behind the compression.
    pub(super) fn open(self, file: impl BufRead + Send + 'static) -> Box<dyn Read + Send> {
        match self {
            Compression::None => Box::new(file),
            Compression::Gzip => Box::new(MultiGzDecoder::new(file)),
            Compression::Zlib => Box::new(ZlibDecoder::new(file)),
        }
    }
}
