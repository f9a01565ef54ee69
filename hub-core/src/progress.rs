//! Progress of work that takes a while: events, and who listens to them.
//!
//! Whoever downloads, installs or trains sends an [`Event`] to a [`Progress`] listener; it prints nothing itself.
//! [`standard`] picks the listener for a program on a terminal. Progress goes to stderr, never to stdout. What the
//! events mean for a particular job is said where they are sent.

#[cfg(feature = "progress")]
use std::io::{IsTerminal, stderr};
use std::sync::Arc;
use std::time::Duration;

/// Something that listens to progress.
pub trait Progress: Send + Sync {
    /// Takes note of one event; it should return at once.
    fn event(&self, event: &Event<'_>);
}

/// One step of a longer job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A job starts.
    Started {
        /// What is done, in a few words.
        task: &'a str,
        /// How much there is to do, where that is known.
        total: Option<u64>,
        /// What is counted.
        unit: Unit,
    },
    /// A job has come so far.
    Advanced {
        /// The amount done since the start.
        done: u64,
    },
    /// The job has come to another part of itself.
    Stage {
        /// What is done now, in a few words.
        text: &'a str,
    },
    /// Something worth a line: a wait and its reason.
    Note {
        /// The line.
        text: &'a str,
    },
    /// The job is over.
    Finished {
        /// Whether it did what it set out to do.
        success: bool,
    },
}

/// What a job counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unit {
    /// Bytes of a file.
    Bytes,
    /// Steps of any other kind.
    Steps,
}

/// A listener that says nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn event(&self, _: &Event<'_>) {}
}

/// The listener for a program: a bar where stderr is a terminal, otherwise one line per job.
pub fn standard() -> Arc<dyn Progress> {
    #[cfg(feature = "progress")]
    if stderr().is_terminal() {
        return Arc::new(bar::Bar::default());
    }
    Arc::new(Lines::default())
}

/// The listener of a user who asked for progress: a bar on a terminal, otherwise a line every few seconds.
pub(crate) fn talkative() -> Arc<dyn Progress> {
    #[cfg(feature = "progress")]
    if stderr().is_terminal() {
        return Arc::new(bar::Bar::default());
    }
    Arc::new(Lines::every(Duration::from_secs(3)))
}

mod lines;
pub use lines::Lines;
#[cfg(feature = "progress")]
mod bar;
#[cfg(feature = "progress")]
pub use bar::Bar;
