//! Where the TensorFlow library may be, in order, and what each place holds.
//!
//! `start` takes the first usable candidate; `tfhub doctor` prints them all. A file is judged here as far as that goes
//! without opening it as a library: that is `bind`'s. Nothing is written and nothing fetched.
//!
//! 1. the library that was named (in code or by `TFHUB_ENGINE`): then nothing else is looked at
//! 2. `TENSORFLOW_DIR`, then the directories of the loader's path (`LD_LIBRARY_PATH`)
//! 3. the executable's own directory
//! 4. the engine cache
//! 5. a Python package

use std::fmt;
use std::path::{Component, Path, PathBuf};

use super::options::{Explicit, Options};
use super::package::Package;
use super::stamp::{self, Depth};
use super::store::{self, Store};
use super::{header, platform, python};
use crate::error::Error;

/// A place where the library may be, and what was found there.
#[derive(Debug)]
#[non_exhaustive]
pub struct Candidate {
    /// Why this place was looked at.
    pub source: Source,
    /// The library's file, or the directory where none was found.
    pub path: PathBuf,
    /// What was found.
    pub verdict: Verdict,
}

/// Why a place is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// [`Options::library`] names it.
    Library,
    /// `TFHUB_ENGINE` names it.
    Variable,
    /// `TENSORFLOW_DIR` names it.
    TensorflowDir,
    /// The loader's path names it: `LD_LIBRARY_PATH` on Linux.
    LoaderPath,
    /// The running program lies there.
    Executable,
    /// It is the engine cache.
    EngineCache,
    /// The Python package `tensorflow` lies there.
    Python,
}

/// What a place holds.
#[derive(Debug)]
#[non_exhaustive]
pub enum Verdict {
    /// A library that looks right; its version and functions show when it is opened.
    Usable,
    /// No library.
    Absent,
    /// A library that will not do, and why.
    Refused(Error),
}

impl Source {
    /// Whether the user named this very library, so that no other will do.
    pub(super) fn is_explicit(self) -> bool {
        matches!(self, Source::Library | Source::Variable)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Source::Library => "named by the program",
            Source::Variable => "TFHUB_ENGINE",
            Source::TensorflowDir => "TENSORFLOW_DIR",
            Source::LoaderPath => platform::LOADER_PATH,
            Source::Executable => "beside the executable",
            Source::EngineCache => "engine cache",
            Source::Python => "Python package",
        })
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::Usable => formatter.write_str("usable"),
            Verdict::Absent => formatter.write_str("no library there"),
            Verdict::Refused(Error::EngineCorrupt { why, .. } | Error::OpLibraryMismatch { why, .. }) => {
                formatter.write_str(why)
            }
            Verdict::Refused(Error::EngineTooOld { found, needed, .. }) => {
                write!(formatter, "it is TensorFlow {found}; {needed} or later is needed")
            }
            Verdict::Refused(error) => error.fmt(formatter),
        }
    }
}

impl fmt::Display for Candidate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: `{}`: {}", self.source, self.path.display(), self.verdict)
    }
}

/// Every place in order, each judged when the iterator comes to it.
pub(super) fn search(options: &Options, depth: Depth) -> Box<dyn Iterator<Item = Candidate> + '_> {
    if let Some(explicit) = &options.library {
        return Box::new(std::iter::once(examine_explicit(explicit)));
    }
    let variable = options.tensorflow_dir.iter().map(|path| (Source::TensorflowDir, path));
    let loader = options.loader_path.iter().map(|path| (Source::LoaderPath, path));
    let executable = options.executable_dir.iter().map(|path| (Source::Executable, path));
    let directories = variable.chain(loader).chain(executable).map(|(source, path)| examine_named(source, path));
    let entry = Store::of(options).map(|store| store.entry(&Package::engine().entry_name(options)));
    let cache = entry.map(|entry| examine_installed(&entry, depth));
    // Starting an interpreter takes its time, so it is left until nothing else did.
    let packages = std::iter::once_with(|| examine_python(options)).flatten();
    Box::new(directories.chain(cache).chain(packages))
}

/// Judges a library that the user named.
fn examine_explicit(explicit: &Explicit) -> Candidate {
    let source = if explicit.by_variable { Source::Variable } else { Source::Library };
    let given = &explicit.path;
    let mut components = given.components();
    if let (Some(Component::Normal(_) | Component::CurDir | Component::ParentDir), None) =
        (components.next(), components.next())
    {
        let why = "a bare name is not searched for in the working directory";
        return refused(source, given, corrupt(given, why));
    }
    match std::path::absolute(given) {
        Ok(path) => examine(source, &path),
        Err(error) => refused(source, given, corrupt(given, &error.to_string())),
    }
}

/// Judges a directory out of a variable.
fn examine_named(source: Source, path: &Path) -> Candidate {
    if path.is_absolute() {
        return examine(source, path);
    }
    refused(source, path, corrupt(path, "a relative path is not followed: the working directory is not searched"))
}

/// Judges a file, or the library in a directory.
fn examine(source: Source, path: &Path) -> Candidate {
    let library = if path.is_dir() { library_in(path) } else { Some(path.to_owned()) };
    let library = match library {
        Some(library) if library.symlink_metadata().is_ok() => library,
        None if looks_like_library(path) => return refused(source, path, corrupt(path, "it is a directory")),
        _ => return Candidate { source, path: path.to_owned(), verdict: Verdict::Absent },
    };
    match header::check(&library) {
        Ok(()) => Candidate { source, path: library, verdict: Verdict::Usable },
        Err(why) => refused(source, &library, corrupt(&library, &why)),
    }
}

/// The library in a directory, or in its `lib` as in a C archive.
fn library_in(directory: &Path) -> Option<PathBuf> {
    let directories = [directory.to_owned(), directory.join("lib")];
    let files = directories.iter().flat_map(|place| platform::LIBRARY_NAMES.iter().map(|name| place.join(name)));
    files.into_iter().find(|file| file.symlink_metadata().is_ok())
}

/// Judges what the engine cache holds, by the stamp of the install.
fn examine_installed(entry: &Path, depth: Depth) -> Candidate {
    if !entry.is_dir() {
        return Candidate { source: Source::EngineCache, path: entry.to_owned(), verdict: Verdict::Absent };
    }
    if let Err(why) = store::check_owner(entry).and_then(|()| stamp::check(entry, depth)) {
        return refused(Source::EngineCache, entry, corrupt(entry, &why));
    }
    examine(Source::EngineCache, entry)
}

/// Judges the Python packages; the version is known before the library is opened.
fn examine_python(options: &Options) -> Vec<Candidate> {
    let directories =
        python::interpreter(&options.program_path).map(|file| python::directories_of("tensorflow", &file));
    let candidates: Vec<Candidate> = directories.unwrap_or_default().iter().map(|path| examine_package(path)).collect();
    if candidates.is_empty() {
        return vec![Candidate { source: Source::Python, path: "tensorflow".into(), verdict: Verdict::Absent }];
    }
    candidates
}

fn examine_package(directory: &Path) -> Candidate {
    let version = python::package_version(directory, &python::TENSORFLOW);
    match version.as_deref().map(|version| (version, platform::parse_version(version))) {
        Some((found, Some(parsed))) if parsed < platform::OLDEST => refused(
            Source::Python,
            directory,
            Error::EngineTooOld { path: directory.to_owned(), found: found.into(), needed: platform::oldest() },
        ),
        _ => examine(Source::Python, directory),
    }
}

fn looks_like_library(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(platform::is_tensorflow)
}

fn refused(source: Source, path: &Path, error: Error) -> Candidate {
    Candidate { source, path: path.to_owned(), verdict: Verdict::Refused(error) }
}

fn corrupt(path: &Path, why: &str) -> Error {
    Error::EngineCorrupt { path: path.to_owned(), why: why.to_owned() }
}
