//! How far a body is, for somebody who does not hold it: while a reader of archives has the body, progress is shown and
//! the proof of its length is asked for.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// How far a body is; clones watch the same body.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gauge(Arc<Marks>);

#[derive(Debug, Default)]
struct Marks {
    received: AtomicU64,
    is_proven: AtomicBool,
}

impl Gauge {
    /// How many bytes have come.
    pub(crate) fn received(&self) -> u64 {
        self.0.received.load(Ordering::Relaxed)
    }

    /// Whether it is known that all bytes came: by their number, a last chunk, or an announced digest. It is `false`
    /// until the end was read, and stays so where only the connection's end delimits the body.
    pub(crate) fn length_is_proven(&self) -> bool {
        self.0.is_proven.load(Ordering::Relaxed)
    }

    pub(super) fn add(&self, bytes: usize) {
        self.0.received.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(super) fn prove(&self) {
        self.0.is_proven.store(true, Ordering::Relaxed);
    }
}
