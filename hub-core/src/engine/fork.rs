//! The fork guard: TensorFlow's threads do not exist in a forked child, where every run would wait for ever.
//!
//! `start` records the process in which the engine was bound and compares at every later call.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::error::{Error, Result};

/// The guard of this process's engine.
pub(super) static GUARD: Guard = Guard(AtomicU32::new(0));

/// The process that started the engine; 0 while there is none.
#[derive(Debug)]
pub(super) struct Guard(AtomicU32);

impl Guard {
    /// Records this process as the one that starts the engine.
    pub(super) fn record(&self) {
        self.0.store(std::process::id(), Ordering::Release);
    }

    /// Forgets the process: the start failed.
    pub(super) fn forget(&self) {
        self.0.store(0, Ordering::Release);
    }

    /// Refuses to go on in a child of the process that started the engine.
    pub(super) fn check(&self) -> Result<()> {
        match self.0.load(Ordering::Acquire) {
            0 => Ok(()),
            process if process == std::process::id() => Ok(()),
            _ => Err(Error::ForkedProcess),
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_forked_child_is_refused_and_its_parent_is_not() {
        let guard = Guard(AtomicU32::new(0));
        guard.record();
        // SAFETY: the child compares two numbers and ends with `_exit`; it takes no lock and allocates nothing.
        let child = unsafe { libc::fork() };
        if child == 0 {
            let refused = matches!(guard.check(), Err(Error::ForkedProcess));
            // SAFETY: the call only ends the child.
            unsafe { libc::_exit(if refused { 0 } else { 1 }) }
        }
        let mut status = -1;
        // SAFETY: the child is ours and not waited for yet, and the status is an integer of ours.
        let waited = unsafe { libc::waitpid(child, &mut status, 0) };
        assert_eq!((waited, status), (child, 0));
        guard.check().expect("the parent goes on");
    }
}
