//! The limits of downloads: every wait ends, and nothing grows without bound.
//!
//! The settings carry them; the downloads, the archive readers and the cache keep to them. Tests set smaller ones.

use std::time::Duration;

/// How long the steps of a download may take, how often they are tried, and how much may come.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DownloadLimits {
    /// How long a name may take to become an address.
    pub resolve: Duration,
    /// How long a connection may take.
    pub connect: Duration,
    /// How long the head of an answer may take.
    pub headers: Duration,
    /// How long a body may stand still, and over how long its speed is measured.
    pub progress: Duration,
    /// The lowest speed, in bytes a second, over the time of `progress`.
    pub floor_bytes_per_second: u64,
    /// How long everything may take; no bound by default, since models are large and lines slow.
    pub overall: Option<Duration>,
    /// How often a transient failure is tried again.
    pub retries: u32,
    /// The wait before the first new try; it doubles with each, up to `retry_wait_cap`.
    pub retry_wait: Duration,
    /// The longest wait before a new try, also where a server asks for more.
    pub retry_wait_cap: Duration,
    /// How many redirects are followed.
    pub redirects: u32,
    /// The most bytes of a download.
    pub download_bytes: u64,
    /// The most bytes of a model on the disk.
    pub unpacked_bytes: u64,
    /// The most entries of an archive.
    pub entries: u64,
    /// The deepest directory of a model.
    pub depth: usize,
    /// How many times larger than the download a model may be, once it is larger than `ratio_free_bytes`.
    pub ratio: u64,
    /// Up to this size the ratio is not looked at: empty optimizer slots pack well.
    pub ratio_free_bytes: u64,
    /// Room that is left on the disk.
    pub reserve_bytes: u64,
    /// How long a lock whose owner does nothing is respected. Python's clients need 600 s.
    pub lock_idle: Duration,
    /// How long a lock whose owner works is waited for.
    pub lock_wait: Duration,
    /// How often a lock is looked at.
    pub lock_poll: Duration,
}

impl Default for DownloadLimits {
    fn default() -> DownloadLimits {
        DownloadLimits {
            resolve: Duration::from_secs(10),
            connect: Duration::from_secs(10),
            headers: Duration::from_secs(30),
            progress: Duration::from_secs(30),
            floor_bytes_per_second: 1024,
            overall: None,
            retries: 4,
            retry_wait: Duration::from_millis(500),
            retry_wait_cap: Duration::from_secs(60),
            redirects: 10,
            download_bytes: 100 << 30,
            unpacked_bytes: 200 << 30,
            entries: 100_000,
            depth: 64,
            ratio: 200,
            ratio_free_bytes: 1 << 30,
            reserve_bytes: 16 << 20,
            lock_idle: Duration::from_secs(600),
            lock_wait: Duration::from_secs(24 * 3600),
            lock_poll: Duration::from_secs(1),
        }
    }
}
