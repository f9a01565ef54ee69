//! The lock of the engine cache: one install at a time.
//!
//! `install` takes it. It saves a second download and no more: an install is safe without it, because it works in its
//! own directory and publishes by one rename. The kernel releases it when its owner dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::disk;
use crate::error::{Error, Result};
use crate::progress::{Event, Progress};

/// How often a wait is mentioned.
const REMINDER: Duration = Duration::from_secs(10);

/// Waits for the lock; the file holds it until it is dropped.
pub(super) fn acquire(path: &Path, patience: Duration, progress: &dyn Progress) -> Result<File> {
    let opened = OpenOptions::new().create(true).truncate(false).write(true).open(path);
    let file = opened.map_err(|error| disk::failed("open", path, 0, &error))?;
    let started = Instant::now();
    let mut reminders = 0;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => {
                // Some network file systems have no locks.
                tracing::debug!(%error, path = %path.display(), "installing without a lock");
                return Ok(file);
            }
        }
        let waited = started.elapsed();
        if waited > patience {
            return Err(busy(path, waited));
        }
        if waited >= REMINDER * reminders {
            let text = format!("waiting for another process that installs TensorFlow ({} s)", waited.as_secs());
            progress.event(&Event::Note { text: &text });
            reminders += 1;
        }
        sleep(Duration::from_millis(100).min(patience));
    }
}

fn busy(path: &Path, waited: Duration) -> Error {
    Error::EngineInstall {
        why: format!("another process has held `{}` for {} s", path.display(), waited.as_secs()),
        fix: "end that process, and try again".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;

    #[test]
    fn a_lock_that_is_not_released_is_given_up() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join(".lock");
        let held = acquire(&path, Duration::ZERO, &Silent).expect("nobody holds it");
        let error = acquire(&path, Duration::from_millis(50), &Silent).expect_err("it is held");
        assert!(matches!(error, Error::EngineInstall { .. }), "{error:?}");
        drop(held);
        acquire(&path, Duration::ZERO, &Silent).expect("it is released");
    }
}
