//! A request to stop that work in progress looks at.
//!
//! Downloads, waits and training take one and look at it often. This crate installs no signal handlers: a program
//! connects its own (Ctrl-C, a button) to [`StopSignal::stop`].

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Error, Result};

/// A flag that is shared with long work and ends it early; clones are the same flag.
///
/// ```
/// let stop = hub_core::StopSignal::new();
/// let elsewhere = stop.clone();
/// elsewhere.stop();
/// assert!(stop.is_stopped());
/// ```
#[derive(Clone, Debug, Default)]
pub struct StopSignal(Arc<AtomicBool>);

impl StopSignal {
    /// A signal that nobody has given yet.
    pub fn new() -> StopSignal {
        StopSignal::default()
    }

    /// Asks the work to stop.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the work was asked to stop.
    pub fn is_stopped(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// An error that names the unfinished work, once the signal was given.
    pub(crate) fn check(&self, what: &str) -> Result<()> {
        match self.is_stopped() {
            true => Err(Error::Stopped { what: what.to_owned() }),
            false => Ok(()),
        }
    }
}
