//! Models that lie as single files behind an address: each is copied into the cache.
//!
//! The resolvers for Google's store and for Hugging Face list the files; here they are fetched one after the other,
//! compared with what the list says, and written under checked names.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use serde::de::DeserializeOwned;
use url::Url;

use super::download::{Downloads, Job};
use super::explain::explain;
use crate::cache::{FileRecord, Filled};
use crate::error::{Error, Result};
use crate::fetch::Request;
use crate::handle::Handle;
use crate::{archive, digest, disk};

/// One file behind an address.
pub(super) struct RemoteFile {
    /// Its path within the model.
    pub(super) path: String,
    pub(super) request: Request,
    /// What the list says of it.
    pub(super) size_bytes: Option<u64>,
    pub(super) sha256: Option<String>,
}

/// Copies files into a directory, under a handle's limits.
pub(super) fn copy(
    downloads: &Downloads,
    handle: &Handle,
    source: String,
    files: &[RemoteFile],
    directory: &Path,
) -> Result<Filled> {
    let name = handle.to_string();
    let total: Option<u64> = files.iter().try_fold(0u64, |total, file| total.checked_add(file.size_bytes?));
    check_size(downloads, &name, total.unwrap_or(0), directory)?;
    let mut names = archive::Names::new(&name, &downloads.settings.limits);
    let job = Job::start(&downloads.settings.progress, format!("downloading {name}"), total);
    let mut done = 0;
    let mut records = Vec::with_capacity(files.len());
    for file in files {
        let path = names.file(file.path.as_bytes())?;
        let record = copy_file(downloads, handle, file, &path, directory, &|bytes| job.advanced(done + bytes))?;
        done += record.size_bytes;
        check_size(downloads, &name, done, directory)?;
        records.push(record);
    }
    job.finish();
    records.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(Filled { source, entity_tag: None, files: records })
}

fn copy_file(
    downloads: &Downloads,
    handle: &Handle,
    file: &RemoteFile,
    path: &str,
    directory: &Path,
    advanced: &dyn Fn(u64),
) -> Result<FileRecord> {
    let mut tries = 0;
    loop {
        match try_file(downloads, handle, file, path, directory, advanced) {
            Err(error) if matches!(error, Error::Truncated { .. }) && tries < downloads.settings.limits.retries => {
                tries += 1;
                tracing::warn!(%handle, path, %error, "fetching the file again");
                let partial = directory.join(path);
                fs::remove_file(&partial).map_err(|error| Error::io("remove", &partial, error))?;
            }
            done => return done,
        }
    }
}

fn try_file(
    downloads: &Downloads,
    handle: &Handle,
    file: &RemoteFile,
    path: &str,
    directory: &Path,
    advanced: &dyn Fn(u64),
) -> Result<FileRecord> {
    let answer = downloads.client.open(&file.request).map_err(|error| explain(error, handle))?;
    let url = answer.redacted_url();
    let target = directory.join(path);
    let failed = |error| Error::io("write", &target, error);
    if let Some(parent) = target.parent() {
        fs::create_dir_all(parent).map_err(failed)?;
    }
    let mut to = File::create_new(&target).map_err(failed)?;
    let limit = downloads.settings.limits.unpacked_bytes;
    let mut body = Watched { body: answer.body, advanced };
    let (size_bytes, sha256) = digest::copy(&mut body, &mut to, limit).map_err(|error| match Error::carried(error) {
        Ok(error) => error,
        Err(error) => failed(error),
    })?;
    if let Some(expected) = file.size_bytes
        && size_bytes != expected
    {
        return Err(Error::Truncated { what: url, expected: format!("{expected} bytes"), found: size_bytes });
    }
    if let Some(expected) = &file.sha256
        && !sha256.eq_ignore_ascii_case(expected)
    {
        let expected = expected.clone();
        return Err(Error::ChecksumMismatch { what: url, algorithm: "SHA-256", expected, found: sha256 });
    }
    Ok(FileRecord { path: path.to_owned(), size_bytes, sha256 })
}

/// A body whose reads are told.
struct Watched<'a> {
    body: crate::fetch::Body,
    advanced: &'a dyn Fn(u64),
}

impl Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.body.read(buffer)?;
        (self.advanced)(self.body.received());
        Ok(length)
    }
}

/// An answer in JSON.
pub(super) fn json<T: DeserializeOwned>(downloads: &Downloads, request: &Request, limit: u64) -> Result<T> {
    let answer = downloads.client.open(request)?;
    let url = answer.redacted_url();
    let text = answer.text(limit)?;
    serde_json::from_str(&text).map_err(|error| Error::Protocol { url, why: format!("the answer is not as expected: {error}") })
}

/// A store's address, which may come from a variable.
pub(super) fn endpoint(variable: &str, text: &str) -> Result<Url> {
    let wrong = || Error::InvalidSetting {
        name: variable.into(),
        value: crate::handle::redacted(text),
        expected: "an http or https address".into(),
    };
    let url = Url::parse(text).map_err(|_| wrong())?;
    match url.scheme() {
        "http" | "https" if url.has_host() => Ok(url),
        _ => Err(wrong()),
    }
}

/// Refuses lists without an end.
pub(super) fn check_count(downloads: &Downloads, what: &str, count: usize) -> Result<()> {
    let limit = downloads.settings.limits.entries;
    match count as u64 > limit {
        true => Err(Error::BombLimit { archive: what.to_owned(), why: format!("more than {limit} files") }),
        false => Ok(()),
    }
}

/// Refuses more than the limits allow, and more than fits.
fn check_size(downloads: &Downloads, what: &str, bytes: u64, directory: &Path) -> Result<()> {
    let limits = &downloads.settings.limits;
    if bytes > limits.unpacked_bytes {
        return Err(Error::TooLarge { what: what.to_owned(), limit_bytes: limits.unpacked_bytes });
    }
    let free_bytes = disk::free_bytes(directory).unwrap_or(u64::MAX);
    let needed_bytes = limits.reserve_bytes;
    match free_bytes < needed_bytes {
        true => Err(Error::DiskFull { path: directory.to_owned(), needed_bytes, free_bytes }),
        false => Ok(()),
    }
}

