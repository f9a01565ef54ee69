//! [`StopSignal`]: ends a training from another thread, or from a signal handler.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Ends a training after the step under way; clones are the same signal.
///
/// No library handles signals by itself: a program gives its handler a clone.
#[derive(Debug, Clone, Default)]
pub struct StopSignal(Arc<AtomicBool>);

impl StopSignal {
    /// A signal that is not given yet.
    pub fn new() -> StopSignal {
        StopSignal::default()
    }

    /// Gives the signal.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it has been given.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
