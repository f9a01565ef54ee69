//! Threads of this process that want the same entry: one works, the others wait for it.
//!
//! Obtaining an entry takes a place here before it takes the lock, so that sixty-four threads do not ask the file system
//! about one lock. Safety does not rest on it.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, LazyLock, Mutex, PoisonError};
use std::time::Duration;

/// The entries that threads of this process are working on.
#[derive(Default)]
struct Flights {
    entries: Mutex<HashSet<PathBuf>>,
    ended: Condvar,
}

static FLIGHTS: LazyLock<Flights> = LazyLock::new(Flights::default);

/// The right to work on an entry, until it is dropped.
pub(super) struct Flight(PathBuf);

impl Flight {
    /// Takes the right; where another thread has it, waits for its end, at most for `patience`, and gives `None`.
    pub(super) fn take(entry: &Path, patience: Duration) -> Option<Flight> {
        let mut entries = FLIGHTS.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.insert(entry.to_owned()) {
            return Some(Flight(entry.to_owned()));
        }
        let _ended = FLIGHTS
            .ended
            .wait_timeout_while(entries, patience, |entries| entries.contains(entry))
            .unwrap_or_else(PoisonError::into_inner);
        None
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        FLIGHTS.entries.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
        FLIGHTS.ended.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thread_at_a_time_has_an_entry() {
        let entry = Path::new("/no/such/cache/entry-of-flights");
        let first = Flight::take(entry, Duration::ZERO).expect("nobody else has it");
        assert!(Flight::take(entry, Duration::ZERO).is_none());
        assert!(Flight::take(Path::new("/no/such/cache/another"), Duration::ZERO).is_some());
        drop(first);
        assert!(Flight::take(entry, Duration::ZERO).is_some());
    }
}
