//! Bringing a downloaded model to the disk while it still comes.
//!
//! After a power cut an entry is absent or whole, which a rename alone does not give: publishing syncs first. Most of a
//! large model is written to the disk while the rest is on its way, so that little is left to wait for in the end.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::tree;
use crate::error::{Error, Result};

/// How often growing files are looked at.
const INTERVAL: Duration = Duration::from_millis(200);
/// By how much a file must have grown: less is no work worth its while.
const WORTHWHILE_BYTES: u64 = 16 << 20;

/// A thread that has files written to the disk while they grow.
///
/// When it is dropped without [`WriteBehind::finish`], the download has failed, and nobody waits for the disk.
pub(super) struct WriteBehind {
    is_over: Arc<(Mutex<bool>, Condvar)>,
    thread: Option<JoinHandle<Result<()>>>,
}

impl WriteBehind {
    /// Begins for everything below a directory. Without a thread to spare nothing is written ahead.
    pub(super) fn begin(root: &Path) -> WriteBehind {
        let is_over = Arc::new((Mutex::new(false), Condvar::new()));
        let (signal, root) = (Arc::clone(&is_over), root.to_owned());
        let thread = std::thread::Builder::new().name("hub-write-behind".into()).spawn(move || {
            let mut written = HashMap::new();
            while !wait(&signal) {
                write_grown(&root, &mut written)?;
            }
            Ok(())
        });
        WriteBehind { is_over, thread: thread.ok() }
    }

    /// Ends it. The system tells of a failed write once only, so that what it told here counts.
    pub(super) fn finish(mut self) -> Result<()> {
        self.end();
        self.thread.take().map_or(Ok(()), |thread| thread.join().unwrap_or(Ok(())))
    }

    fn end(&self) {
        *self.is_over.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.is_over.1.notify_all();
    }
}

impl Drop for WriteBehind {
    fn drop(&mut self) {
        self.end();
    }
}

/// Waits for the next look; whether it is over instead.
fn wait(signal: &(Mutex<bool>, Condvar)) -> bool {
    let over = signal.0.lock().unwrap_or_else(PoisonError::into_inner);
    let waited = signal.1.wait_timeout_while(over, INTERVAL, |over| !*over);
    *waited.unwrap_or_else(PoisonError::into_inner).0
}

fn write_grown(root: &Path, written: &mut HashMap<PathBuf, u64>) -> Result<()> {
    for node in tree::walk(root).unwrap_or_default().into_iter().filter(|node| node.metadata.is_file()) {
        let length = node.metadata.len();
        if length.saturating_sub(written.get(&node.path).copied().unwrap_or(0)) < WORTHWHILE_BYTES {
            continue;
        }
        // One that is gone by now was not meant to stay.
        if let Ok(file) = File::open(&node.path) {
            file.sync_data().map_err(|error| Error::io("sync", &node.path, error))?;
        }
        written.insert(node.path, length);
    }
    Ok(())
}
