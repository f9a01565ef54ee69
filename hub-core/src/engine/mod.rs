//! The engine: TensorFlow's shared library, found or installed, opened once, and tied to the `tensorflow` crate.
//!
//! [`start`] is the one door: everything that calls TensorFlow goes through it first, because the crate panics where no
//! library is bound. Nothing at build time needs the library, and nothing that only reads a model starts it. This is
//! the only module with `unsafe` code.
//!
//! What crosses the border afterwards is in `tensor` (by way of `carrier`), `types`, `status` and `ops` (the registry of ops).
//!
//! `options` (the settings) → `locate` (the places, judged by `header`, `stamp`, `python`) → `install` (a `package` into
//! the `store`, by `pip` and `wheel` or from an archive) → `bind` (opens it for good). `op_libraries` loads more ops
//! into the engine that runs; those of [`tensorflow_text`] are found and installed as the engine is.

#![allow(unsafe_code)] // a shared library is opened here, and the environment changed; each use says why it is sound

mod archive;
mod bind;
mod carrier;
mod child;
mod disk;
#[cfg(any(test, all(unix, not(target_os = "macos"))))]
mod elf;
mod environment;
mod extract;
mod fork;
mod header;
mod install;
mod limits;
mod link;
mod locate;
mod lock;
#[cfg(any(test, target_os = "macos"))]
mod macho;
mod mapped;
mod op_libraries;
pub(crate) mod ops;
mod options;
mod package;
mod pinned;
mod pip;
mod platform;
mod python;
mod reclaim;
mod stamp;
pub(crate) mod status;
mod store;
mod symbols;
pub(crate) mod tensor;
pub mod tensorflow_text;
pub(crate) mod types;
mod wheel;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

pub use install::install;
#[doc(hidden)]
pub use limits::Limits;
pub use locate::{Candidate, Source, Verdict};
pub use op_libraries::OpLibraries;
pub(crate) use op_libraries::in_op_library;
pub use options::Options;
pub use symbols::REQUIRED_SYMBOLS;

use crate::error::{Error, Result};
use fork::GUARD;
use stamp::Depth;

/// TensorFlow, in this process until it ends.
#[derive(Debug)]
pub struct Engine {
    path: PathBuf,
    version: String,
    source: Source,
    /// What it was started with: op libraries for it are found and installed by the same rules.
    options: Options,
}

static ENGINE: OnceLock<Engine> = OnceLock::new();
static STARTING: Mutex<()> = Mutex::new(());

impl Engine {
    /// The library's file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The library's version, such as `2.21.0`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// How the library was found.
    pub fn source(&self) -> Source {
        self.source
    }
}

/// Starts the engine with the settings in the environment, or answers with the one that runs.
///
/// The first call finds the library (and fetches it where there is none), opens it and checks it; later calls cost a
/// comparison. Loading a model calls this by itself.
///
/// # Threads
///
/// The first call sets `TENSORFLOW_DIR` and `TF_CPP_MIN_LOG_LEVEL` for a moment: TensorFlow takes them from nowhere
/// else. A program whose other threads run C code that reads the environment should call `start` at the top of `main`.
///
/// # Errors
///
/// [`Error::EngineNotFound`] and the other `Engine…` variants say what was tried and what mends it;
/// [`Error::ForkedProcess`] in a child that was forked after the start. A start that failed may be tried again.
pub fn start() -> Result<&'static Engine> {
    // First: in a forked child, what reads the environment may wait for a thread that does not exist.
    check_not_forked()?;
    ENGINE.get().map_or_else(|| start_with(Options::from_env()), Ok)
}

/// Starts the engine with the settings given, or answers with the one that runs.
///
/// # Errors
///
/// As [`start`]; and [`Error::EngineConflict`] where the options name another library than the one that runs.
pub fn start_with(options: Options) -> Result<&'static Engine> {
    // Before the lock, which in a forked child nobody may be left to release.
    check_not_forked()?;
    let _starting = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(engine) = ENGINE.get() {
        return same_library(engine, &options);
    }
    GUARD.record();
    match open(&options) {
        Ok(engine) => Ok(ENGINE.get_or_init(|| engine)),
        Err(error) => {
            GUARD.forget();
            Err(error)
        }
    }
}

/// Refuses to go on in a child that was forked after the engine started.
pub(crate) fn check_not_forked() -> Result<()> {
    GUARD.check()
}

/// Every place where the library is looked for, in order, with what was found there; installed files are read in full.
pub fn candidates(options: &Options) -> Vec<Candidate> {
    locate::search(options, Depth::Digest).collect()
}

/// The engine that runs, unless the options name another library.
fn same_library(engine: &'static Engine, options: &Options) -> Result<&'static Engine> {
    let Some(candidate) = options.library.as_ref().and_then(|_| locate::search(options, Depth::Stamp).next()) else {
        return Ok(engine);
    };
    match candidate.verdict {
        Verdict::Refused(error) => Err(error),
        _ if candidate.path.canonicalize().is_ok_and(|path| path == engine.path) => Ok(engine),
        _ => Err(Error::EngineConflict { loaded: engine.path.clone(), wanted: candidate.path }),
    }
}

/// Opens the first library that does, installing one where none is found.
fn open(options: &Options) -> Result<Engine> {
    let mut tried = Vec::new();
    for candidate in locate::search(options, Depth::Stamp) {
        let explicit = candidate.source.is_explicit();
        match candidate.verdict {
            Verdict::Usable => match bind::bind(&candidate.path, options) {
                Ok(bound) => return Ok(engine(bound, candidate.source, options)),
                // The loader refused the file, so the process is as it was and the next place may do.
                Err(Error::EngineNotFound { tried: why, .. }) if !explicit => {
                    tried.extend(why.iter().map(|line| format!("{}: {line}", candidate.source)));
                }
                Err(error) => return Err(error),
            },
            Verdict::Refused(error) if explicit => return Err(error),
            _ => {
                tracing::debug!(%candidate, "passed over");
                tried.push(candidate.to_string());
            }
        }
    }
    if options.library.is_some() || options.offline {
        return Err(Error::EngineNotFound { tried, fix: fix(options) });
    }
    let library = install::install(options).map_err(|error| after(&tried, error))?;
    Ok(engine(bind::bind(&library, options)?, Source::EngineCache, options))
}

/// A failed install, with the places that were looked at before.
fn after(tried: &[String], error: Error) -> Error {
    match error {
        Error::EngineInstall { why, fix } => {
            let places: String = tried.iter().map(|place| format!("\n  {place}")).collect();
            Error::EngineInstall { why: format!("{why}\nno library was found before{places}"), fix }
        }
        error => error,
    }
}

fn engine(bound: bind::Bound, source: Source, options: &Options) -> Engine {
    tracing::info!(version = bound.version, path = %bound.path.display(), "TensorFlow started");
    Engine { path: bound.path, version: bound.version, source, options: options.clone() }
}

/// The one command that mends a search that found nothing.
fn fix(options: &Options) -> String {
    match options.library.is_some() {
        true => "run `tfhub doctor --install`, and set TFHUB_ENGINE to the path that it prints".into(),
        false => "run `TFHUB_OFFLINE=0 tfhub doctor --install` once with the network in reach".into(),
    }
}
