//! Clearing away what killed installs left in the engine cache.
//!
//! `install` calls it under the lock. Only directories with our own prefixes are touched, and only those whose process
//! is gone or that have not changed for long: on a file system without locks another install may be at work.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::store::Store;
use crate::process::is_alive;

/// A directory that has not changed for so long is nobody's.
const ABANDONED: Duration = Duration::from_secs(600);

/// Removes what nobody works in any more. What cannot be removed stays: the next install tries again.
pub(super) fn reclaim(store: &Store) {
    for entry in fs::read_dir(&store.root).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(owner) = name.to_str().and_then(owner) else { continue };
        let alive = owner.is_none_or(is_alive);
        if !alive || age(&entry.path()).is_some_and(|age| age > ABANDONED) {
            tracing::debug!(path = %entry.path().display(), "removing what a killed install left");
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// The process in the name of one of our temporary directories: `None` for other names, `Some(None)` where the name
/// tells no process.
fn owner(name: &str) -> Option<Option<u32>> {
    if name.starts_with(".link-") {
        return Some(None);
    }
    let rest = name.strip_prefix(".install-")?;
    Some(rest.split('-').next()?.parse().ok())
}

/// How long ago anything in a directory changed.
fn age(directory: &Path) -> Option<Duration> {
    SystemTime::now().duration_since(newest(directory)?).ok()
}

fn newest(path: &Path) -> Option<SystemTime> {
    let metadata = fs::symlink_metadata(path).ok()?;
    let mut newest = metadata.modified().ok()?;
    if metadata.is_dir() {
        for entry in fs::read_dir(path).into_iter().flatten().flatten() {
            newest = newest.max(self::newest(&entry.path()).unwrap_or(newest));
        }
    }
    Some(newest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_directories_have_an_owner() {
        assert_eq!(owner(".install-4711-Xy12"), Some(Some(4711)));
        assert_eq!(owner(".link-Xy12"), Some(None));
        for name in [".lock", "2.21.0-linux-x86_64", "install-4711-Xy12", "photos"] {
            assert_eq!(owner(name), None, "{name}");
        }
    }
}
