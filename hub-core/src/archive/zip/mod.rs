//! Zip archives, spooled into a file first: their list of entries stands at the end.
//!
//! ```text
//! [local header  data  descriptor?]*                           once for each entry, without gaps
//! [directory header]*                                          again once for each entry
//! [64-bit end record  its locator]?  end record  comment
//! ```
//!
//! `extract` calls it. Everything is said twice or more in a zip archive, and readers differ in whom they believe. Here
//! every byte belongs to one part, and all must agree. Stored and deflated entries are read, nothing else.
//! `spool` holds the file, `directory` reads the end, `member` one entry, `fields` numbers.

mod directory;
mod fields;
mod member;
mod spool;

use std::path::Path;

use super::intake::Intake;
use super::unpacking::Unpacking;
use crate::config::DownloadLimits;
use crate::error::{Error, Result};
use spool::Spool;

/// Unpacks all entries, in the order of their data.
pub(super) fn unpack(
    intake: &mut Intake<'_>,
    unpacking: &mut Unpacking<'_>,
    into: &Path,
    limits: &DownloadLimits,
) -> Result<()> {
    let mut spool = Spool::fill(intake, unpacking, into, limits.download_bytes)?;
    let directory = directory::read(&mut spool, unpacking)?;
    check_ratio(&spool, &directory.entries, limits)?;
    let mut at = 0;
    for (index, entry) in directory.entries.iter().enumerate() {
        let next = directory.entries.get(index + 1).map_or(directory.offset, |next| next.offset);
        if entry.offset != at {
            return Err(spool.damaged("its entries overlap, or have gaps between them"));
        }
        member::unpack(&mut spool, entry, next, unpacking)?;
        at = next;
    }
    match at == directory.offset {
        true => Ok(()),
        false => Err(spool.damaged("something stands before its directory")),
    }
}

/// The stated sizes are bounds: no entry is unpacked to more.
fn check_ratio(spool: &Spool<'_>, entries: &[directory::Entry], limits: &DownloadLimits) -> Result<()> {
    let total = entries.iter().fold(0u64, |total, entry| total.saturating_add(entry.size_bytes));
    if total > limits.ratio_free_bytes && total / limits.ratio.max(1) > spool.length() {
        let why = format!("{} bytes would become {total}, more than {} for one", spool.length(), limits.ratio);
        return Err(Error::BombLimit { archive: spool.name().to_owned(), why });
    }
    Ok(())
}
