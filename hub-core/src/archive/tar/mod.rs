//! Tar archives, read block by block.
//!
//! ```text
//! [x or L header, its data]*  header  data, padded to 512      once for each entry
//! 512 zeros  512 zeros  zeros …                                the end marker and padding
//! ```
//!
//! `extract` calls it. The reader is ours because it must bound what general readers take into memory at the word of a
//! header, and tell the end marker from an end of bytes. Here is the order of blocks; `header` knows one block,
//! `extension` the long names and sizes of pax and GNU.

mod extension;
mod header;

pub(super) use header::is_start;

use super::damaged;
use super::stream::{Stream, only_zeros};
use super::unpacking::{Unpacking, rejected};
use crate::error::Result;
use extension::Extension;
use header::{BLOCK_BYTES, Block, ExtensionType, Header, Type};

/// Unpacks all entries and reads the stream to its end.
pub(super) fn unpack(stream: &mut Stream<'_, '_>, unpacking: &mut Unpacking<'_>) -> Result<()> {
    let mut extension = Extension::default();
    while let Some(header) = next_header(stream)? {
        // At most one of each kind stands before an entry, except for the global ones, which count as entries.
        if !matches!(header.kind, Type::Extension(kind) if kind != ExtensionType::GlobalPax) {
            unpacking.entry()?;
        }
        match header.kind {
            Type::Extension(kind) => extension.read(kind, &header, stream)?,
            kind => entry(kind, header, std::mem::take(&mut extension), stream, unpacking)?,
        }
    }
    if extension.is_some() {
        return Err(damaged(stream.name(), "the last header extends one that does not come"));
    }
    only_zeros(stream)
}

/// The next header; none at the end of the archive.
fn next_header(stream: &mut Stream<'_, '_>) -> Result<Option<Header>> {
    let Some(block) = next_block(stream)? else {
        return at_end(stream);
    };
    if !header::is_zero(&block) {
        return Header::parse(&block).map(Some).map_err(|why| damaged(stream.name(), why));
    }
    match next_block(stream)? {
        Some(block) if header::is_zero(&block) => Ok(None),
        Some(_) => Err(damaged(stream.name(), "one block of zeros stands between headers")),
        None => at_end(stream),
    }
}

/// An end without its marker: it may be a cut between two entries, unless the transport counted.
fn at_end(stream: &Stream<'_, '_>) -> Result<Option<Header>> {
    match stream.length_is_proven() {
        true => Ok(None),
        false => Err(stream.cut_short("the end marker")),
    }
}

/// A whole block; none where the stream ended before it.
fn next_block(stream: &mut Stream<'_, '_>) -> Result<Option<Block>> {
    let mut block = [0; BLOCK_BYTES];
    match stream.fill(&mut block)? {
        0 => Ok(None),
        BLOCK_BYTES => Ok(Some(block)),
        _ => Err(stream.cut_short("the end of a header")),
    }
}

fn entry(
    kind: Type,
    header: Header,
    extension: Extension,
    stream: &mut Stream<'_, '_>,
    unpacking: &mut Unpacking<'_>,
) -> Result<()> {
    let archive = stream.name();
    let (name, size_bytes) = extension.apply(header).map_err(|(name, why)| rejected(archive, &name, why))?;
    match kind {
        Type::File if size_bytes == 0 => unpacking.file(&name, 0, &mut |_| Ok(0)),
        Type::File => {
            unpacking.file(&name, size_bytes, &mut |piece| data(stream, piece))?;
            skip_padding(stream, size_bytes)
        }
        Type::Directory if size_bytes == 0 => unpacking.directory(&name),
        Type::Directory => Err(rejected(archive, &name, "it is a directory with data")),
        Type::Other(what) => Err(rejected(archive, &name, format!("it is {what}, not a file or directory"))),
        Type::Extension(_) => Ok(()),
    }
}

/// Some bytes of an entry's data, at least one.
fn data(stream: &mut Stream<'_, '_>, piece: &mut [u8]) -> Result<usize> {
    match stream.read(piece)? {
        0 => Err(stream.cut_short("the end of an entry")),
        length => Ok(length),
    }
}

/// Data is padded to whole blocks.
fn skip_padding(stream: &mut Stream<'_, '_>, size_bytes: u64) -> Result<()> {
    let mut padding = [0; BLOCK_BYTES];
    let length = (BLOCK_BYTES - (size_bytes % BLOCK_BYTES as u64) as usize) % BLOCK_BYTES;
    match stream.fill(&mut padding[..length])? == length {
        true => Ok(()),
        false => Err(stream.cut_short("the end of an entry")),
    }
}
