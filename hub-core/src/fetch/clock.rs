//! The time, so that tests can wait without waiting.

use std::fmt::Debug;
use std::hash::{BuildHasher, RandomState};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// Where the time comes from. Waits and limits use [`Clock::now`], which never goes back; the date is only compared with
/// dates that servers name.
pub(super) trait Clock: Debug + Send + Sync {
    /// The time since some moment.
    fn now(&self) -> Instant {
        Instant::now()
    }

    /// The date, as far as the system knows it.
    fn date(&self) -> SystemTime {
        SystemTime::now()
    }

    /// Lets time pass.
    fn sleep(&self, time: Duration) {
        thread::sleep(time);
    }

    /// A number from 0 to 1, another one each time: many clients should not try again at the same moment.
    fn chance(&self) -> f64 {
        RandomState::new().hash_one(()) as f64 / u64::MAX as f64
    }
}

/// The system's clock.
#[derive(Debug)]
pub(super) struct SystemClock;

impl Clock for SystemClock {}
