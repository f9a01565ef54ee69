//! Models that lie as single files behind an address: each is copied into the cache.
//!
//! The resolvers for Google's store and for Hugging Face list the files; here they are fetched one after the other,
//! compared with what the list says, and written under checked names.

use std::io::Read;
use std::path::Path;

use serde::de::DeserializeOwned;
use url::Url;

use super::download::{Downloads, Job, broken, record};
use super::explain::explain;
use crate::archive::{Member, Unpacking};
use crate::cache::Filled;
use crate::error::{Error, Result};
use crate::fetch::{Body, Request};
use crate::handle::Handle;

/// One file behind an address.
pub(super) struct RemoteFile {
    /// Its path within the model.
    pub(super) path: String,
    pub(super) request: Request,
    /// Its length, as the list says.
    pub(super) size_bytes: u64,
    /// Its SHA-256, where the list has one.
    pub(super) sha256: Option<String>,
}

/// Copies files into a directory, under a handle's limits.
pub(super) fn copy(
    downloads: &Downloads,
    handle: &Handle,
    source: &str,
    files: &[RemoteFile],
    directory: &Path,
) -> Result<Filled> {
    downloads.with_restarts(handle, directory, &mut || {
        let name = handle.to_string();
        let total = files.iter().map(|file| file.size_bytes).sum();
        let job = Job::start(&downloads.settings.progress, format!("downloading {name}"), Some(total));
        let mut advanced = |bytes| job.advanced(bytes);
        let mut writer = Unpacking::new(&name, directory, &downloads.settings.limits, &mut advanced)?;
        for file in files {
            writer.entry()?;
            write(downloads, handle, file, &mut writer)?;
        }
        let members = writer.finish();
        check_digests(files, &members)?;
        job.finish();
        let files = members.into_iter().map(record).collect();
        Ok(Filled { source: source.to_owned(), entity_tag: None, files })
    })
}

/// Fetches one file and writes it. Nothing is asked before the name is found to be good.
fn write(downloads: &Downloads, handle: &Handle, file: &RemoteFile, writer: &mut Unpacking<'_>) -> Result<()> {
    let mut reading: Option<Reading> = None;
    writer.file(file.path.as_bytes(), file.size_bytes, &mut |piece| {
        if reading.is_none() {
            reading = Some(Reading::open(downloads, handle, file)?);
        }
        match &mut reading {
            Some(reading) => reading.some(piece),
            None => Ok(0),
        }
    })?;
    reading.map_or(Ok(()), Reading::end)
}

/// A file on its way.
struct Reading {
    body: Body,
    url: String,
    expected: u64,
}

impl Reading {
    fn open(downloads: &Downloads, handle: &Handle, file: &RemoteFile) -> Result<Reading> {
        let answer = downloads.client.open(&file.request).map_err(|error| explain(error, handle))?;
        let url = answer.shown().to_owned();
        Ok(Reading { body: answer.into_body(), url, expected: file.size_bytes })
    }

    /// The next bytes; that there are none is an error here.
    fn some(&mut self, piece: &mut [u8]) -> Result<usize> {
        match self.body.read(piece).map_err(|error| broken(error, &self.url))? {
            0 => Err(Error::Truncated {
                what: self.url.clone(),
                expected: format!("{} bytes", self.expected),
                found: self.body.received(),
            }),
            length => Ok(length),
        }
    }

    /// Asks for the end: there the body compares what came with what was announced.
    fn end(mut self) -> Result<()> {
        match self.body.read(&mut [0]).map_err(|error| broken(error, &self.url))? {
            0 => Ok(()),
            _ => Err(Error::Protocol { why: format!("expected {} bytes, found more", self.expected), url: self.url }),
        }
    }
}

/// Compares files with the digests in the list.
fn check_digests(files: &[RemoteFile], members: &[Member]) -> Result<()> {
    for file in files {
        let Some(expected) = &file.sha256 else { continue };
        let found = members.iter().find(|member| member.path == file.path).map(|member| &member.sha256);
        if let Some(found) = found
            && !found.eq_ignore_ascii_case(expected)
        {
            let (expected, found) = (expected.clone(), found.clone());
            return Err(Error::ChecksumMismatch { what: file.path.clone(), algorithm: "SHA-256", expected, found });
        }
    }
    Ok(())
}

/// An answer in JSON.
pub(super) fn json<T: DeserializeOwned>(downloads: &Downloads, request: &Request, limit: u64) -> Result<T> {
    let answer = downloads.client.open(request)?;
    let url = answer.shown().to_owned();
    let text = answer.text(limit)?;
    serde_json::from_str(&text)
        .map_err(|error| Error::Protocol { url, why: format!("the answer is not as expected: {error}") })
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
