//! Installing a package into the user's engine cache: the engine, or op libraries for it.
//!
//! `start` calls it where no library is found, `tensorflow_text` for its ops, `tfhub doctor --install` directly. An install works in a directory of
//! its own and publishes it whole by one rename, so that what is there is complete at any moment; it may be killed and
//! run again. The lock only saves a second download.

use std::fs::{self, File};
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::extract::{Written, damaged};
use super::options::Options;
use super::package::{Origin, Package};
use super::pinned::Wheel;
use super::pip::Pip;
use super::platform;
use super::stamp::{self, Depth};
use super::store::{self, Store};
use super::{archive, disk, header, lock, reclaim, wheel};
use crate::digest;
use crate::error::{Error, Result};
use crate::progress::{Event, Unit};

/// Installs the engine, unless it is installed and whole; answers with the library's file.
///
/// # Errors
///
/// [`Error::EngineInstall`] says which step failed and what mends it; [`Error::DiskFull`],
/// [`Error::ChecksumMismatch`] and [`Error::BadArchive`] are told apart. Nothing is installed then.
pub fn install(options: &Options) -> Result<PathBuf> {
    Ok(install_package(&Package::engine(), options)?.join(platform::LINK_NAME))
}

/// Installs a package, unless it is installed and whole; answers with its directory.
pub(super) fn install_package(package: &Package, options: &Options) -> Result<PathBuf> {
    let store = Store::of(options).ok_or_else(|| {
        package.failed("no home directory is known", "set TFHUB_ENGINE_DIR to a directory for the engine cache")
    })?;
    let entry = store.entry(&package.entry_name(options));
    if is_whole(package, &entry) {
        return Ok(entry);
    }
    if options.offline {
        let fix = format!("run `TFHUB_OFFLINE=0 {}`", package.command());
        return Err(package.failed("TFHUB_OFFLINE forbids it", &fix));
    }
    let installing = Installing { origin: package.origin(options)?, package, entry: &entry, store: &store, options };
    installing.run().map_err(|error| package.own(error))?;
    Ok(entry)
}

/// Whether an installed package is there, with the bytes that were installed, and to be trusted.
fn is_whole(package: &Package, entry: &Path) -> bool {
    store::check_owner(entry).and_then(|()| stamp::check(entry, Depth::Digest)).is_ok()
        && package.link_name().is_none_or(|name| entry.join(name).exists())
}

/// A package on its way into the engine cache.
struct Installing<'a> {
    package: &'a Package,
    origin: Origin,
    store: &'a Store,
    /// The directory that it will have.
    entry: &'a Path,
    options: &'a Options,
}

impl Installing<'_> {
    fn run(&self) -> Result<()> {
        create_root(self.store)?;
        let _lock = lock::acquire(&self.store.lock_file(), self.options.limits.lock, self.options.progress.as_ref())?;
        if is_whole(self.package, self.entry) {
            return Ok(());
        }
        reclaim::reclaim(self.store);
        self.build()
    }

    /// Fetches, unpacks and publishes, in a directory that is gone afterwards whatever happens.
    fn build(&self) -> Result<()> {
        let root = &self.store.root;
        let work = tempfile::Builder::new().prefix(&Store::install_prefix()).tempdir_in(root);
        let work = work.map_err(|error| disk::failed("create a directory in", root, 0, &error))?;
        let complete = work.path().join("complete");
        create_directory(&complete)?;
        let written = match &self.origin {
            Origin::Archive { path, sha256 } => self.unpack(path, sha256, &complete)?,
            Origin::Pinned(wheel) => self.fetch(wheel, work.path(), &complete)?,
        };
        self.seal(&complete, &written)?;
        self.publish(&complete, &work)
    }

    /// Fetches the pinned wheel and unpacks it, and tells how far it is.
    fn fetch(&self, wheel: &Wheel, work: &Path, into: &Path) -> Result<Vec<Written>> {
        let Installing { package, options, store, .. } = self;
        let pip = Pip::find(package, options)?;
        disk::require(&store.root, options.limits.install_bytes.unwrap_or(package.release.install_bytes))?;
        let task = format!("fetching {} into `{}`", package.release.title(), store.root.display());
        let (total, unit) = (Some(package.release.wheel_bytes), Unit::Bytes);
        options.progress.event(&Event::Started { task: &task, total, unit });
        let fetched = pip.download(wheel, work, options).and_then(|file| {
            options.progress.event(&Event::Stage { text: &format!("unpacking {}", package.release.name) });
            self.unpack(&file, wheel.sha256, into)
        });
        options.progress.event(&Event::Finished { success: fetched.is_ok() });
        fetched
    }

    /// Compares a file's digest and writes the libraries that it holds.
    fn unpack(&self, path: &Path, sha256: &str, into: &Path) -> Result<Vec<Written>> {
        let mut file = open_checked(path, sha256)?;
        let mut magic = [0; 2];
        let started = file.read_exact(&mut magic).and_then(|()| file.rewind());
        match (started.is_ok(), &magic) {
            (true, b"PK") => wheel::extract(self.package, path, &mut file, into),
            (true, [0x1f, 0x8b]) => archive::extract(path, &mut file, into),
            _ => Err(damaged(path, "it is neither a wheel nor a `.tar.gz`")),
        }
    }

    /// Makes the unpacked directory ready to be used: the usual name, the stamp, everything on the disk.
    fn seal(&self, complete: &Path, written: &[Written]) -> Result<()> {
        let failed = |error| disk::failed("write", complete, 0, &error);
        for (name, _) in written {
            let library = complete.join(name);
            header::check(&library).map_err(|why| Error::EngineCorrupt { path: library, why })?;
        }
        if let (Some(link), Some((main, _))) = (self.package.link_name(), written.first())
            && main != link
        {
            #[cfg(unix)]
            std::os::unix::fs::symlink(main, complete.join(link)).map_err(failed)?;
            #[cfg(not(unix))]
            fs::hard_link(complete.join(main), complete.join(link)).map_err(failed)?;
        }
        stamp::write(complete, written).map_err(failed)?;
        sync_directory(complete).map_err(failed)
    }

    /// Puts the complete directory in its place. A damaged one there makes room; a whole one, of an install that was
    /// quicker, stays.
    fn publish(&self, complete: &Path, work: &TempDir) -> Result<()> {
        let (entry, root) = (self.entry, &self.store.root);
        if entry.symlink_metadata().is_ok() && !is_whole(self.package, entry) {
            // Into our own directory, and gone with it.
            let away = work.path().join("damaged");
            fs::rename(entry, &away).map_err(|error| disk::failed("move away", entry, 0, &error))?;
        }
        // A rename never replaces a directory that holds anything.
        match fs::rename(complete, entry) {
            Ok(()) => sync_directory(root).map_err(|error| disk::failed("write", root, 0, &error)),
            Err(_) if is_whole(self.package, entry) => Ok(()),
            Err(error) => Err(disk::failed("publish", entry, 0, &error)),
        }
    }
}

/// Opens a file that is what its digest says.
fn open_checked(path: &Path, sha256: &str) -> Result<File> {
    let unreadable =
        |error| refused(&format!("cannot read `{}`: {error}", path.display()), "name a file that is there");
    if !path.metadata().map_err(unreadable)?.is_file() {
        return Err(refused(&format!("`{}` is no regular file", path.display()), "name a wheel or a `.tar.gz` file"));
    }
    let mut file = File::open(path).map_err(unreadable)?;
    let (_, found) = digest::copy(&mut file, &mut std::io::sink(), u64::MAX).map_err(unreadable)?;
    if found != sha256 {
        let (what, expected) = (path.display().to_string(), sha256.into());
        return Err(Error::ChecksumMismatch { what, algorithm: "SHA-256", expected, found });
    }
    file.rewind().map_err(unreadable)?;
    Ok(file)
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

/// Puts a directory's own entries on the disk.
fn sync_directory(directory: &Path) -> std::io::Result<()> {
    if cfg!(unix) { File::open(directory)?.sync_all() } else { Ok(()) }
}

fn refused(why: &str, fix: &str) -> Error {
    Error::EngineInstall { why: why.into(), fix: fix.into() }
}
