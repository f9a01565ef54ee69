//! Zip archives, spooled into a file first and then read by the crate `zip`.
//!
//! `extract` calls it. Everything is said twice or more in a zip archive, and readers differ in whom they believe. The
//! crate compares each local header with the directory and the data with its checksum; here is the rest: one end
//! record, a directory that fills its place, and entries side by side, so that every byte belongs to one part.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use zip::ZipArchive;
use zip::read::{ArchiveOffset, Config, ZipFile, ZipFileEntry};
use zip::{CompressionMethod, ExtraField, ZipReadOptions};

use super::damaged;
use super::intake::Intake;
use super::name::shown;
use super::spool::Spool;
use super::unpacking::{Unpacking, rejected};
use crate::config::DownloadLimits;
use crate::error::{Error, Result};

const END: [u8; 4] = *b"PK\x05\x06";
const LONG_END: [u8; 4] = *b"PK\x06\x06";
const LOCATOR: [u8; 4] = *b"PK\x06\x07";
const DESCRIPTOR: [u8; 4] = *b"PK\x07\x08";

const END_BYTES: usize = 22;
const LONG_END_BYTES: usize = 56;
const LOCATOR_BYTES: usize = 20;
const HEADER_BYTES: u64 = 46;

/// No reader looks for the end record further away: its comment has at most 65535 bytes.
const TAIL_BYTES: u64 = 70_000;

/// The directory of a hundred thousand entries has a tenth of this.
const DIRECTORY_BYTES: u64 = 64 << 20;

/// What the end record says.
struct Directory {
    entries: u64,
    length: u64,
    /// Where it begins, and the data of the entries ends.
    offset: u64,
}

/// Unpacks all entries, in the order of their data.
pub(super) fn unpack(
    intake: &mut Intake<'_>,
    unpacking: &mut Unpacking<'_>,
    into: &Path,
    limits: &DownloadLimits,
) -> Result<()> {
    let mut spool = Spool::fill(intake, unpacking, into, limits.download_bytes)?;
    let directory = find_directory(&mut spool)?;
    for _ in 0..directory.entries {
        unpacking.entry()?;
    }
    let mut archive = open(&mut spool, &directory)?;
    let mut order = Vec::with_capacity(archive.len());
    let mut total_bytes = 0u64;
    for index in 0..archive.len() {
        let entry = archive.by_index_data(index).map_err(|error| spool.damaged(&error.to_string()))?;
        check(spool.name(), &entry)?;
        total_bytes = total_bytes.saturating_add(entry.size());
        order.push((entry.header_start(), index));
    }
    check_ratio(&spool, total_bytes, limits)?;
    order.sort_unstable();
    let starts = order.iter().map(|(start, _)| *start).chain([directory.offset]);
    if starts.clone().next() != Some(0) {
        return Err(spool.damaged("something stands before its first entry"));
    }
    for ((_, index), next) in order.iter().zip(starts.skip(1)) {
        member(&mut archive, *index, next, &mut spool, unpacking)?;
    }
    Ok(())
}

/// The one end record, as the last thing in the archive, right behind the directory.
fn find_directory(spool: &mut Spool<'_>) -> Result<Directory> {
    let tail_bytes = spool.length().min(TAIL_BYTES);
    let tail = spool.read_at(spool.length() - tail_bytes, tail_bytes as usize)?;
    let mut ends = tail.windows(END.len()).enumerate().filter(|(_, window)| *window == END).map(|(at, _)| at);
    let record = match (ends.next(), ends.next()) {
        (Some(at), None) if tail.len() - at >= END_BYTES => &tail[at..],
        (Some(_), Some(_)) => return Err(spool.damaged("its end can be read in two ways")),
        _ => return Err(spool.cut_short("its directory")),
    };
    let stated =
        Directory { entries: number(record, 10, 2), length: number(record, 12, 4), offset: number(record, 16, 4) };
    let end = spool.length() - record.len() as u64;
    let comment_fits = END_BYTES as u64 + number(record, 20, 2) == record.len() as u64;
    let (directory, end) = find_long_end(spool, &stated, end)?.unwrap_or((stated, end));
    match directory.offset.checked_add(directory.length) == Some(end) && comment_fits {
        _ if directory.length > DIRECTORY_BYTES => Err(spool.damaged("its directory is larger than any")),
        true if directory.entries <= directory.length / HEADER_BYTES => Ok(directory),
        _ => Err(spool.damaged("its directory is not where it is stated to be")),
    }
}

/// The 64-bit end record, where its locator stands before the end record: some readers ask for it only where a number
/// has no room, others always, so both must say the same.
fn find_long_end(spool: &mut Spool<'_>, stated: &Directory, end: u64) -> Result<Option<(Directory, u64)>> {
    let Some(offset) = end.checked_sub((LONG_END_BYTES + LOCATOR_BYTES) as u64) else { return Ok(None) };
    let records = spool.read_at(offset, LONG_END_BYTES + LOCATOR_BYTES)?;
    let (record, locator) = records.split_at(LONG_END_BYTES);
    if !locator.starts_with(&LOCATOR) {
        return Ok(None);
    }
    let long =
        Directory { entries: number(record, 32, 8), length: number(record, 40, 8), offset: number(record, 48, 8) };
    let agrees = |short: u64, long: u64, none: u32| short == long || short == u64::from(none);
    let agrees = agrees(stated.entries, long.entries, u16::MAX.into())
        && agrees(stated.length, long.length, u32::MAX)
        && agrees(stated.offset, long.offset, u32::MAX);
    match agrees && record.starts_with(&LONG_END) && number(locator, 8, 8) == offset {
        true => Ok(Some((long, offset))),
        false => Err(spool.damaged("its 64-bit end record is missing or malformed")),
    }
}

/// A number of some bytes, least first.
fn number(record: &[u8], at: usize, length: usize) -> u64 {
    record[at..at + length].iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// Opens the archive, and checks that the crate reads this directory, and that nothing hides in its end.
fn open(spool: &mut Spool<'_>, directory: &Directory) -> Result<ZipArchive<BufReader<File>>> {
    let config = Config { archive_offset: ArchiveOffset::Known(0) };
    let archive = ZipArchive::with_config(config, spool.open()?).map_err(|error| spool.damaged(&error.to_string()))?;
    if archive.has_duplicate_names() {
        return Err(spool.damaged("two of its entries have one name"));
    }
    let end = match archive.len().checked_sub(1).map(|last| archive.by_index_data(last)) {
        Some(Ok(last)) => {
            let start = last.central_header_start();
            let lengths = spool.read_at(start + 28, 6)?;
            let lengths = [0, 2, 4].iter().map(|at| number(&lengths, *at, 2));
            start + HEADER_BYTES + lengths.sum::<u64>()
        }
        _ => directory.offset,
    };
    let found = (archive.len() as u64, archive.central_directory_start(), end);
    match found == (directory.entries, directory.offset, directory.offset + directory.length) {
        true => Ok(archive),
        false => Err(spool.damaged("its directory has another number of entries than stated")),
    }
}

/// Refuses what is neither a regular file nor a directory, and what cannot be read.
fn check(archive: &str, entry: &ZipFileEntry<'_>) -> Result<()> {
    const ENCRYPTED: u16 = 1 | 1 << 6 | 1 << 13;
    const PATCH: u16 = 1 << 5;
    let (flags, method) = (entry.flags().as_u16(), entry.compression());
    let why = match (entry.external_attributes() >> 16) & 0o170_000 {
        _ if flags & ENCRYPTED != 0 => "it is encrypted".to_owned(),
        _ if flags & PATCH != 0 => "it is a patch".to_owned(),
        _ if !matches!(method, CompressionMethod::Stored | CompressionMethod::Deflated) => {
            format!("it is packed by method {method}, not by deflate")
        }
        0o120_000 => "it is a symbolic link, not a file or directory".to_owned(),
        0 | 0o100_000 if entry.name_raw().ends_with(b"/") && entry.size() > 0 => {
            "it is a directory with data".to_owned()
        }
        0o040_000 if !entry.name_raw().ends_with(b"/") || entry.size() > 0 => "it is a directory with data".to_owned(),
        0 | 0o040_000 | 0o100_000 => return Ok(()),
        _ => "it is of an unknown type, not a file or directory".to_owned(),
    };
    Err(rejected(archive, entry.name_raw(), why))
}

/// The stated sizes are bounds: no entry is unpacked to more.
fn check_ratio(spool: &Spool<'_>, total_bytes: u64, limits: &DownloadLimits) -> Result<()> {
    if total_bytes > limits.ratio_free_bytes && total_bytes / limits.ratio.max(1) > spool.length() {
        let why = format!("{} bytes would become {total_bytes}, more than {} for one", spool.length(), limits.ratio);
        return Err(Error::BombLimit { archive: spool.name().to_owned(), why });
    }
    Ok(())
}

/// Unpacks an entry that ends where the next part of the archive begins.
fn member(
    archive: &mut ZipArchive<BufReader<File>>,
    index: usize,
    next: u64,
    spool: &mut Spool<'_>,
    unpacking: &mut Unpacking<'_>,
) -> Result<()> {
    let name = archive.by_index_data(index).map_or_else(|_| Vec::new(), |entry| entry.name_raw().to_vec());
    let archive_name = spool.name();
    let wrong = |why: &str| damaged(archive_name, format!("`{}`: {why}", shown(&name)));
    let options = ZipReadOptions::new().enforce_header_consistency(true);
    let mut file = archive.by_index_with_options(index, options).map_err(|error| wrong(&error.to_string()))?;
    let fields = |of: fn(&ExtraField) -> bool| file.extra_data_fields().filter(|field| of(field)).count();
    if fields(|field| matches!(field, ExtraField::UnicodePath(_))) > 0
        || fields(|field| matches!(field, ExtraField::Zip64ExtendedInformation(_))) > 1
    {
        return Err(wrong("it has a second name, size or place"));
    }
    if !is_descriptor(spool, &file, next)? {
        return Err(wrong("it overlaps what follows, or something stands between"));
    }
    match file.is_dir() {
        true => unpacking.directory(&name)?,
        false => unpacking.file(&name, file.size(), &mut |piece| match file.read(piece) {
            Ok(0) => Err(wrong("its data is shorter than stated")),
            read => read.map_err(|error| wrong(&error.to_string())),
        })?,
    }
    // The crate checks the sum when it comes to the end.
    file.read(&mut [0]).map_err(|error| wrong(&error.to_string()))?;
    Ok(())
}

/// Whether between the data of an entry and the next part there is nothing but the descriptor that its flags announce.
fn is_descriptor(spool: &mut Spool<'_>, file: &ZipFile<'_, BufReader<File>>, next: u64) -> Result<bool> {
    let end = file.data_start().and_then(|start| start.checked_add(file.compressed_size()));
    let Some((end, length)) = end.and_then(|end| Some((end, next.checked_sub(end)?))) else { return Ok(false) };
    if !file.flags().is_using_data_descriptor() || length > 24 {
        return Ok(length == 0);
    }
    let found = spool.read_at(end, length as usize)?;
    let sizes = [file.compressed_size(), file.size()].map(u64::to_le_bytes);
    let crc = file.crc32().to_le_bytes();
    let short = [&crc[..], &sizes[0][..4], &sizes[1][..4]].concat();
    let long = [&crc[..], &sizes[0], &sizes[1]].concat();
    Ok([short, long].iter().any(|sums| *sums == found || found.strip_prefix(&DESCRIPTOR) == Some(sums)))
}
