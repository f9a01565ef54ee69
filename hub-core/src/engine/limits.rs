//! The limits of an install: every wait ends, and no download starts that cannot fit.
//!
//! `options` carries them, `install`, `lock` and `pip` keep to them. Tests set smaller ones.

use std::time::Duration;

/// How long the steps of an install may take, and how much room they need.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Room on the disk that a download and what is unpacked from it need; `None`: as pinned for what is installed.
    pub install_bytes: Option<u64>,
    /// How long a download may stand still; `pip`'s own time limits are far shorter.
    pub stall: Duration,
    /// How long a download may take.
    pub download: Duration,
    /// How long another process that installs is waited for.
    pub lock: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            install_bytes: None,
            stall: Duration::from_secs(180),
            download: Duration::from_secs(2 * 3600),
            lock: Duration::from_secs(600),
        }
    }
}
