//! What is installed into the engine cache: the engine itself, or libraries of ops for it.
//!
//! A value that `install` is given. It says where the package comes from, what of it is kept, under which name it lies in
//! the cache, and how its own failures are told. Nothing is read or written here.

use std::path::{Path, PathBuf};

use super::options::Options;
use super::pinned::{self, Release, Wheel};
use super::platform;
use crate::error::{Error, Result};

/// Something that is installed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Package {
    pub(super) release: &'static Release,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// TensorFlow's library, and the one beside it.
    Engine,
    /// The op libraries of TensorFlow Text.
    Text,
}

/// What a package is installed from.
#[derive(Debug)]
pub(super) enum Origin {
    /// The pinned wheel, fetched by `pip`.
    Pinned(&'static Wheel),
    /// A file that the user named, and its digest.
    Archive { path: PathBuf, sha256: String },
}

impl Package {
    /// The engine.
    pub(super) fn engine() -> Package {
        Package { release: &pinned::TENSORFLOW, kind: Kind::Engine }
    }

    /// A release of TensorFlow Text.
    pub(super) fn text(release: &'static Release) -> Package {
        Package { release, kind: Kind::Text }
    }

    /// The name of its directory in the engine cache.
    pub(super) fn entry_name(&self, options: &Options) -> String {
        match (self.kind, &options.archive_url, &options.archive_sha256) {
            (Kind::Engine, Some(_), Some(sha256)) => {
                format!("archive-{}", sha256.chars().filter(char::is_ascii_hexdigit).take(12).collect::<String>())
            }
            (Kind::Engine, ..) => format!("{}-{}", self.release.version, pinned::machine()),
            (Kind::Text, ..) => format!("text-{}-{}", self.release.version, pinned::machine()),
        }
    }

    /// The name that its main library also goes by, where there is a main one.
    pub(super) fn link_name(&self) -> Option<&'static str> {
        (self.kind == Kind::Engine).then_some(platform::LINK_NAME)
    }

    /// What it is installed from.
    pub(super) fn origin(&self, options: &Options) -> Result<Origin> {
        match (self.kind, &options.archive_url, &options.archive_sha256) {
            (Kind::Engine, Some(url), Some(sha256)) => {
                Ok(Origin::Archive { path: local_path(url)?, sha256: digest_of(sha256)? })
            }
            (Kind::Engine, Some(_), None) => Err(refused(
                "TFHUB_ENGINE_URL is set and TFHUB_ENGINE_SHA256 is not",
                "set TFHUB_ENGINE_SHA256 to the archive's SHA-256 in hexadecimal",
            )),
            _ => self.release.wheel().map(Origin::Pinned).ok_or_else(|| {
                let why = format!("no package of {} holds a library for {}", self.release.title(), pinned::machine());
                self.failed(why, &format!("{} for this system", self.instead()))
            }),
        }
    }

    /// The members of a wheel that are kept, by their full names; the main library comes first.
    pub(super) fn members<'n>(&self, names: impl Iterator<Item = &'n str>) -> Vec<String> {
        match self.kind {
            Kind::Engine => {
                [platform::WHEEL_LIBRARY, platform::FRAMEWORK_LIBRARY].map(|it| format!("tensorflow/{it}")).into()
            }
            Kind::Text => {
                let mut members: Vec<String> = names.filter(|name| is_text_library(name)).map(str::to_owned).collect();
                members.sort();
                members
            }
        }
    }

    /// The command that installs it.
    pub(super) fn command(&self) -> &'static str {
        match self.kind {
            Kind::Engine => "tfhub doctor --install",
            Kind::Text => "tfhub doctor --install --ops text",
        }
    }

    /// What may be done instead of installing it.
    pub(super) fn instead(&self) -> &'static str {
        match self.kind {
            Kind::Engine => "set TFHUB_ENGINE to a TensorFlow library",
            Kind::Text => "name the files with `OpLibraries::file`",
        }
    }

    /// The error that it cannot be installed.
    pub(super) fn failed(&self, why: impl Into<String>, fix: &str) -> Error {
        self.own(refused(&why.into(), fix))
    }

    /// An error of an install as one of this package's.
    pub(super) fn own(&self, error: Error) -> Error {
        match (self.kind, error) {
            (Kind::Text, Error::EngineInstall { why, fix }) => {
                Error::OpLibraryInstall { library: self.release.title(), why, fix }
            }
            (Kind::Text, Error::EngineCorrupt { path, why }) => Error::OpLibraryCorrupt { path, why },
            (_, error) => error,
        }
    }
}

/// Whether a member of TensorFlow Text's wheel is an op library: those for Python itself are left out.
fn is_text_library(name: &str) -> bool {
    let Some(stem) = name.strip_suffix(platform::PLUGIN_SUFFIX) else { return false };
    let folders = ["tensorflow_text/python/ops/", "tensorflow_text/python/metrics/"];
    let stem = folders.iter().find_map(|folder| stem.strip_prefix(folder));
    stem.is_some_and(|stem| !stem.is_empty() && stem.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'))
}

/// The file that a URL names; only local ones are read here.
fn local_path(url: &str) -> Result<PathBuf> {
    let path = url.strip_prefix("file://").or_else(|| url.strip_prefix("file:")).unwrap_or(url);
    if let Some((scheme, _)) = path.split_once("://") {
        // The rest of an address may hold a password.
        return Err(refused(
            &format!("TFHUB_ENGINE_URL is an `{scheme}:` address, not a local file"),
            "download the archive, and set TFHUB_ENGINE_URL to its absolute path",
        ));
    }
    if !Path::new(path).is_absolute() {
        return Err(refused(&format!("`{path}` is no absolute path"), "set TFHUB_ENGINE_URL to an absolute path"));
    }
    Ok(path.into())
}

fn digest_of(text: &str) -> Result<String> {
    if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(text.to_owned());
    }
    Err(refused(
        &format!("`{text}` is not a SHA-256"),
        "set TFHUB_ENGINE_SHA256 to the archive's SHA-256 in hexadecimal: 64 digits",
    ))
}

fn refused(why: &str, fix: &str) -> Error {
    Error::EngineInstall { why: why.into(), fix: fix.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_tensorflow_text_only_the_op_libraries_are_kept() {
        let names = ["ops/_b", "ops/_a", "ops/a/b", "ops/", "ops/..", "../ops/_c", "core/pybinds/_d", "metrics/_e"];
        let names = names.map(|name| format!("tensorflow_text/python/{name}{}", platform::PLUGIN_SUFFIX));
        let others = ["tensorflow_text/python/ops/_a.py".to_owned(), format!("x{}", names[0])];
        let kept = Package::text(&pinned::TENSORFLOW_TEXT[0]).members(names.iter().chain(&others).map(String::as_str));
        assert_eq!(kept, [7, 1, 0].map(|index: usize| names[index].clone()));
    }
}
