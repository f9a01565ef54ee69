//! Variables of the process's environment that are set while the engine binds, and put back after.
//!
//! `bind` alone uses it: the `tensorflow` crate takes the library's directory from `TENSORFLOW_DIR` only, and
//! TensorFlow its log level from a variable.

use std::env;
use std::ffi::{OsStr, OsString};

/// Changes to the environment; dropping it undoes them, the last one first.
#[derive(Debug, Default)]
pub(super) struct Environment {
    before: Vec<(&'static str, Option<OsString>)>,
}

impl Environment {
    /// No changes yet.
    pub(super) fn new() -> Environment {
        Environment::default()
    }

    /// Sets a variable, unless it has that value already.
    pub(super) fn set(&mut self, name: &'static str, value: impl AsRef<OsStr>) {
        let before = env::var_os(name);
        if before.as_deref() != Some(value.as_ref()) {
            change(name, Some(value.as_ref()));
            self.before.push((name, before));
        }
    }

    /// Sets a variable that the user did not set.
    pub(super) fn set_if_unset(&mut self, name: &'static str, value: &str) {
        if env::var_os(name).is_none() {
            self.set(name, value);
        }
    }
}

impl Drop for Environment {
    fn drop(&mut self) {
        for (name, before) in self.before.drain(..).rev() {
            change(name, before.as_deref());
        }
    }
}

/// Sets or removes a variable.
fn change(name: &str, value: Option<&OsStr>) {
    // SAFETY: Rust's own reads and writes of the environment are behind a lock of the standard library, so threads that
    // use `std::env` are safe at any time. What is left is C code that calls `getenv` on another thread at this very
    // moment: `start` documents that it wants to be called before such threads exist, and there is no other way, as
    // the crate reads the environment only. Names and values hold no zero byte (names are ours, values are paths).
    unsafe {
        match value {
            Some(value) => env::set_var(name, value),
            None => env::remove_var(name),
        }
    }
}
