//! The engine cache: where installed engines lie, per user.
//!
//! `locate` reads it, `install` adds to it, `bind` makes its short-lived links in it. It is never the model cache.
//!
//! ```text
//! ~/.cache/tfhub/engine/
//!   2.21.0-linux-x86_64/     an installed engine, complete or absent (see `stamp`)
//!   text-2.21.1-linux-x86_64/  op libraries: TensorFlow Text
//!   archive-0123456789ab/    one from an archive that the user named, by the archive's SHA-256
//!   .lock                    held by the process that installs
//!   .install-4711-Xy12/      an install at work; the process is in the name
//!   .link-Xy12/              the name that the `tensorflow` crate looks for, while it binds
//! ```

use std::path::{Path, PathBuf};

use super::options::Options;

/// The directory of the engine cache.
#[derive(Clone, Debug)]
pub(super) struct Store {
    pub(super) root: PathBuf,
}

impl Store {
    /// The store that the options name; `None` where there is no home directory either.
    pub(super) fn of(options: &Options) -> Option<Store> {
        Some(Store { root: options.cache_dir.clone()? })
    }

    /// Where a package is installed, by the name that it has for itself.
    pub(super) fn entry(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// The file that is locked while an install runs.
    pub(super) fn lock_file(&self) -> PathBuf {
        self.root.join(".lock")
    }

    /// The prefix of this process's own temporary directories.
    pub(super) fn install_prefix() -> String {
        format!(".install-{}-", std::process::id())
    }
}

/// Refuses a directory that others may write into: what is in there is run.
#[cfg(unix)]
pub(super) fn check_owner(directory: &Path) -> Result<(), String> {
    use std::os::unix::fs::MetadataExt;
    let metadata = directory.metadata().map_err(|error| error.to_string())?;
    // SAFETY: the call takes nothing, and always succeeds.
    let user = unsafe { libc::geteuid() };
    if metadata.mode() & 0o002 != 0 {
        return Err("every user may write into that directory".into());
    }
    if user != 0 && metadata.uid() != user && metadata.uid() != 0 {
        return Err(format!("that directory belongs to another user ({})", metadata.uid()));
    }
    Ok(())
}

#[cfg(not(unix))]
pub(super) fn check_owner(_: &Path) -> Result<(), String> {
    Ok(())
}
