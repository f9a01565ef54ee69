//! What a lock's name can stand for: the text `host.process.task` of its holder, or something else.
//!
//! Taking, watching and pruning locks look through here. A lock is somebody else's file: it is never followed, never
//! read beyond a kilobyte, and its text is believed only where it has the form.

use std::fs;
use std::io;
use std::path::Path;
use std::time::SystemTime;

use super::files;
use crate::error::{Error, Result};
pub(super) use crate::process::Owner;

/// Longer than any host's name, a process's number and a task's name.
const LOCK_BYTES: usize = 1024;

/// What a lock's name stands for at one moment. Two equal ones are the same lock, unchanged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sight {
    /// There is no lock.
    Nothing,
    /// A lock with this text, which may name an owner.
    Text(String),
    /// Something else: a directory, a link, a file that is too long or that cannot be read.
    Foreign { what: &'static str, length: u64, changed: Option<SystemTime> },
}

impl Sight {
    /// Looks at a lock.
    pub(super) fn of(lock: &Path) -> Result<Sight> {
        let what = match files::read_small(lock, LOCK_BYTES) {
            Ok(bytes) => match String::from_utf8(bytes) {
                Ok(text) => return Ok(Sight::Text(text)),
                Err(_) => "a file that is no text",
            },
            Err(error) => match error.kind() {
                io::ErrorKind::NotFound => return Ok(Sight::Nothing),
                io::ErrorKind::InvalidInput => "no plain file",
                io::ErrorKind::FileTooLarge => "a long file",
                io::ErrorKind::PermissionDenied => "a file that cannot be read",
                _ => return Err(Error::io("read", lock, error)),
            },
        };
        match fs::symlink_metadata(lock) {
            Ok(found) => Ok(Sight::Foreign { what, length: found.len(), changed: found.modified().ok() }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Sight::Nothing),
            Err(error) => Err(Error::io("read", lock, error)),
        }
    }

    /// The owner, where the text names one.
    pub(super) fn owner(&self) -> Option<Owner> {
        match self {
            Sight::Text(text) => Owner::parse(text),
            _ => None,
        }
    }

    /// The holder for a message.
    pub(super) fn holder(&self) -> String {
        match self {
            Sight::Nothing => "nobody".into(),
            Sight::Text(text) if text.is_empty() => "an empty file".into(),
            Sight::Text(text) => text.chars().take(200).flat_map(char::escape_default).collect(),
            Sight::Foreign { what, .. } => (*what).into(),
        }
    }
}
