//! The end of a zip archive: where its directory is, and what it lists.
//!
//! `zip` reads it first. Of two ways to read an archive none is taken.

use super::super::unpacking::{Unpacking, rejected};
use super::fields::{ELSEWHERE, Fields, long_numbers};
use super::spool::Spool;
use crate::error::Result;

const END: [u8; 4] = *b"PK\x05\x06";
const LONG_END: [u8; 4] = *b"PK\x06\x06";
const LOCATOR: [u8; 4] = *b"PK\x06\x07";
const HEADER: [u8; 4] = *b"PK\x01\x02";

const END_BYTES: usize = 22;
const LONG_END_BYTES: usize = 56;
const LOCATOR_BYTES: usize = 20;
const HEADER_BYTES: usize = 46;

/// The directory of a hundred thousand entries has a tenth of this.
const DIRECTORY_BYTES: u64 = 64 << 20;

/// What the end record says.
pub(super) struct Directory {
    /// Where it begins, and the data of the entries ends.
    pub offset: u64,
    /// Its entries, in the order of their data.
    pub entries: Vec<Entry>,
}

/// What the directory says about an entry.
pub(super) struct Entry {
    pub name: Vec<u8>,
    pub flags: u16,
    pub method: u16,
    pub crc: u32,
    pub packed_bytes: u64,
    pub size_bytes: u64,
    pub offset: u64,
    pub attributes: u32,
}

/// Where the directory is.
struct Place {
    entries: u64,
    length: u64,
    offset: u64,
}

/// Finds and reads the directory.
pub(super) fn read(spool: &mut Spool<'_>, unpacking: &mut Unpacking<'_>) -> Result<Directory> {
    let place = find(spool)?;
    if place.length > DIRECTORY_BYTES {
        return Err(spool.damaged("its directory is larger than any"));
    }
    let bytes = spool.read_at(place.offset, place.length as usize)?;
    let mut fields = Fields(&bytes);
    let mut entries = Vec::new();
    while !fields.0.is_empty() {
        unpacking.entry()?;
        let entry = entry(&mut fields).ok_or_else(|| spool.damaged("its directory has a malformed entry"))?;
        check(spool.name(), &entry)?;
        entries.push(entry);
    }
    if entries.len() as u64 != place.entries {
        return Err(spool.damaged("its directory has another number of entries than stated"));
    }
    entries.sort_by_key(|entry| entry.offset);
    Ok(Directory { offset: place.offset, entries })
}

/// The one end record, as the last thing in the archive, right behind the directory.
fn find(spool: &mut Spool<'_>) -> Result<Place> {
    let tail_bytes = spool.length().min((END_BYTES + usize::from(u16::MAX)) as u64);
    let tail_offset = spool.length() - tail_bytes;
    let tail = spool.read_at(tail_offset, tail_bytes as usize)?;
    let signatures: Vec<usize> =
        tail.windows(END_BYTES).enumerate().filter(|(_, record)| record.starts_with(&END)).map(|(at, _)| at).collect();
    let fits = |at: &usize| {
        let comment = u16::from_le_bytes([tail[at + END_BYTES - 2], tail[at + END_BYTES - 1]]);
        at + END_BYTES + usize::from(comment) == tail.len()
    };
    let Some(last) = signatures.last() else { return Err(spool.cut_short("its directory")) };
    if !fits(last) || signatures.iter().filter(|at| fits(at)).count() > 1 {
        return Err(spool.damaged("its end can be read in two ways"));
    }
    let place = end_record(&tail[*last..]).ok_or_else(|| spool.damaged("it is one of several parts"))?;
    let end_offset = tail_offset + *last as u64;
    let (place, end_offset) = match place {
        Some(place) => (place, end_offset),
        None => long_end(spool, end_offset)?,
    };
    match place.offset.checked_add(place.length) == Some(end_offset) {
        true => Ok(place),
        false => Err(spool.damaged("its directory is not where it is stated to be")),
    }
}

/// The end record; some `None` inside where its numbers stand in the 64-bit one, none where it is not one of one part.
fn end_record(bytes: &[u8]) -> Option<Option<Place>> {
    let mut fields = Fields(bytes.get(4..)?);
    let disks = [fields.u16()?, fields.u16()?];
    let (here, entries) = (fields.u16()?, fields.u16()?);
    let (length, offset) = (fields.u32()?, fields.u32()?);
    let is_long = entries == u16::MAX || length == ELSEWHERE || offset == ELSEWHERE;
    let place = Place { entries: entries.into(), length: length.into(), offset: offset.into() };
    let one_part = disks.iter().all(|disk| *disk == 0 || (is_long && *disk == u16::MAX)) && here == entries;
    one_part.then_some((!is_long).then_some(place))
}

/// The 64-bit end record, which must stand right before its locator, and that right before the end record.
fn long_end(spool: &mut Spool<'_>, end_offset: u64) -> Result<(Place, u64)> {
    let wrong = |spool: &Spool<'_>| spool.damaged("its 64-bit end record is missing or malformed");
    let Some(offset) = end_offset.checked_sub((LOCATOR_BYTES + LONG_END_BYTES) as u64) else {
        return Err(wrong(spool));
    };
    let bytes = spool.read_at(offset, LONG_END_BYTES + LOCATOR_BYTES)?;
    match long_end_record(&bytes, offset) {
        Some(place) => Ok((place, offset)),
        None => Err(wrong(spool)),
    }
}

fn long_end_record(bytes: &[u8], own_offset: u64) -> Option<Place> {
    let (record, locator) = bytes.split_at_checked(LONG_END_BYTES)?;
    let mut fields = Fields(record.strip_prefix(&LONG_END)?);
    let record_bytes = fields.u64()?;
    fields.bytes(4)?;
    let disks = [fields.u32()?, fields.u32()?];
    let (here, entries) = (fields.u64()?, fields.u64()?);
    let (length, offset) = (fields.u64()?, fields.u64()?);
    let mut locator = Fields(locator.strip_prefix(&LOCATOR)?);
    let located = (locator.u32()?, locator.u64()?, locator.u32()?);
    let sound = record_bytes == LONG_END_BYTES as u64 - 12 && disks == [0, 0] && here == entries;
    (sound && located == (0, own_offset, 1)).then_some(Place { entries, length, offset })
}

/// The next entry of the directory.
fn entry(fields: &mut Fields<'_>) -> Option<Entry> {
    let mut header = Fields(fields.bytes(HEADER_BYTES)?.strip_prefix(&HEADER)?);
    header.bytes(4)?;
    let (flags, method) = (header.u16()?, header.u16()?);
    header.bytes(4)?;
    let crc = header.u32()?;
    let (packed, size) = (header.u32()?, header.u32()?);
    let lengths = [header.u16()?, header.u16()?, header.u16()?];
    let disk = header.u16()?;
    header.bytes(2)?;
    let (attributes, offset) = (header.u32()?, header.u32()?);
    let name = fields.bytes(lengths[0].into())?.to_vec();
    let [size_bytes, packed_bytes, offset] = long_numbers([size, packed, offset], fields.bytes(lengths[1].into())?)?;
    fields.bytes(lengths[2].into())?;
    (disk == 0).then_some(Entry { name, flags, method, crc, packed_bytes, size_bytes, offset, attributes })
}

/// Refuses what is neither a regular file nor a directory, and what cannot be read.
fn check(archive: &str, entry: &Entry) -> Result<()> {
    const ENCRYPTED: u16 = 1 | 1 << 6 | 1 << 13;
    const PATCH: u16 = 1 << 5;
    let named_as_directory = entry.name.ends_with(b"/");
    let why = match (entry.attributes >> 16) & 0o170_000 {
        _ if entry.flags & ENCRYPTED != 0 => "it is encrypted".to_owned(),
        _ if entry.flags & PATCH != 0 => "it is a patch".to_owned(),
        _ if !matches!(entry.method, 0 | 8) => format!("it is packed by method {}, not by deflate", entry.method),
        0o120_000 => "it is a symbolic link, not a file or directory".to_owned(),
        0 | 0o100_000 if named_as_directory && entry.size_bytes > 0 => "it is a directory with data".to_owned(),
        0o040_000 if !named_as_directory || entry.size_bytes > 0 => "it is a directory with data".to_owned(),
        0 | 0o040_000 | 0o100_000 => return Ok(()),
        _ => "it is of an unknown type, not a file or directory".to_owned(),
    };
    Err(rejected(archive, &entry.name, why))
}
