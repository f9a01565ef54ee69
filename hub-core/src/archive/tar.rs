//! Tar archives, whose headers the crate `tar` reads.
//!
//! `extract` calls it. The headers are taken raw and one by one: the crate would take long names and pax attributes of
//! any length into memory, and would let a pax size stand against the header's. So they are bounded and compared here
//! first; only names and sizes of theirs count. Modes, owners and times do not: what is unpacked is new.

use std::io::{self, ErrorKind, Read};

use tar::{Archive, EntryType, Header, PaxExtensions};

use super::damaged;
use super::intake::{Watch, fill};
use super::stream::Stream;
use super::unpacking::{Unpacking, rejected};
use crate::error::Result;

/// Everything in a tar archive comes in blocks of this length.
const BLOCK_BYTES: usize = 512;

/// Far more than any system's longest path, and attributes beside it are short.
const EXTENSION_BYTES: u64 = 1 << 20;

/// The first size that does not fit into a header's eleven octal digits; writers put it into pax, and zero there.
const FIRST_LONG_SIZE: u64 = 1 << 33;

/// Whether a block can be the first of a tar archive: a header, or the end marker of an empty one.
pub(super) fn is_start(block: &[u8; BLOCK_BYTES]) -> bool {
    next_header(&block[..]).is_ok()
}

/// Unpacks all entries and reads the stream to its end.
pub(super) fn unpack(mut stream: Stream<'_, '_>, unpacking: &mut Unpacking<'_>) -> Result<()> {
    let watch = stream.watch();
    let mut extension = Extension::default();
    while let Some(header) = next_header(&mut stream).map_err(|error| watch.failure(error, "tar"))? {
        let kind = header.entry_type();
        // At most one of each of these stands before an entry.
        if !matches!(kind, EntryType::XHeader | EntryType::GNULongName) {
            unpacking.entry()?;
        }
        match kind {
            EntryType::XHeader | EntryType::XGlobalHeader | EntryType::GNULongName => {
                extension.read(&header, &mut stream, &watch)?;
            }
            _ => entry(&header, std::mem::take(&mut extension), &mut stream, &watch, unpacking)?,
        }
    }
    match extension.seen.is_empty() {
        true => finish(&mut stream, &watch),
        false => Err(damaged(watch.name(), "the last header extends one that does not come")),
    }
}

/// The header that the bytes begin with; none at their end and at the first block of the end marker.
fn next_header(bytes: impl Read) -> io::Result<Option<Header>> {
    let mut archive = Archive::new(bytes);
    let Some(entry) = archive.entries()?.raw(true).next() else { return Ok(None) };
    let header = entry?.header().clone();
    let size = header.as_old().size;
    // Of a binary size the crate reads the last eight bytes alone.
    match size[0] < 0x80 || (size.starts_with(&[0x80, 0, 0, 0]) && size[4] < 0x80) {
        true => Ok(Some(header)),
        false => Err(io::Error::new(ErrorKind::InvalidData, "a header's size is no number")),
    }
}

/// Behind the entries come the second block of the end marker and more zeros. Where it lacks, this may be a cut between
/// two entries, unless the transport counted.
fn finish(stream: &mut Stream<'_, '_>, watch: &Watch<'_>) -> Result<()> {
    let mut piece = [0; 4096];
    let mut zeros = 0;
    loop {
        match stream.read(&mut piece).map_err(|error| watch.failure(error, "tar"))? {
            0 if zeros >= BLOCK_BYTES || watch.length_is_proven() => return Ok(()),
            0 => return Err(watch.cut_short("the end marker")),
            length if piece[..length].iter().all(|byte| *byte == 0) => zeros = zeros.saturating_add(length),
            _ => return Err(damaged(watch.name(), "something follows after the archive's end")),
        }
    }
}

fn entry(
    header: &Header,
    extension: Extension,
    stream: &mut Stream<'_, '_>,
    watch: &Watch<'_>,
    unpacking: &mut Unpacking<'_>,
) -> Result<()> {
    let failed = |error| watch.failure(error, "tar");
    let stated = header.entry_size().map_err(failed)?;
    let size = extension.size_bytes.unwrap_or(stated);
    let name = extension.name.unwrap_or_else(|| header.path_bytes().into_owned());
    let refused = |why: &str| Err(rejected(watch.name(), &name, why));
    if extension.is_sparse {
        return refused("it is a sparse file");
    }
    if size != stated && (stated != 0 || size < FIRST_LONG_SIZE) {
        return refused(&format!("it has two sizes, {stated} and {size} bytes"));
    }
    // Before there was a type for directories they were told by their names.
    let is_old_directory = header.as_old().linkflag == [0] && name.ends_with(b"/");
    match header.entry_type() {
        EntryType::Regular if !is_old_directory => {
            unpacking.file(&name, size, &mut |piece| match stream.read(piece).map_err(failed)? {
                0 => Err(watch.cut_short("the end of an entry")),
                length => Ok(length),
            })?;
            skip_padding(stream, size, watch)
        }
        EntryType::Regular | EntryType::Directory if size == 0 => unpacking.directory(&name),
        EntryType::Regular | EntryType::Directory => refused("it is a directory with data"),
        EntryType::Link => refused("it is a hard link, not a file or directory"),
        EntryType::Symlink => refused("it is a symbolic link, not a file or directory"),
        EntryType::GNULongLink => refused("it is the long name of a link, not a file or directory"),
        _ => refused("it is of another type, not a file or directory"),
    }
}

/// Data is padded to whole blocks.
fn skip_padding(stream: &mut Stream<'_, '_>, size_bytes: u64, watch: &Watch<'_>) -> Result<()> {
    let length = (BLOCK_BYTES - (size_bytes % BLOCK_BYTES as u64) as usize) % BLOCK_BYTES;
    match fill(&mut [0; BLOCK_BYTES][..length], |piece| stream.read(piece)) {
        Ok(filled) if filled == length => Ok(()),
        Ok(_) => Err(watch.cut_short("the end of an entry")),
        Err(error) => Err(watch.failure(error, "tar")),
    }
}

/// What the headers before an entry said about it.
#[derive(Default)]
struct Extension {
    seen: Vec<EntryType>,
    name: Option<Vec<u8>>,
    size_bytes: Option<u64>,
    is_sparse: bool,
}

impl Extension {
    /// Reads the data of an extension header, which must be short.
    fn read(&mut self, header: &Header, stream: &mut Stream<'_, '_>, watch: &Watch<'_>) -> Result<()> {
        let kind = header.entry_type();
        if self.seen.contains(&kind) {
            return Err(damaged(watch.name(), "two headers of a kind extend one entry"));
        }
        let refused = |why: String| rejected(watch.name(), &header.path_bytes(), why);
        let failed = |error| watch.failure(error, "tar");
        let size = header.entry_size().map_err(failed)?;
        if size > EXTENSION_BYTES {
            return Err(refused(format!("it extends another by {size} bytes, more than {EXTENSION_BYTES}")));
        }
        let mut data = Vec::new();
        stream.take(size).read_to_end(&mut data).map_err(failed)?;
        if data.len() as u64 != size {
            return Err(watch.cut_short("the end of an extended header"));
        }
        skip_padding(stream, size, watch)?;
        if kind == EntryType::XGlobalHeader {
            return Extension::default().set_global(&data).map_err(refused);
        }
        self.seen.push(kind);
        match kind {
            EntryType::XHeader => self.set_attributes(&data).map_err(refused),
            // GNU ends a long name with a zero; another one within is refused as any control character.
            _ => self.set_name(data.strip_suffix(b"\0").unwrap_or(&data)).map_err(refused),
        }
    }

    /// Attributes of all following entries.
    fn set_global(mut self, data: &[u8]) -> Result<(), String> {
        self.set_attributes(data)?;
        match self.name.is_some() || self.size_bytes.is_some() || self.is_sparse {
            true => Err("it gives one name or size to many entries".into()),
            false => Ok(()),
        }
    }

    fn set_name(&mut self, name: &[u8]) -> Result<(), String> {
        match self.name.replace(name.to_vec()) {
            None => Ok(()),
            Some(_) => Err("it gives an entry a second name".into()),
        }
    }

    fn set_attributes(&mut self, data: &[u8]) -> Result<(), String> {
        const MALFORMED: &str = "a pax attribute is malformed";
        // The crate stops at an empty line, and reads a last one without an end.
        if PaxExtensions::new(data).count() != data.iter().filter(|byte| **byte == b'\n').count() {
            return Err(MALFORMED.into());
        }
        for attribute in PaxExtensions::new(data) {
            let attribute = attribute.map_err(|_| MALFORMED)?;
            match attribute.key_bytes() {
                b"path" if attribute.value_bytes().is_empty() => return Err("its name is empty".into()),
                b"path" => self.set_name(attribute.value_bytes())?,
                b"size" => {
                    let size = attribute.value().ok().and_then(|text| text.parse().ok());
                    if self.size_bytes.replace(size.ok_or("its size is no number")?).is_some() {
                        return Err("it gives an entry a second size".into());
                    }
                }
                key => self.is_sparse |= key.starts_with(b"GNU.sparse."),
            }
        }
        Ok(())
    }
}
