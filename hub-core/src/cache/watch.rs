//! Watching a lock that somebody else holds, until it goes away or its owner does nothing any more.
//!
//! Obtaining an entry waits here. An owner is alive as long as its download directory changes its size, which is what
//! Python measures too. Whoever ran on this machine and is dead is given a few seconds, everybody else
//! [`DownloadLimits::lock_idle`](crate::DownloadLimits).

use std::time::Duration;

use super::names::Names;
use super::owner::Sight;
use super::task::Task;
use super::{Cache, inspect, tree};
use crate::error::{Error, Result};
use crate::progress::Event;

/// How long the directory of a dead owner must stand still: with another namespace of processes it may be alive.
const DEAD_QUIET: Duration = Duration::from_secs(3);
/// How long it must stand still if the number is our own: after a restart in a container it often is.
const OWN_NUMBER_QUIET: Duration = Duration::from_secs(30);
/// How often a wait is reported.
const NOTE_EVERY: Duration = Duration::from_secs(10);
/// How often the lock and the stop signal are looked at.
const GLANCE: Duration = Duration::from_millis(100);

/// What waiting ended with.
pub(super) enum Waited {
    /// The lock is ours.
    Locked,
    /// Somebody else has filled the entry.
    Filled,
}

/// One wait for a lock.
pub(super) struct Watch<'a> {
    cache: &'a Cache,
    names: &'a Names,
    handle: &'a str,
    begun: Duration,
    noted: Option<Duration>,
    last: Sight,
    size_bytes: u64,
    measured: Duration,
    unchanged_since: Duration,
}

impl<'a> Watch<'a> {
    pub(super) fn new(cache: &'a Cache, names: &'a Names, handle: &'a str) -> Watch<'a> {
        let now = cache.ways.clock.now();
        Watch {
            cache,
            names,
            handle,
            begun: now,
            noted: None,
            last: Sight::Nothing,
            size_bytes: 0,
            measured: now,
            unchanged_since: now,
        }
    }

    /// Takes the lock for a task as soon as nobody has it; ends early when the entry is there.
    pub(super) fn lock(&mut self, task: &mut Task<'_>) -> Result<Waited> {
        loop {
            self.cache.stop.check(&format!("waiting for the lock of `{}`", self.handle))?;
            let sight = Sight::of(&self.names.lock())?;
            if sight == Sight::Nothing {
                if task.take_lock()? {
                    return Ok(Waited::Locked);
                }
            } else if self.is_abandoned(&sight) {
                tracing::warn!(lock = %self.names.lock().display(), holder = %sight.holder(), "removing an abandoned lock");
                task.steal(&sight)?;
                continue;
            } else {
                self.note(&sight);
                self.give_up(&sight)?;
            }
            if inspect::state(self.names, inspect::Look::Names)? == inspect::State::Whole {
                return Ok(Waited::Filled);
            }
            self.cache.ways.clock.sleep(GLANCE.min(self.cache.limits.lock_poll));
        }
    }

    /// Whether the owner has done nothing for as long as it is given.
    fn is_abandoned(&mut self, sight: &Sight) -> bool {
        let now = self.cache.ways.clock.now();
        if *sight != self.last {
            self.last = sight.clone();
            self.size_bytes = self.download_bytes(sight);
            (self.measured, self.unchanged_since) = (now, now);
        } else if now.saturating_sub(self.measured) >= self.cache.limits.lock_poll {
            self.measured = now;
            let size_bytes = self.download_bytes(sight);
            if size_bytes != self.size_bytes {
                (self.size_bytes, self.unchanged_since) = (size_bytes, now);
            }
            return now.saturating_sub(self.unchanged_since) >= self.patience(sight);
        }
        false
    }

    fn download_bytes(&self, sight: &Sight) -> u64 {
        sight.owner().map_or(0, |owner| tree::size_bytes(&self.names.download(&owner.uid)))
    }

    fn patience(&self, sight: &Sight) -> Duration {
        let idle = self.cache.limits.lock_idle;
        match sight.owner() {
            Some(owner) if owner.is_dead(&self.cache.ways.host) => DEAD_QUIET.min(idle),
            // A thread of ours would hold the entry's place in this process.
            Some(owner)
                if owner.host == self.cache.ways.host
                    && owner.process == std::process::id()
                    && self.cache.ways.one_thread_per_entry =>
            {
                OWN_NUMBER_QUIET.min(idle)
            }
            _ => idle,
        }
    }

    fn note(&mut self, sight: &Sight) {
        let now = self.cache.ways.clock.now();
        if self.noted.is_none_or(|noted| now.saturating_sub(noted) >= NOTE_EVERY) {
            self.noted = Some(now);
            let text = format!("`{}` is already being downloaded by {}: waiting", self.handle, sight.holder());
            tracing::info!("{text}");
            self.cache.progress.event(&Event::Note { text: &text });
        }
    }

    fn give_up(&self, sight: &Sight) -> Result<()> {
        let waited = self.cache.ways.clock.now().saturating_sub(self.begun);
        if waited < self.cache.limits.lock_wait {
            return Ok(());
        }
        Err(Error::CacheBusy { path: self.names.lock(), owner: sight.holder(), waited })
    }
}
