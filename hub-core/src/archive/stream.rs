//! A tar archive's bytes, decompressed.
//!
//! `tar` reads it to the end, where the checksums stand; flipped bits and cut ends come out as errors here.

use std::io::{self, BufRead, ErrorKind, Read};
use std::rc::Rc;

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::GzDecoder;
use lzma_rust2::XzReader;

use super::damaged;
use super::format::{Format, START_BYTES};
use super::intake::{Bytes, Intake, Watch};
use crate::config::DownloadLimits;
use crate::error::{Error, Result};

/// The strongest of xz's presets needs 64 MiB and a little.
const XZ_KIBIBYTES: u32 = 66 << 10;

/// Headers and padding of a hundred thousand entries have a tenth of this.
const OVERHEAD_BYTES: u64 = 1 << 30;

/// The decompressed bytes, within limits.
pub(super) struct Stream<'i, 'a> {
    decoder: Decoder<Bytes<'i, 'a>>,
    format: Format,
    watch: Rc<Watch<'a>>,
    limits: &'i DownloadLimits,
    unpacked_bytes: u64,
}

impl<'i, 'a> Stream<'i, 'a> {
    /// The bytes of a source that announced a format.
    pub(super) fn new(intake: &'i mut Intake<'a>, format: Format, limits: &'i DownloadLimits) -> Stream<'i, 'a> {
        let watch = Rc::clone(intake.watch());
        Stream { decoder: Decoder::new(format, intake.reader()), format, watch, limits, unpacked_bytes: 0 }
    }

    /// What is known about the source.
    pub(super) fn watch(&self) -> Rc<Watch<'a>> {
        Rc::clone(&self.watch)
    }

    fn read_some(&mut self, piece: &mut [u8]) -> Result<usize> {
        let read = self.decoder.read(piece);
        let length = read.map_err(|error| self.watch.failure(error, self.format.name()))?;
        self.unpacked_bytes += length as u64;
        self.check_limits()?;
        if length == 0 && !piece.is_empty() {
            // A compression that ended well is no cut one.
            if self.format != Format::Tar && self.unpacked_bytes < START_BYTES as u64 {
                return Err(damaged(
                    self.watch.name(),
                    format!("the {} data holds no tar archive", self.format.name()),
                ));
            }
            self.watch.note_end();
        }
        Ok(length)
    }

    fn check_limits(&self) -> Result<()> {
        let DownloadLimits { unpacked_bytes, ratio, ratio_free_bytes, .. } = *self.limits;
        let received = self.watch.received_bytes();
        let why = if self.unpacked_bytes > unpacked_bytes.saturating_add(OVERHEAD_BYTES) {
            format!("more than {unpacked_bytes} bytes, and still more headers and padding")
        } else if self.unpacked_bytes > ratio_free_bytes && self.unpacked_bytes / ratio.max(1) > received {
            format!("{received} bytes became {}, more than {ratio} for one", self.unpacked_bytes)
        } else {
            return Ok(());
        };
        Err(Error::BombLimit { archive: self.watch.name().to_owned(), why })
    }
}

impl Read for Stream<'_, '_> {
    fn read(&mut self, piece: &mut [u8]) -> io::Result<usize> {
        self.read_some(piece).map_err(Error::into_io)
    }
}

/// The decompressions, each to the end of the last of several streams in a row.
enum Decoder<R: BufRead> {
    Plain(R),
    Gzip(Gzip<R>),
    Bzip2(Box<MultiBzDecoder<R>>),
    Xz(Box<XzReader<R>>),
}

impl<R: BufRead> Decoder<R> {
    fn new(format: Format, bytes: R) -> Decoder<R> {
        match format {
            Format::Tar | Format::Zip => Decoder::Plain(bytes),
            Format::Gzip => Decoder::Gzip(Gzip { member: Some(Box::new(GzDecoder::new(bytes))) }),
            Format::Bzip2 => Decoder::Bzip2(Box::new(MultiBzDecoder::new(bytes))),
            Format::Xz => Decoder::Xz(Box::new(XzReader::new_mem_limit(bytes, true, XZ_KIBIBYTES))),
        }
    }
}

impl<R: BufRead> Read for Decoder<R> {
    fn read(&mut self, piece: &mut [u8]) -> io::Result<usize> {
        match self {
            Decoder::Plain(bytes) => bytes.read(piece),
            Decoder::Gzip(gzip) => gzip.read(piece),
            Decoder::Bzip2(bzip2) => bzip2.read(piece),
            Decoder::Xz(xz) => xz.read(piece),
        }
    }
}

/// The members of a gzip stream, one after the other; something else after a member is told apart from a cut one.
struct Gzip<R: BufRead> {
    member: Option<Box<GzDecoder<R>>>,
}

impl<R: BufRead> Read for Gzip<R> {
    fn read(&mut self, piece: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            match member.read(piece)? {
                0 => {}
                length => return Ok(length),
            }
            match member.get_mut().fill_buf()?.first() {
                Some(0x1f) => {
                    self.member = self.member.take().map(|member| Box::new(GzDecoder::new(member.into_inner())))
                }
                Some(_) => return Err(io::Error::new(ErrorKind::InvalidData, "something follows after the end")),
                None => self.member = None,
            }
        }
        Ok(0)
    }
}
