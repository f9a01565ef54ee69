//! What ends a download early: the stop signal, the overall limit, a body that stands still or crawls.
//!
//! One watch goes with a download through all its tries. The sockets (`wire`) and the waits (`retry`) look at it in
//! short slices.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::clock::Clock;
use crate::config::DownloadLimits;
use crate::error::{Error, Result};
use crate::stop::StopSignal;

/// The longest time in which nobody looks at the watch.
pub(super) const SLICE: Duration = Duration::from_millis(100);

/// What ends a download early.
#[derive(Debug)]
pub(super) struct Watch {
    /// The address that was asked for, as messages show it.
    what: String,
    stop: StopSignal,
    clock: Arc<dyn Clock>,
    started: Instant,
    overall: Option<Duration>,
    still: Duration,
    floor: u64,
    /// There while a body is read.
    pace: Mutex<Option<Pace>>,
}

/// How fast a body comes. Only the time spent waiting for the network counts: a slow disk is not the server's fault.
#[derive(Debug, Default)]
struct Pace {
    waited_for_next: Duration,
    waited: Duration,
    bytes: u64,
}

impl Watch {
    pub(super) fn new(what: String, limits: &DownloadLimits, stop: StopSignal, clock: Arc<dyn Clock>) -> Watch {
        let (started, overall) = (clock.now(), limits.overall);
        let (still, floor) = (limits.progress, limits.floor_bytes_per_second);
        Watch { what, stop, clock, started, overall, still, floor, pace: Mutex::new(None) }
    }

    /// The address that was asked for, as messages show it.
    pub(super) fn what(&self) -> &str {
        &self.what
    }

    /// An error once the download is to end.
    pub(super) fn check(&self) -> Result<()> {
        self.stop.check(&format!("the download of `{}`", self.what))?;
        match self.overall {
            Some(limit) if self.is_late() => Err(self.timeout("overall", limit)),
            _ => Ok(()),
        }
    }

    /// Whether the overall limit is over.
    fn is_late(&self) -> bool {
        self.overall.is_some_and(|limit| self.clock.now().saturating_duration_since(self.started) >= limit)
    }

    /// Lets time pass, unless the download is to end before.
    pub(super) fn wait(&self, time: Duration) -> Result<()> {
        let start = self.clock.now();
        loop {
            self.check()?;
            let left = time.saturating_sub(self.clock.now().saturating_duration_since(start));
            if left.is_zero() {
                return Ok(());
            }
            self.clock.sleep(left.min(SLICE));
        }
    }

    /// From now on a body comes, and its speed counts; or a new try begins, and it does not.
    pub(super) fn measure(&self, measured: bool) {
        *self.pace() = measured.then(Pace::default);
    }

    /// Takes note of bytes that came after a wait.
    pub(super) fn came(&self, bytes: usize, after: Duration) -> Result<()> {
        let mut pace = self.pace();
        let Some(pace) = pace.as_mut() else { return Ok(()) };
        pace.waited_for_next = if bytes > 0 { Duration::ZERO } else { pace.waited_for_next + after };
        pace.waited += after;
        pace.bytes += bytes as u64;
        let crawls = pace.waited >= self.still && (pace.bytes as f64) < self.floor as f64 * pace.waited.as_secs_f64();
        if pace.waited_for_next >= self.still || crawls {
            return Err(self.timeout("progress", self.still));
        }
        if pace.waited >= self.still {
            *pace = Pace { waited_for_next: pace.waited_for_next, ..Pace::default() };
        }
        Ok(())
    }

    fn pace(&self) -> std::sync::MutexGuard<'_, Option<Pace>> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn timeout(&self, phase: &'static str, limit: Duration) -> Error {
        Error::Timeout { url: self.what.clone(), phase, limit }
    }
}
