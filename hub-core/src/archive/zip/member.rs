//! One entry of a zip archive: its local header, its data, and what may follow the data.
//!
//! `zip` calls it for each entry of the directory. The local header and the descriptor behind the data must say what
//! the directory says, and the data must be that long and have that checksum.

use std::io::{self, BufRead, ErrorKind, Read};

use flate2::Crc;
use flate2::bufread::DeflateDecoder;

use super::super::damaged;
use super::super::name::shown;
use super::super::unpacking::Unpacking;
use super::directory::Entry;
use super::fields::{Fields, long_numbers};
use super::spool::Spool;
use crate::error::{Error, Result};

const LOCAL: [u8; 4] = *b"PK\x03\x04";
const LOCAL_BYTES: u64 = 30;
const DESCRIPTOR: [u8; 4] = *b"PK\x07\x08";

/// The flag of an entry whose sizes stand behind its data.
const HAS_DESCRIPTOR: u16 = 1 << 3;

/// Unpacks an entry that ends where the next part of the archive begins.
pub(super) fn unpack(spool: &mut Spool<'_>, entry: &Entry, next: u64, unpacking: &mut Unpacking<'_>) -> Result<()> {
    let archive = spool.name();
    let wrong = |why: &str| damaged(archive, format!("`{}`: {why}", shown(&entry.name)));
    let data = local_header(spool, entry)?.ok_or_else(|| wrong("its two headers disagree"))?;
    let end = data.checked_add(entry.packed_bytes).filter(|end| *end <= next);
    let end = end.ok_or_else(|| wrong("it overlaps what follows"))?;
    let descriptor = spool.read_at(end, usize::try_from(next - end).map_or(usize::MAX, |length| length.min(25)))?;
    if !fits(&descriptor, entry) {
        return Err(wrong("what follows its data does not fit its header"));
    }
    spool.read_at(data, 0)?;
    let mut content = Content::new(entry, spool.rest());
    match entry.name.ends_with(b"/") {
        true => unpacking.directory(&entry.name)?,
        false => unpacking.file(&entry.name, entry.size_bytes, &mut |piece| {
            content.read(piece).map_err(|error| wrong(&error.to_string()))
        })?,
    }
    content.finish().map_err(|error| wrong(&error.to_string()))
}

/// Where the data begins; none where the header does not say what the directory says.
fn local_header(spool: &mut Spool<'_>, entry: &Entry) -> Result<Option<u64>, Error> {
    let fixed = spool.read_at(entry.offset, LOCAL_BYTES as usize)?;
    let lengths = [u16::from_le_bytes([fixed[26], fixed[27]]), u16::from_le_bytes([fixed[28], fixed[29]])];
    let variable =
        spool.read_at(entry.offset + LOCAL_BYTES, lengths.iter().map(|length| usize::from(*length)).sum())?;
    let agrees = agrees(&fixed, variable.split_at(lengths[0].into()), entry).is_some();
    Ok(agrees.then_some(entry.offset + LOCAL_BYTES + variable.len() as u64))
}

fn agrees(fixed: &[u8], (name, extra): (&[u8], &[u8]), entry: &Entry) -> Option<()> {
    let mut fields = Fields(fixed.strip_prefix(&LOCAL)?);
    fields.bytes(2)?;
    let flags_and_method = (fields.u16()?, fields.u16()?);
    fields.bytes(4)?;
    let crc = fields.u32()?;
    let (packed, size) = (fields.u32()?, fields.u32()?);
    let [size, packed] = long_numbers([size, packed], extra)?;
    let stated = (crc, packed, size);
    let later = entry.flags & HAS_DESCRIPTOR != 0 && stated == (0, 0, 0);
    let same = stated == (entry.crc, entry.packed_bytes, entry.size_bytes);
    (flags_and_method == (entry.flags, entry.method) && name == entry.name && (same || later)).then_some(())
}

/// Whether the bytes behind the data are the descriptor that the entry's flags announce, or nothing.
fn fits(bytes: &[u8], entry: &Entry) -> bool {
    if entry.flags & HAS_DESCRIPTOR == 0 {
        return bytes.is_empty();
    }
    let mut fields = Fields(if matches!(bytes.len(), 16 | 24) { &bytes[4..] } else { bytes });
    let (crc, sizes) = match fields.0.len() {
        12 => (fields.u32(), [fields.u32().map(u64::from), fields.u32().map(u64::from)]),
        20 => (fields.u32(), [fields.u64(), fields.u64()]),
        _ => return false,
    };
    let has_signature = !matches!(bytes.len(), 16 | 24) || bytes.starts_with(&DESCRIPTOR);
    has_signature && crc == Some(entry.crc) && sizes == [Some(entry.packed_bytes), Some(entry.size_bytes)]
}

/// The data of an entry, decompressed and summed up.
struct Content<'a, R: BufRead> {
    data: Data<'a, R>,
    crc: Crc,
    expected: u32,
}

enum Data<'a, R: BufRead> {
    Stored(io::Take<&'a mut R>),
    Deflated(Box<DeflateDecoder<io::Take<&'a mut R>>>),
}

impl<'a, R: BufRead> Content<'a, R> {
    fn new(entry: &Entry, spool: &'a mut R) -> Content<'a, R> {
        let packed = spool.take(entry.packed_bytes);
        let data = match entry.method {
            0 => Data::Stored(packed),
            _ => Data::Deflated(Box::new(DeflateDecoder::new(packed))),
        };
        Content { data, crc: Crc::new(), expected: entry.crc }
    }

    /// Some bytes, at least one.
    fn read(&mut self, piece: &mut [u8]) -> io::Result<usize> {
        match self.read_some(piece)? {
            0 => Err(io::Error::new(ErrorKind::InvalidData, "its data is shorter than stated")),
            length => {
                self.crc.update(&piece[..length]);
                Ok(length)
            }
        }
    }

    fn read_some(&mut self, piece: &mut [u8]) -> io::Result<usize> {
        match &mut self.data {
            Data::Stored(data) => data.read(piece),
            Data::Deflated(data) => data.read(piece),
        }
    }

    /// Checks that just now the data is used up, and its checksum.
    fn finish(mut self) -> io::Result<()> {
        let wrong = |why| Err(io::Error::new(ErrorKind::InvalidData, why));
        if self.read_some(&mut [0])? > 0 {
            return wrong("its data is longer than stated");
        }
        let left = match &self.data {
            Data::Stored(data) => data.limit(),
            Data::Deflated(data) => data.get_ref().limit(),
        };
        match (left, self.crc.sum() == self.expected) {
            (0, true) => Ok(()),
            (0, false) => wrong("its checksum does not match"),
            _ => wrong("its packed data is shorter than stated"),
        }
    }
}
