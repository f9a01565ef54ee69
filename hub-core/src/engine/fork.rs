//! The fork guard: TensorFlow's threads do not exist in a forked child, where every run would wait for ever.
//!
//! `start` records the process in which the engine was bound and compares at every later call.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::error::{Error, Result};

/// The process that started the engine; 0 while there is none.
static STARTED_IN: AtomicU32 = AtomicU32::new(0);

/// Records this process as the one that starts the engine.
pub(super) fn record() {
    STARTED_IN.store(std::process::id(), Ordering::Release);
}

/// Forgets the process: the start failed.
pub(super) fn forget() {
    STARTED_IN.store(0, Ordering::Release);
}

/// Refuses to go on in a child of the process that started the engine.
pub(crate) fn check() -> Result<()> {
    match STARTED_IN.load(Ordering::Acquire) {
        0 => Ok(()),
        process if process == std::process::id() => Ok(()),
        _ => Err(Error::ForkedProcess),
    }
}
