//! Who holds a lock: the text `host.process.task`, and what else a lock's name can stand for.
//!
//! Taking, watching and pruning locks look through here. A lock is somebody else's file: it is never followed, never
//! read beyond a kilobyte, and its text is believed only where it has the form.

use std::fs;
use std::io;
use std::path::Path;
use std::time::SystemTime;

use super::files;
use super::names::is_uid;
use crate::error::{Error, Result};
use crate::process;

/// Longer than any host's name, a process's number and a task's name.
const LOCK_BYTES: usize = 1024;

/// The three parts of a lock's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) host: String,
    pub(super) process: u32,
    /// The task's name: 32 hexadecimal digits, safe as a part of a path.
    pub(super) uid: String,
}

impl Owner {
    /// The owner that a text names. The host's name may hold dots; the other parts do not.
    pub(super) fn parse(text: &str) -> Option<Owner> {
        let (rest, uid) = text.rsplit_once('.')?;
        let (host, process) = rest.rsplit_once('.')?;
        let is_number = !process.is_empty() && process.bytes().all(|byte| byte.is_ascii_digit());
        if host.is_empty() || !is_number || !is_uid(uid) {
            return None;
        }
        Some(Owner { host: host.to_owned(), process: process.parse().ok()?, uid: uid.to_owned() })
    }

    /// The text of this owner's lock.
    pub(super) fn text(&self) -> String {
        format!("{}.{}.{}", self.host, self.process, self.uid)
    }

    /// Whether the owner ran on this machine and does not any more.
    pub(super) fn is_dead(&self, this_host: &str) -> bool {
        self.host == this_host && !process::is_alive(self.process)
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    const UID: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn case_46_the_task_is_what_follows_the_last_dot() {
        let owner = Owner::parse(&format!("node-7.example.org.4711.{UID}")).expect("an owner");
        assert_eq!((owner.host.as_str(), owner.process, owner.uid.as_str()), ("node-7.example.org", 4711, UID));
        assert_eq!(owner.text(), format!("node-7.example.org.4711.{UID}"));
    }

    #[test]
    fn fault_79_other_texts_name_nobody() {
        for text in [
            "",
            "garbage",
            UID,
            &format!(".1.{UID}"),
            &format!("host.{UID}"),
            &format!("host.-1.{UID}"),
            &format!("host.99999999999.{UID}"),
            "host.1.../../../etc/passwd",
            &format!("host.1.{}", UID.to_uppercase()),
            &format!("host.1.{UID}\n"),
        ] {
            assert_eq!(Owner::parse(text), None, "{text:?}");
        }
    }
}
