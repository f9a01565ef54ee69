//! Installing the engine into the user's engine cache.
//!
//! `start` calls it where no library is found, `tfhub doctor --install` directly. An install works in a directory of
//! its own and publishes it whole by one rename, so that what is there is complete at any moment; it may be killed and
//! run again. The lock only saves a second download.

use std::fs::{self, File};
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::extract::{Written, damaged};
use super::options::Options;
use super::pip::Pip;
use super::platform::{self, Wheel};
use super::stamp::{self, Depth};
use super::store::{self, Store};
use super::{archive, disk, header, lock, reclaim, wheel};
use crate::digest;
use crate::error::{Error, Result};
use crate::progress::{Event, Unit};

/// What an engine is installed from.
enum Package {
    /// The pinned wheel, fetched by `pip`.
    Pinned(&'static Wheel),
    /// A file that the user named, and its digest.
    Archive { path: PathBuf, sha256: String },
}

/// Installs the engine, unless it is installed and whole; answers with the library's file.
///
/// # Errors
///
/// [`Error::EngineInstall`] says which step failed and what mends it; [`Error::DiskFull`],
/// [`Error::ChecksumMismatch`] and [`Error::BadArchive`] are told apart. Nothing is installed then.
pub fn install(options: &Options) -> Result<PathBuf> {
    let store = Store::of(options).ok_or_else(|| {
        refused("no home directory is known", "set TFHUB_ENGINE_DIR to a directory for the engine cache")
    })?;
    let entry = store.entry();
    if is_whole(&entry) {
        return Ok(entry.join(platform::LINK_NAME));
    }
    if options.offline {
        return Err(refused("TFHUB_OFFLINE forbids it", "run `TFHUB_OFFLINE=0 tfhub doctor --install`"));
    }
    let package = Package::of(options)?;
    create_root(&store)?;
    let _lock = lock::acquire(&store.lock_file(), options.limits.lock, options.progress.as_ref())?;
    if !is_whole(&entry) {
        reclaim::reclaim(&store);
        build(&package, &store, options)?;
    }
    Ok(entry.join(platform::LINK_NAME))
}

impl Package {
    fn of(options: &Options) -> Result<Package> {
        match (&options.archive_url, &options.archive_sha256) {
            (Some(url), Some(sha256)) => Ok(Package::Archive { path: local_path(url)?, sha256: digest_of(sha256)? }),
            (Some(_), None) => Err(refused(
                "TFHUB_ENGINE_URL is set and TFHUB_ENGINE_SHA256 is not",
                "set TFHUB_ENGINE_SHA256 to the archive's SHA-256 in hexadecimal",
            )),
            (None, _) => platform::wheel().map(Package::Pinned).ok_or_else(|| {
                let system = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
                refused(
                    &format!("no package of TensorFlow {} holds a library for {system}", platform::PINNED_VERSION),
                    "set TFHUB_ENGINE to a TensorFlow library for this system",
                )
            }),
        }
    }
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

/// Whether an installed engine is there, with the bytes that were installed, and to be trusted.
fn is_whole(entry: &Path) -> bool {
    store::check_owner(entry).and_then(|()| stamp::check(entry, Depth::Digest)).is_ok()
        && entry.join(platform::LINK_NAME).exists()
}

/// Makes the engine cache, for this user alone.
fn create_root(store: &Store) -> Result<()> {
    create_directory(&store.root)?;
    store::check_owner(&store.root).map_err(|why| {
        refused(
            &format!("`{}`: {why}", store.root.display()),
            "set TFHUB_ENGINE_DIR to a directory that only you can write to",
        )
    })
}

/// Makes a directory for this user alone, and what is missing above it.
fn create_directory(path: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|error| disk::failed("create", path, 0, &error))
}

/// Fetches, unpacks and publishes, in a directory that is gone afterwards whatever happens.
fn build(package: &Package, store: &Store, options: &Options) -> Result<()> {
    let work = tempfile::Builder::new().prefix(&Store::install_prefix()).tempdir_in(&store.root);
    let work = work.map_err(|error| disk::failed("create a directory in", &store.root, 0, &error))?;
    let complete = work.path().join("engine");
    create_directory(&complete)?;
    let written = match package {
        Package::Archive { path, sha256 } => unpack(path, sha256, &complete)?,
        Package::Pinned(wheel) => {
            let pip = Pip::find(options)?;
            disk::require(&store.root, options.limits.install_bytes)?;
            let task = format!("fetching TensorFlow {} into `{}`", platform::PINNED_VERSION, store.root.display());
            let (total, unit) = (Some(platform::WHEEL_BYTES), Unit::Bytes);
            options.progress.event(&Event::Started { task: &task, total, unit });
            let fetched = fetch(wheel, pip, work.path(), &complete, options);
            options.progress.event(&Event::Finished { success: fetched.is_ok() });
            fetched?
        }
    };
    seal(&complete, &written)?;
    publish(&complete, store, &work)
}

/// Fetches the pinned wheel and unpacks it.
fn fetch(wheel: &Wheel, pip: Pip, work: &Path, into: &Path, options: &Options) -> Result<Vec<Written>> {
    let file = pip.download(wheel, work, options)?;
    options.progress.event(&Event::Stage { text: "unpacking TensorFlow" });
    unpack(&file, wheel.sha256, into)
}

/// Compares a file's digest and writes the libraries that it holds.
fn unpack(path: &Path, sha256: &str, into: &Path) -> Result<Vec<Written>> {
    let unreadable =
        |error| refused(&format!("cannot read `{}`: {error}", path.display()), "name a file that is there");
    if !path.metadata().map_err(unreadable)?.is_file() {
        return Err(refused(&format!("`{}` is no regular file", path.display()), "name a wheel or a `.tar.gz` file"));
    }
    let mut file = File::open(path).map_err(unreadable)?;
    let (_, found) = digest::copy(&mut file, &mut std::io::sink(), u64::MAX).map_err(unreadable)?;
    if found != sha256 {
        return Err(Error::ChecksumMismatch {
            what: path.display().to_string(),
            algorithm: "SHA-256",
            expected: sha256.into(),
            found,
        });
    }
    file.rewind().map_err(unreadable)?;
    let mut magic = [0; 2];
    let started = file.read_exact(&mut magic).and_then(|()| file.rewind());
    match (started.is_ok(), &magic) {
        (true, b"PK") => wheel::extract(path, &mut file, into),
        (true, [0x1f, 0x8b]) => archive::extract(path, &mut file, into),
        _ => Err(damaged(path, "it is neither a wheel nor a `.tar.gz`")),
    }
}

/// Makes the unpacked directory ready to be used: the usual name, the stamp, everything on the disk.
fn seal(complete: &Path, written: &[Written]) -> Result<()> {
    let failed = |error| disk::failed("write", complete, 0, &error);
    let Some((main, _)) = written.first() else { return Ok(()) };
    let library = complete.join(main);
    header::check(&library).map_err(|why| Error::EngineCorrupt { path: library.clone(), why })?;
    if *main != platform::LINK_NAME {
        #[cfg(unix)]
        std::os::unix::fs::symlink(main, complete.join(platform::LINK_NAME)).map_err(failed)?;
        #[cfg(not(unix))]
        fs::hard_link(&library, complete.join(platform::LINK_NAME)).map_err(failed)?;
    }
    stamp::write(complete, written).map_err(failed)?;
    sync_directory(complete).map_err(failed)
}

/// Puts the complete directory in its place. A damaged one there makes room; a whole one, of an install that was
/// quicker, stays.
fn publish(complete: &Path, store: &Store, work: &TempDir) -> Result<()> {
    let entry = store.entry();
    if entry.symlink_metadata().is_ok() && !is_whole(&entry) {
        // Into our own directory, and gone with it.
        let away = work.path().join("damaged");
        fs::rename(&entry, &away).map_err(|error| disk::failed("move away", &entry, 0, &error))?;
    }
    // A rename never replaces a directory that holds anything.
    match fs::rename(complete, &entry) {
        Ok(()) => sync_directory(&store.root).map_err(|error| disk::failed("write", &store.root, 0, &error)),
        Err(_) if is_whole(&entry) => Ok(()),
        Err(error) => Err(disk::failed("publish", &entry, 0, &error)),
    }
}

/// Puts a directory's own entries on the disk.
fn sync_directory(directory: &Path) -> std::io::Result<()> {
    if cfg!(unix) { File::open(directory)?.sync_all() } else { Ok(()) }
}

fn refused(why: &str, fix: &str) -> Error {
    Error::EngineInstall { why: why.into(), fix: fix.into() }
}
