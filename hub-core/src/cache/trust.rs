//! Who else could have put things into the cache.
//!
//! Every look into the cache asks first. A model is a program, and Python's default cache lies in the directory for
//! everybody's temporary files, where another user can make it before we do. The rules:
//!
//! - The cache belongs to this user or to root. One that the user named may also belong to somebody else, who is then
//!   trusted: an administrator's cache that everybody reads.
//! - Nobody else may write into the cache or an entry: not everybody, and not a group, unless it is the owner's private
//!   one (its number is the owner's, as most systems have it). Where the sticky bit keeps others from replacing what
//!   they do not own, they may: then the entry's own owner decides.
//! - An entry is no link, and belongs to this user, to root or to whom the cache belongs.
//! - A link that leads to the cache belongs to one of these, too.
//!
//! [`Settings::trust_shared_cache`](crate::Settings::trust_shared_cache) switches all of this off. Elsewhere than on Unix
//! nothing is asked.

use std::fs::{self, Metadata};
use std::io;
use std::path::Path;

use crate::error::{Error, Result};

/// What the rules depend on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trust {
    /// Whether everything is trusted.
    pub(super) everybody: bool,
    /// Whether the user named the cache.
    pub(super) is_named: bool,
}

impl Trust {
    /// Asks for the cache itself; one that is not there yet is fine.
    pub(super) fn check_root(self, root: &Path) -> Result<()> {
        match fs::metadata(root) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(Error::io("read", root, error)),
            Ok(_) if self.everybody => Ok(()),
            Ok(found) => {
                let link = fs::symlink_metadata(root).map_err(|error| Error::io("read", root, error))?;
                refusal(root, self.why_not_root(&link, &found))
            }
        }
    }

    /// Asks for an entry; one that is not there is fine.
    pub(super) fn check_entry(self, root: &Path, entry: &Path) -> Result<()> {
        if self.everybody {
            return Ok(());
        }
        match (fs::symlink_metadata(entry), fs::metadata(root)) {
            (Ok(found), Ok(root)) => refusal(entry, why_not_entry(&found, &root)),
            (Err(error), _) | (_, Err(error)) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            (Err(error), _) | (_, Err(error)) => Err(Error::io("read", entry, error)),
        }
    }
}

fn refusal(path: &Path, why: Option<String>) -> Result<()> {
    match why {
        None => Ok(()),
        Some(why) => Err(Error::CacheUntrusted { path: path.to_owned(), why }),
    }
}

#[cfg(unix)]
mod rules {
    use std::os::unix::fs::MetadataExt;

    use super::{Metadata, Trust};

    const STICKY: u32 = 0o1000;
    const GROUP_WRITES: u32 = 0o020;
    const OTHERS_WRITE: u32 = 0o002;

    impl Trust {
        pub(super) fn why_not_root(self, link: &Metadata, root: &Metadata) -> Option<String> {
            let is_ours = |found: &Metadata| found.uid() == 0 || found.uid() == user();
            if !is_ours(root) && !self.is_named {
                return Some(format!("it belongs to the user {}", root.uid()));
            }
            if !is_ours(link) && link.uid() != root.uid() {
                return Some(format!("the link to it belongs to the user {}", link.uid()));
            }
            if root.mode() & STICKY != 0 { None } else { who_may_write(root) }
        }
    }

    pub(super) fn why_not_entry(entry: &Metadata, root: &Metadata) -> Option<String> {
        if entry.file_type().is_symlink() {
            return Some("it is a link".into());
        }
        if ![0, user(), root.uid()].contains(&entry.uid()) {
            return Some(format!("it belongs to the user {}", entry.uid()));
        }
        who_may_write(entry)
    }

    fn who_may_write(found: &Metadata) -> Option<String> {
        if found.mode() & OTHERS_WRITE != 0 {
            return Some("everybody may write into it".into());
        }
        let is_private = found.gid() == found.uid();
        (found.mode() & GROUP_WRITES != 0 && !is_private)
            .then(|| format!("the group {} may write into it", found.gid()))
    }

    fn user() -> u32 {
        rustix::process::geteuid().as_raw()
    }
}

#[cfg(unix)]
use rules::why_not_entry;

#[cfg(not(unix))]
impl Trust {
    fn why_not_root(self, _: &Metadata, _: &Metadata) -> Option<String> {
        None
    }
}

#[cfg(not(unix))]
fn why_not_entry(entry: &Metadata, _: &Metadata) -> Option<String> {
    entry.file_type().is_symlink().then(|| "it is a link".into())
}
