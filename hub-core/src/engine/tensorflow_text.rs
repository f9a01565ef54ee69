//! TensorFlow Text: the op libraries for tokenizers, found or installed for the engine that runs.
//!
//! `OpLibraries` asks for the files when it loads them; `tfhub doctor` for the places. The rules are the engine's: what is
//! there is used, else the pinned wheel is installed into the engine cache, unless that is forbidden. Only a release of the
//! engine's own minor version will do: ops are compiled against TensorFlow's insides.
//!
//! 1. the Python package beside the engine, where the engine is a Python package
//! 2. the engine cache
//! 3. a Python package

use std::path::{Path, PathBuf};

use super::install::install_package;
use super::locate::{Candidate, Source, Verdict};
use super::options::Options;
use super::package::Package;
use super::pinned::TENSORFLOW_TEXT;
use super::stamp::{self, Depth};
use super::store::{self, Store};
use super::{Engine, platform, python, start};
use crate::error::{Error, Result};

/// The package's name as its directory spells it.
const PACKAGE: &str = "tensorflow_text";

/// The folders of the Python package that hold op libraries.
const FOLDERS: [&str; 2] = ["python/ops", "python/metrics"];

/// Every place where the libraries are looked for, in order, with what was found there; installed files are read in full.
/// Starts the engine, as what will do depends on its version.
///
/// # Errors
///
/// Those of [`start`].
pub fn candidates(options: &Options) -> Result<Vec<Candidate>> {
    Ok(search(start()?, options, Depth::Digest).collect())
}

/// Installs the libraries for the engine that runs into the engine cache, unless they are installed and whole; answers
/// with their directory.
///
/// # Errors
///
/// Those of [`start`]; [`Error::OpLibraryUnavailable`] where no release is known for this version of TensorFlow;
/// [`Error::OpLibraryInstall`] says which step failed and what mends it; [`Error::DiskFull`],
/// [`Error::ChecksumMismatch`] and [`Error::BadArchive`] are told apart.
pub fn install(options: &Options) -> Result<PathBuf> {
    install_package(&package(start()?)?, options)
}

/// The files for the engine that runs, installed where they are not found.
pub(super) fn libraries(engine: &Engine) -> Result<Vec<PathBuf>> {
    for candidate in search(engine, &engine.options, Depth::Stamp) {
        match candidate.verdict {
            Verdict::Usable => return Ok(libraries_in(&candidate.path)),
            _ => tracing::debug!(%candidate, "passed over"),
        }
    }
    Ok(libraries_in(&install_package(&package(engine)?, &engine.options)?))
}

/// The release for an engine.
fn package(engine: &Engine) -> Result<Package> {
    let release = TENSORFLOW_TEXT.iter().find(|release| release.goes_with(engine.version()));
    release.map(Package::text).ok_or_else(|| Error::OpLibraryUnavailable {
        library: "TensorFlow Text",
        engine: engine.version().to_owned(),
        available: TENSORFLOW_TEXT.iter().map(|release| release.version.to_owned()).collect(),
    })
}

fn search<'a>(engine: &'a Engine, options: &'a Options, depth: Depth) -> impl Iterator<Item = Candidate> + use<'a> {
    let beside = engine.path().parent().filter(|place| place.ends_with("tensorflow"));
    let beside = beside.map(|place| place.with_file_name(PACKAGE)).filter(|place| place.is_dir());
    let cache = package(engine).ok().zip(Store::of(options));
    let cache = cache.map(|(package, store)| store.entry(&package.entry_name(options)));
    // Starting an interpreter takes its time, so it is left until nothing else did.
    let known = beside.clone();
    let packages = std::iter::once_with(|| python_packages(options)).flatten();
    beside
        .map(|place| examine_package(engine, place))
        .into_iter()
        .chain(cache.map(|entry| examine_installed(entry, depth)))
        .chain(packages.filter(move |place| Some(place) != known.as_ref()).map(|place| examine_package(engine, place)))
}

fn python_packages(options: &Options) -> Vec<PathBuf> {
    let interpreter = python::interpreter(&options.program_path);
    interpreter.map(|python| python::directories_of(PACKAGE, &python)).unwrap_or_default()
}

/// Judges a Python package by its version, which must be of the engine's minor version.
fn examine_package(engine: &Engine, path: PathBuf) -> Candidate {
    let version = python::package_version(&path, &[PACKAGE]);
    let verdict = match version {
        _ if libraries_in(&path).is_empty() => Verdict::Absent,
        Some(found) if platform::parse_version(&found) == platform::parse_version(engine.version()) => Verdict::Usable,
        found => Verdict::Refused(Error::OpLibraryMismatch {
            path: path.clone(),
            engine: engine.version().to_owned(),
            why: match found {
                Some(found) => format!("it is TensorFlow Text {found}"),
                None => "its version is not known".into(),
            },
        }),
    };
    Candidate { source: Source::Python, path, verdict }
}

/// Judges what the engine cache holds, by the stamp of the install.
fn examine_installed(path: PathBuf, depth: Depth) -> Candidate {
    let verdict = match path.is_dir() {
        false => Verdict::Absent,
        true => match store::check_owner(&path).and_then(|()| stamp::check(&path, depth)) {
            Ok(()) => Verdict::Usable,
            Err(why) => Verdict::Refused(Error::OpLibraryCorrupt { path: path.clone(), why }),
        },
    };
    Candidate { source: Source::EngineCache, path, verdict }
}

/// The op libraries in a Python package or in an entry of the engine cache, by name.
fn libraries_in(directory: &Path) -> Vec<PathBuf> {
    let folders = FOLDERS.iter().map(|folder| directory.join(folder)).chain([directory.to_owned()]);
    let entries = folders.flat_map(|folder| folder.read_dir().into_iter().flatten().flatten());
    let is_library = |path: &PathBuf| {
        path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.ends_with(platform::PLUGIN_SUFFIX))
    };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_library).collect();
    files.sort();
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Python package of that version, beside an engine.
    fn packages(version: &str) -> tempfile::TempDir {
        let packages = tempfile::tempdir().expect("a temporary directory");
        for folder in ["tensorflow", "tensorflow_text/python/ops", &format!("tensorflow_text-{version}.dist-info")] {
            std::fs::create_dir_all(packages.path().join(folder)).expect("a directory is made");
        }
        for name in ["_b", "_a"] {
            let name = format!("tensorflow_text/python/ops/{name}{}", platform::PLUGIN_SUFFIX);
            std::fs::write(packages.path().join(name), "").expect("a file is written");
        }
        packages
    }

    fn engine(packages: &Path, version: &str) -> Engine {
        Engine {
            path: packages.join("tensorflow").join(platform::LINK_NAME),
            version: version.into(),
            source: Source::Python,
            options: Options::from_lookup(|_| None).offline(true),
        }
    }

    #[test]
    fn the_package_beside_the_engine_is_used() {
        let packages = packages("2.18.1");
        let found = libraries(&engine(packages.path(), "2.18.0")).expect("the minor version is the engine's");
        let names: Vec<_> = found.iter().filter_map(|file| file.file_stem()).collect();
        assert_eq!(names, ["_a", "_b"]);
    }

    #[test]
    fn a_package_of_another_minor_version_is_not() {
        let packages = packages("2.18.1");
        let engine = engine(packages.path(), "2.19.0");
        let first = search(&engine, &engine.options, Depth::Stamp).next().expect("the package is looked at");
        assert!(matches!(first.verdict, Verdict::Refused(Error::OpLibraryMismatch { .. })), "{first}");
        let error = libraries(&engine).expect_err("nothing is known for 2.19");
        assert!(
            matches!(&error, Error::OpLibraryUnavailable { available, .. } if available == &["2.21.1"]),
            "{error:?}"
        );
        let hint = error.hint().expect("there is a way out");
        assert!(hint.contains("tensorflow-text==2.19.*") && hint.contains("OpLibraries::file"), "{hint}");
    }

    #[test]
    fn installing_is_forbidden_offline() {
        let cache = tempfile::tempdir().expect("a temporary directory");
        let mut engine = engine(cache.path(), "2.21.0");
        engine.options = engine.options.cache_dir(cache.path());
        let error = libraries(&engine).expect_err("nothing is there");
        assert!(
            matches!(&error, Error::OpLibraryInstall { library, .. } if library == "TensorFlow Text 2.21.1"),
            "{error:?}"
        );
        assert_eq!(error.hint().as_deref(), Some("run `TFHUB_OFFLINE=0 tfhub doctor --install --ops text`"));
    }
}
