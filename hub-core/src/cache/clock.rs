//! The time that waits are measured by.
//!
//! Waiting for a lock and judging its owner take the clock from here, so that tests wait ten minutes in no time. It
//! never jumps, whatever happens to the calendar. That is asked for only where the times of files are compared with it,
//! and to be written down.

use std::time::{Duration, Instant, SystemTime};

/// A clock that only goes forward, and a way to let time pass.
pub(super) trait Clock: Send + Sync {
    /// The time since the clock was made.
    fn now(&self) -> Duration;

    /// What the calendar says; it may jump ahead and back.
    fn date(&self) -> SystemTime;

    /// Lets time pass.
    fn sleep(&self, time: Duration);
}

/// The system's monotonic clock.
pub(super) struct Monotonic(Instant);

impl Monotonic {
    pub(super) fn new() -> Monotonic {
        Monotonic(Instant::now())
    }
}

impl Clock for Monotonic {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }

    fn date(&self) -> SystemTime {
        SystemTime::now()
    }

    fn sleep(&self, time: Duration) {
        std::thread::sleep(time);
    }
}
