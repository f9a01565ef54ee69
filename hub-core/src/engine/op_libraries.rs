//! Op libraries: files with more ops, loaded into the engine that runs.
//!
//! Models name them by `LoadOptions::op_libraries`; programs that build graphs load them themselves. A library stays in the
//! process until it ends, and its ops are there for every graph.

use std::ffi::{CStr, CString};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use tensorflow_sys_runtime as c;

#[cfg(unix)]
use super::platform;
use super::{Engine, header, ops, start, tensorflow_text};
use crate::digest;
use crate::error::{Error, Result};

/// Libraries with ops that TensorFlow itself does not have.
///
/// A library is native code: load only what you would run.
///
/// ```
/// # fn main() -> hub_core::Result<()> {
/// use hub_core::{LoadOptions, OpLibraries};
/// let libraries = OpLibraries::new(); // .tensorflow_text(), .file("my_ops.so")
/// let options = LoadOptions::new().op_libraries(libraries);
/// let model = hub_core::load_with(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/affine/model"), &options)?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpLibraries {
    files: Vec<PathBuf>,
    text: bool,
}

/// The files that are in the process, by their real paths.
static LOADED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

impl OpLibraries {
    /// No libraries.
    pub fn new() -> OpLibraries {
        OpLibraries::default()
    }

    /// The library in a file, built for the TensorFlow that runs.
    pub fn file(mut self, path: impl AsRef<Path>) -> OpLibraries {
        self.files.push(path.as_ref().to_owned());
        self
    }

    /// TensorFlow Text, in the release for the TensorFlow that runs; it is installed like the engine where it is not found.
    pub fn tensorflow_text(mut self) -> OpLibraries {
        self.text = true;
        self
    }

    /// Loads the libraries that are not loaded yet, and starts the engine for it. Loading a model calls this by itself.
    ///
    /// # Errors
    /// Those of [`start`]; [`Error::OpLibraryNotFound`], [`Error::OpLibraryCorrupt`] and [`Error::OpLibraryMismatch`] for a
    /// file; [`Error::OpLibraryUnavailable`] and [`Error::OpLibraryInstall`] for TensorFlow Text.
    pub fn load(&self) -> Result<()> {
        if self.files.is_empty() && !self.text {
            return Ok(());
        }
        let engine = start()?;
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        for file in &self.files {
            load(file, engine, &mut loaded)?;
        }
        if self.text {
            for file in tensorflow_text::libraries(engine)? {
                load(&file, engine, &mut loaded)?;
            }
        }
        Ok(())
    }
}

/// Whether the engine has an op, once libraries are loaded; without them it is not asked, nor started.
pub(crate) fn in_op_library(op: &str) -> bool {
    let loaded = !LOADED.lock().unwrap_or_else(PoisonError::into_inner).is_empty();
    loaded && ops::unknown([op]).is_ok_and(|unknown| unknown.is_empty())
}

/// Loads a library unless it is loaded.
fn load(file: &Path, engine: &Engine, loaded: &mut Vec<PathBuf>) -> Result<()> {
    let path = file.canonicalize().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Error::OpLibraryNotFound { path: file.to_owned() },
        _ => Error::io("read", file, error),
    })?;
    if loaded.contains(&path) {
        return Ok(());
    }
    let corrupt = |why: String| Error::OpLibraryCorrupt { path: path.clone(), why };
    header::check(&path).map_err(corrupt)?;
    if !loaded.iter().any(|other| is_copy(other, &path)) {
        if loaded.is_empty() {
            share_symbols(engine.path());
        }
        open(&path).map_err(|why| match why.contains("undefined symbol") || why.contains("Symbol not found") {
            true => Error::OpLibraryMismatch { path: path.clone(), engine: engine.version().to_owned(), why },
            false => corrupt(why),
        })?;
        tracing::info!(path = %path.display(), "op library loaded");
    }
    loaded.push(path);
    Ok(())
}

/// Whether a file is a copy of a library that is loaded: its kernels would be registered twice, and then fail.
fn is_copy(loaded: &Path, path: &Path) -> bool {
    let digest = |path: &Path| digest::of_file(path).ok();
    loaded.file_name() == path.file_name() && digest(path).is_some_and(|found| digest(loaded) == Some(found))
}

/// Lets libraries that are opened from here on use TensorFlow's functions in place of copies of their own, as in Python.
/// A copy hashes with a seed of its own: a kernel that looks up an attribute by it would not find it, and end the process.
#[cfg(unix)]
fn share_symbols(engine: &Path) {
    use libloading::os::unix;
    let framework = engine.with_file_name(platform::FRAMEWORK_LIBRARY);
    let library = if framework.exists() { framework } else { engine.to_owned() };
    // SAFETY: with RTLD_NOLOAD nothing is opened and no code runs: a library that is in the process is made visible.
    let shared = unsafe { unix::Library::open(Some(&library), libc::RTLD_NOW | libc::RTLD_NOLOAD | libc::RTLD_GLOBAL) };
    match shared {
        // Never closed, like the engine itself.
        Ok(library) => std::mem::forget(library),
        Err(why) => tracing::debug!(%why, path = %library.display(), "the library is not shared with op libraries"),
    }
}

#[cfg(not(unix))]
fn share_symbols(_: &Path) {}

/// Has TensorFlow open a library and take its ops; the error is TensorFlow's reason.
fn open(path: &Path) -> Result<(), String> {
    let name = path.to_str().ok_or("TensorFlow needs its path as UTF-8")?;
    let name = CString::new(name).map_err(|_| "its path holds a zero byte")?;
    // SAFETY: the engine runs, so the functions are bound. The status and the name live until the calls are over, and the
    // message is copied before its status is deleted. What the library does when it is opened is the user's word, like
    // that of any program that is run. Deleting the handle frees the handle alone: the library stays.
    unsafe {
        let status = c::TF_NewStatus();
        let handle = c::TF_LoadLibrary(name.as_ptr(), status);
        let message = c::TF_Message(status);
        let why =
            if message.is_null() { String::new() } else { CStr::from_ptr(message).to_string_lossy().into_owned() };
        c::TF_DeleteStatus(status);
        match handle.is_null() {
            true => Err(why),
            false => {
                c::TF_DeleteLibraryHandle(handle);
                Ok(())
            }
        }
    }
}
