//! Opening the library and tying the `tensorflow` crate to it: once per process, for good.
//!
//! `start` calls [`bind`] with a file that `locate` found sound, under its lock. The rules:
//!
//! * One library per process. A second copy aborts it, so what is mapped already is looked at first.
//! * The library is opened by its absolute path with `RTLD_NOW | RTLD_LOCAL` and never closed: its threads and
//!   destructors do not survive that.
//! * Version and functions are checked before the crate learns of the library: its shim panics on what is missing.

use std::ffi::{CStr, c_char};
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};

use libloading::Library;

use super::environment::Environment;
use super::link::Link;
use super::options::Options;
use super::symbols::REQUIRED_SYMBOLS;
use super::{mapped, platform};
use crate::error::{Error, Result};

/// What mends a library that cannot be opened.
const REPLACE: &str = "run `tfhub doctor --install`, and set TFHUB_ENGINE to the path that it prints";

/// A library that is in the process and known to the `tensorflow` crate.
#[derive(Debug)]
pub(super) struct Bound {
    pub(super) path: PathBuf,
    pub(super) version: String,
}

/// Opens a library and ties the crate to it.
///
/// # Errors
///
/// [`Error::EngineNotFound`] where the dynamic loader refuses the file: then nothing is in the process yet, and another
/// library may be tried. After any other error the library stays mapped.
pub(super) fn bind(library: &Path, options: &Options) -> Result<Bound> {
    let path = real_path(library)?;
    refuse_second(&path)?;
    let mut environment = Environment::new();
    // TensorFlow reads this when it is loaded. What the user set is left alone.
    environment.set_if_unset("TF_CPP_MIN_LOG_LEVEL", "2");
    let opened = open(&path)?;
    let version = check_version(&opened, &path)?;
    check_symbols(&opened, &path)?;
    let link = Link::to(&path, options)?;
    environment.set("TENSORFLOW_DIR", link.directory());
    // The crate opens the same file once more and so gets the same library.
    tensorflow::library::load().map_err(|why| not_opened(&path, &why))?;
    Ok(Bound { path, version })
}

/// The file behind all links, because the loader looks for the second library beside the name that it is given. A tree
/// of links to single files keeps both names together where the real files are apart.
fn real_path(library: &Path) -> Result<PathBuf> {
    let real = library.canonicalize().map_err(|error| Error::io("read", library, error))?;
    let beside = |file: &Path| file.with_file_name(platform::FRAMEWORK_LIBRARY).exists();
    Ok(if !beside(&real) && beside(library) { library.to_owned() } else { real })
}

/// Refuses to open a library where another one is in the process already.
fn refuse_second(wanted: &Path) -> Result<()> {
    let framework = wanted.with_file_name(platform::FRAMEWORK_LIBRARY);
    let ours: Vec<PathBuf> = [wanted, &framework].iter().filter_map(|path| path.canonicalize().ok()).collect();
    for loaded in mapped::libraries() {
        if !loaded.canonicalize().is_ok_and(|real| ours.contains(&real)) {
            return Err(Error::EngineConflict { loaded, wanted: wanted.to_owned() });
        }
    }
    Ok(())
}

/// Opens the library; it is never closed.
fn open(path: &Path) -> Result<ManuallyDrop<Library>> {
    #[cfg(unix)]
    let opened = {
        use libloading::os::unix;
        // SAFETY: the file's headers are those of a complete library for this machine, no other copy of TensorFlow is
        // in the process, and it is never closed, so its initialisers run once and its destructors at exit only. That
        // it is TensorFlow and not something else is the user's word, like that of any program that is run.
        unsafe { unix::Library::open(Some(path), unix::RTLD_NOW | unix::RTLD_LOCAL) }.map(Library::from)
    };
    #[cfg(not(unix))]
    // SAFETY: as above.
    let opened = unsafe { Library::new(path) };
    opened.map(ManuallyDrop::new).map_err(|error| not_opened(path, &with_causes(&error)))
}

/// Asks the library for its version and compares.
fn check_version(library: &Library, path: &Path) -> Result<String> {
    let missing = |_| Error::EngineSymbolMissing { path: path.to_owned(), symbol: "TF_Version".into() };
    // SAFETY: this is the function's type in TensorFlow's C interface, in every version.
    let function = unsafe { library.get::<unsafe extern "C" fn() -> *const c_char>("TF_Version") }.map_err(missing)?;
    // SAFETY: the function takes nothing, and its library is open.
    let text = unsafe { function() };
    let unreadable = |why: &str| Error::EngineCorrupt { path: path.to_owned(), why: why.into() };
    if text.is_null() {
        return Err(unreadable("it does not tell its version"));
    }
    // SAFETY: the function answers with a constant text that ends with a zero byte and lives as long as the library.
    let found = unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned();
    let version = platform::parse_version(&found).ok_or_else(|| unreadable(&format!("its version is `{found}`")))?;
    if version < platform::OLDEST {
        return Err(Error::EngineTooOld { path: path.to_owned(), found, needed: platform::oldest() });
    }
    if version > platform::NEWEST {
        tracing::warn!(version = found, path = %path.display(), "TensorFlow is newer than the versions tested");
    }
    Ok(found)
}

/// Checks that every function we call is there.
fn check_symbols(library: &Library, path: &Path) -> Result<()> {
    for symbol in REQUIRED_SYMBOLS {
        // SAFETY: the symbol is looked up and not used.
        if unsafe { library.get::<unsafe extern "C" fn()>(*symbol) }.is_err() {
            return Err(Error::EngineSymbolMissing { path: path.to_owned(), symbol: (*symbol).into() });
        }
    }
    Ok(())
}

/// An error and its causes: the loader's own words are the last of them.
fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// The loader's refusal, with the file that it missed.
fn not_opened(path: &Path, why: &str) -> Error {
    let framework = platform::FRAMEWORK_LIBRARY;
    let fix = if why.contains("libtensorflow_framework") {
        format!("put `{framework}` beside the library; or {REPLACE}")
    } else {
        REPLACE.into()
    };
    Error::EngineNotFound { tried: vec![format!("`{}` cannot be opened: {why}", path.display())], fix }
}
