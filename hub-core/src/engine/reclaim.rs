//! Clearing away what killed installs left in the engine cache.
//!
//! `install` calls it under the lock. Only directories with our own prefixes are touched, and only those whose process
//! is gone or that have not changed for long: on a file system without locks another install may be at work.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::store::Store;

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

/// Whether a process runs on this machine.
#[cfg(unix)]
fn is_alive(process: u32) -> bool {
    let Ok(process) = libc::pid_t::try_from(process) else { return false };
    if process == 0 {
        return false;
    }
    // SAFETY: signal 0 is not sent; the call only answers whether it could be.
    let sent = unsafe { libc::kill(process, 0) } == 0;
    let exists = sent || std::io::Error::last_os_error().raw_os_error() == Some(libc::EPERM);
    exists && !is_zombie(process)
}

/// Whether a process has ended and nobody has asked for its exit code yet.
#[cfg(unix)]
fn is_zombie(process: libc::pid_t) -> bool {
    // `4711 (name) Z ...`: the name may hold anything, also brackets. Other systems have no such file.
    let state = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    state.rsplit_once(')').is_some_and(|(_, rest)| rest.trim_start().starts_with('Z'))
}

#[cfg(not(unix))]
fn is_alive(_: u32) -> bool {
    true
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

    #[cfg(unix)]
    #[test]
    fn this_process_is_alive_and_an_ended_one_is_not() {
        assert!(is_alive(std::process::id()));
        let mut child = std::process::Command::new("true").spawn().expect("`true` runs");
        if cfg!(target_os = "linux") {
            // Not waited for, it stays as a zombie.
            while is_alive(child.id()) {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        child.wait().expect("it ends");
        assert!(!is_alive(child.id()));
    }
}
