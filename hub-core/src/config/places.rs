//! Directories that come from the environment: home, caches, the temporary directory that Python would take.
//!
//! The settings and the engine's options call it. Nothing is created here.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// A look-up of variables in which empty ones are unset.
type Lookup<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// The user's home directory.
pub(super) fn home(set: Lookup<'_>) -> Option<PathBuf> {
    set(if cfg!(windows) { "USERPROFILE" } else { "HOME" }).map(PathBuf::from).filter(|path| path.is_absolute())
}

/// Our directory in the user's cache directory; `None` where no home is known.
pub(crate) fn user_cache(set: Lookup<'_>) -> Option<PathBuf> {
    // The XDG specification has relative paths ignored.
    let directory = |name: &str| set(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let caches = if cfg!(target_os = "macos") {
        directory("HOME")?.join("Library/Caches")
    } else if cfg!(windows) {
        directory("LOCALAPPDATA")?
    } else {
        directory("XDG_CACHE_HOME").or_else(|| Some(directory("HOME")?.join(".cache")))?
    };
    Some(caches.join("tfhub"))
}

/// The temporary directory as Python chooses it: the first that can be written.
pub(super) fn temporary(set: Lookup<'_>) -> PathBuf {
    let named = ["TMPDIR", "TEMP", "TMP"].into_iter().filter_map(|name| set(name).map(PathBuf::from));
    let usual = ["/tmp", "/var/tmp", "/usr/tmp"].into_iter().map(PathBuf::from);
    let mut candidates = named.chain(if cfg!(windows) { vec![std::env::temp_dir()] } else { usual.collect() });
    candidates.find(|path| is_writable(path)).map_or_else(|| absolute("."), absolute)
}

#[cfg(unix)]
fn is_writable(directory: &Path) -> bool {
    use rustix::fs::{Access, access};
    directory.is_dir() && access(directory, Access::WRITE_OK | Access::EXEC_OK).is_ok()
}

#[cfg(not(unix))]
fn is_writable(directory: &Path) -> bool {
    directory.is_dir()
}

/// A directory that a variable names, also as a `file:` address.
pub(super) fn local_directory(value: OsString) -> PathBuf {
    match value.to_str().and_then(|text| text.strip_prefix("file://")) {
        Some(path) => absolute(path),
        None => absolute(value),
    }
}

/// The absolute form of a path; an unreadable working directory leaves it as it is.
pub(crate) fn absolute(path: impl AsRef<Path>) -> PathBuf {
    std::path::absolute(path.as_ref()).unwrap_or_else(|_| path.as_ref().to_owned())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn the_temporary_directory_is_the_first_that_can_be_written() {
        let place = |name: &str, value: &str| {
            let (name, value) = (name.to_owned(), OsString::from(value));
            temporary(&move |asked| (asked == name).then(|| value.clone()))
        };
        assert_eq!(place("TEMP", "/var/tmp"), Path::new("/var/tmp"));
        assert_eq!(place("TMPDIR", "/no/such/directory"), Path::new("/tmp"));
    }

    #[test]
    fn a_file_address_is_a_directory() {
        assert_eq!(local_directory("file:///models".into()), Path::new("/models"));
        assert!(local_directory("models".into()).is_absolute());
        assert!(local_directory("~/models".into()).ends_with("~/models"));
    }
}
