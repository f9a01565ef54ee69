//! Archives of models: tar (plain, gzip, bzip2, xz) and zip, unpacked into a directory while they are read.
//!
//! The resolvers call it with the bytes of a download. Nothing that an archive says is believed before it is checked:
//! only regular files and directories come out, under names that mean the same on every system, within the limits, and
//! only of an archive that is whole. Not here: where the bytes come from, what a model is, syncing and publishing.
//!
//! | file | holds |
//! |---|---|
//! | `format` | which format the first bytes announce |
//! | `intake`, `stream` | the archive's bytes as they come, and decompressed; what a failed read means |
//! | `tar`, `zip` | the two containers, read by the crates of these names |
//! | `spool` | the file that a zip archive is kept in meanwhile |
//! | `unpacking` | the rules that both obey, and writing with digests |
//! | `name`, `taken`, `budget`, `tree` | names, clashes between names, limits, the directory that is written |

mod budget;
mod format;
mod intake;
mod name;
mod spool;
mod stream;
mod taken;
mod tar;
#[cfg(test)]
mod tests;
mod tree;
mod unpacking;
mod zip;

use std::io::Read;
use std::path::Path;

pub(crate) use format::{Format, sniff};

use crate::config::DownloadLimits;
use crate::error::{Error, Result};
use intake::Intake;
use stream::Stream;
pub(crate) use unpacking::Unpacking;

/// A file that came out of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    /// Its path below the directory, with `/` between the parts.
    pub path: String,
    /// Its length.
    pub size_bytes: u64,
    /// The SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

/// The bytes of an archive.
pub(crate) struct Source<'a> {
    /// The handle or file, for messages; without secrets.
    pub name: &'a str,
    /// Where they come from.
    pub bytes: &'a mut dyn Read,
    /// Asked after the last byte: did the transport prove that all bytes came?
    pub length_is_proven: &'a dyn Fn() -> bool,
}

/// Unpacks an archive into an empty directory; answers with its files, sorted by path.
///
/// `advanced` hears how many bytes of files have been written. After an error the directory holds what was written so
/// far, and never anything outside it.
///
/// # Errors
///
/// [`Error::EntryRejected`] for an entry that no model needs, [`Error::BadArchive`] for damage, [`Error::Truncated`]
/// for bytes that never came, [`Error::BombLimit`] and [`Error::DiskFull`] for too many of them; what the source
/// itself says (see [`Error::carried`]) is passed on.
pub(crate) fn extract(
    source: Source<'_>,
    into: &Path,
    limits: &DownloadLimits,
    advanced: &mut dyn FnMut(u64),
) -> Result<Vec<Member>> {
    let mut intake = Intake::new(source);
    let format = intake.format()?;
    let mut unpacking = Unpacking::new(intake.watch().name(), into, limits, advanced)?;
    match format {
        Format::Zip => zip::unpack(&mut intake, &mut unpacking, into, limits)?,
        Format::Tar | Format::Gzip | Format::Bzip2 | Format::Xz => {
            tar::unpack(Stream::new(&mut intake, format, limits), &mut unpacking)?;
        }
    }
    Ok(unpacking.finish())
}

/// A [`Error::BadArchive`] from its sentence.
fn damaged(archive: &str, why: impl Into<String>) -> Error {
    Error::BadArchive { archive: archive.to_owned(), why: why.into() }
}
