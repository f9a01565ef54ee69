//! Where to look for the engine and what is allowed: the settings of one start.
//!
//! [`Options::from_env`] reads the process's environment once; [`Options::from_lookup`] takes any look-up function, so
//! that tests need not touch the environment. `locate` and `install` read the fields. No file is looked at here.
//!
//! | Variable | Meaning |
//! |---|---|
//! | `TFHUB_ENGINE` | the library, or the directory that holds it; nothing else is looked at |
//! | `TENSORFLOW_DIR`, `LD_LIBRARY_PATH` | directories that may hold the library |
//! | `TFHUB_ENGINE_DIR` | the engine cache |
//! | `TFHUB_OFFLINE` | `1`: nothing is downloaded |
//! | `TFHUB_ENGINE_URL`, `TFHUB_ENGINE_SHA256` | an archive to install from, and its digest |

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::limits::Limits;
use super::platform;
use crate::config::{self, absolute, is_true};
use crate::progress::{Progress, standard};

/// The settings under which the engine is found, installed and started.
#[derive(Clone)]
pub struct Options {
    pub(super) library: Option<Explicit>,
    pub(super) tensorflow_dir: Option<PathBuf>,
    pub(super) loader_path: Vec<PathBuf>,
    pub(super) executable_dir: Option<PathBuf>,
    pub(super) cache_dir: Option<PathBuf>,
    pub(super) archive_url: Option<String>,
    pub(super) archive_sha256: Option<String>,
    pub(super) program_path: Vec<PathBuf>,
    pub(super) offline: bool,
    pub(super) progress: Arc<dyn Progress>,
    pub(super) limits: Limits,
}

/// A library that was asked for by name, and who asked.
#[derive(Clone, Debug)]
pub(super) struct Explicit {
    pub(super) path: PathBuf,
    pub(super) by_variable: bool,
}

impl Options {
    /// The settings in the process's environment.
    pub fn from_env() -> Options {
        Options::from_lookup(|name| std::env::var_os(name))
    }

    /// The settings in any environment: `lookup` answers with a variable's value.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<OsString>) -> Options {
        let set = |name: &str| lookup(name).filter(|value| !value.is_empty());
        let text = |name: &str| set(name).map(|value| value.to_string_lossy().into_owned());
        let list = |name: &str| set(name).map(|value| std::env::split_paths(&value).collect()).unwrap_or_default();
        Options {
            library: set("TFHUB_ENGINE").map(|path| Explicit { path: path.into(), by_variable: true }),
            tensorflow_dir: set("TENSORFLOW_DIR").map(PathBuf::from),
            loader_path: list(platform::LOADER_PATH),
            executable_dir: std::env::current_exe().ok().and_then(|file| Some(file.parent()?.to_owned())),
            cache_dir: set("TFHUB_ENGINE_DIR")
                .map(absolute)
                .or_else(|| config::user_cache(&set).map(|cache| cache.join("engine"))),
            archive_url: text("TFHUB_ENGINE_URL"),
            archive_sha256: text("TFHUB_ENGINE_SHA256").map(|digest| digest.to_ascii_lowercase()),
            program_path: list("PATH"),
            offline: text("TFHUB_OFFLINE").is_some_and(|value| is_true(&value)),
            progress: standard(),
            limits: Limits::default(),
        }
    }

    /// Names the library, or the directory that holds it; nothing else is looked at then.
    pub fn library(mut self, path: impl AsRef<Path>) -> Options {
        self.library = Some(Explicit { path: path.as_ref().to_owned(), by_variable: false });
        self
    }

    /// Names the directory of the engine cache.
    pub fn cache_dir(mut self, path: impl AsRef<Path>) -> Options {
        self.cache_dir = Some(absolute(path.as_ref()));
        self
    }

    /// Forbids or allows downloading.
    pub fn offline(mut self, offline: bool) -> Options {
        self.offline = offline;
        self
    }

    /// Names an archive to install from (a wheel or a C archive), and its SHA-256 in hexadecimal.
    pub fn archive(mut self, url: impl Into<String>, sha256: impl Into<String>) -> Options {
        self.archive_url = Some(url.into());
        self.archive_sha256 = Some(sha256.into().to_ascii_lowercase());
        self
    }

    /// Sets who listens to the progress of an install.
    pub fn progress(mut self, listener: Arc<dyn Progress>) -> Options {
        self.progress = listener;
        self
    }

    /// Changes the limits of an install: for tests.
    #[doc(hidden)]
    pub fn limits(mut self, change: impl FnOnce(&mut Limits)) -> Options {
        change(&mut self.limits);
        self
    }
}

impl Default for Options {
    fn default() -> Options {
        Options::from_env()
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Options")
            .field("library", &self.library)
            .field("tensorflow_dir", &self.tensorflow_dir)
            .field("loader_path", &self.loader_path)
            .field("executable_dir", &self.executable_dir)
            .field("cache_dir", &self.cache_dir)
            .field("offline", &self.offline)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(variables: &[(&str, &str)]) -> Options {
        Options::from_lookup(|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn empty_variables_count_as_unset() {
        let options = options(&[("TFHUB_ENGINE", ""), ("TENSORFLOW_DIR", ""), ("TFHUB_OFFLINE", "")]);
        assert!(options.library.is_none() && options.tensorflow_dir.is_none() && !options.offline);
    }

    #[test]
    fn offline_is_switched_by_word() {
        for (text, expected) in [("1", true), ("true", true), ("0", false), ("False", false), ("off", false)] {
            assert_eq!(options(&[("TFHUB_OFFLINE", text)]).offline, expected, "{text}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_engine_cache_lies_in_the_users_cache_directory() {
        let place = |variables: &[(&str, &str)]| options(variables).cache_dir;
        assert_eq!(place(&[("HOME", "/home/a")]), Some("/home/a/.cache/tfhub/engine".into()));
        assert_eq!(place(&[("HOME", "/home/a"), ("XDG_CACHE_HOME", "/c")]), Some("/c/tfhub/engine".into()));
        assert_eq!(place(&[("HOME", "/home/a"), ("XDG_CACHE_HOME", "c")]), Some("/home/a/.cache/tfhub/engine".into()));
        assert_eq!(place(&[("TFHUB_ENGINE_DIR", "/e"), ("HOME", "/home/a")]), Some("/e".into()));
        assert_eq!(place(&[]), None);
    }
}
