//! From an address to an entry of the cache: what the resolvers that download share.
//!
//! An archive is unpacked while it comes in, inside the task's own directory of the cache, so that Python's clients see
//! it grow. A connection that breaks is resumed by the body itself; where the server does not allow that, the archive
//! is begun again here.

use std::cell::Cell;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::explain::explain;
use crate::archive;
use crate::cache::{self, Cache, FileRecord, Filled};
use crate::config::Settings;
use crate::error::{Error, Result};
use crate::fetch::{Answer, Body, Client, Request};
use crate::handle::Handle;
use crate::progress::{Event, Progress, Unit};

/// How much of an answer tells what it is.
const START_BYTES: usize = 512;

/// The settings, the cache and the client that the resolvers share.
pub(crate) struct Downloads {
    pub(super) settings: Settings,
    pub(super) cache: Cache,
    pub(super) client: Client,
}

impl Downloads {
    /// What the settings ask for; nothing is touched yet.
    pub(crate) fn new(settings: &Settings) -> Downloads {
        Downloads { settings: settings.clone(), cache: Cache::of(settings), client: Client::new(settings) }
    }

    /// The entry of a handle, filled with an archive where it is not there yet.
    pub(super) fn archive(&self, handle: &Handle, request: &dyn Fn() -> Result<Request>) -> Result<PathBuf> {
        self.entry(handle, &mut |directory| self.unpack(handle, &request()?, directory))
    }

    /// The entry of a handle, filled by `fill` where it is not there yet; what was pinned is compared before it counts.
    pub(super) fn entry(&self, handle: &Handle, fill: &mut dyn FnMut(&Path) -> Result<Filled>) -> Result<PathBuf> {
        self.cache.obtain(handle, &mut |directory| {
            let filled = fill(directory)?;
            if let Some(pins) = &self.settings.pins {
                pins.check(handle, &cache::tree_digest(&filled.files))?;
            }
            Ok(filled)
        })
    }

    /// Downloads an archive and unpacks it into a directory.
    pub(super) fn unpack(&self, handle: &Handle, request: &Request, directory: &Path) -> Result<Filled> {
        self.with_restarts(handle, directory, &mut || {
            let answer = self.client.open(request).map_err(|error| explain(error, handle))?;
            self.unpack_answer(handle, answer, directory)
        })
    }

    /// Begins a download again, with an empty directory, where a body broke off and could not be continued.
    pub(super) fn with_restarts(
        &self,
        handle: &Handle,
        directory: &Path,
        fill: &mut dyn FnMut() -> Result<Filled>,
    ) -> Result<Filled> {
        let mut tries = 0;
        loop {
            match fill() {
                // What else is transient was tried again where it happened.
                Err(error @ Error::Truncated { .. }) if tries < self.settings.limits.retries => {
                    tries += 1;
                    tracing::warn!(%handle, %error, "beginning the download again");
                    clear(directory)?;
                }
                done => return done,
            }
        }
    }

    fn unpack_answer(&self, handle: &Handle, answer: Answer, directory: &Path) -> Result<Filled> {
        let source = answer.shown().to_owned();
        let entity_tag = answer.header("etag").map(str::to_owned);
        let (status, content_type) = (answer.status(), answer.content_type());
        let body = answer.into_body();
        let name = handle.to_string();
        let job = Job::start(&self.settings.progress, format!("downloading {name}"), body.length());
        let gauge = body.gauge();
        let mut counted = Counted { body, job: &job };
        let mut start = Vec::with_capacity(START_BYTES);
        counted.by_ref().take(START_BYTES as u64).read_to_end(&mut start).map_err(|error| broken(error, &source))?;
        if archive::sniff(&start).is_none() {
            let what = described(&content_type, &start);
            return Err(Error::NotAnArchive { handle: name, url: source, status, what });
        }
        let members = archive::extract(
            archive::Source {
                name: &name,
                bytes: &mut start.as_slice().chain(counted),
                length_is_proven: &|| gauge.length_is_proven(),
            },
            directory,
            &self.settings.limits,
            &mut |_| {},
        )?;
        job.finish();
        let files = members.into_iter().map(record).collect();
        Ok(Filled { source, entity_tag, files })
    }
}

/// A file that was written, as the cache remembers it.
pub(super) fn record(member: archive::Member) -> FileRecord {
    FileRecord { path: member.path, size_bytes: member.size_bytes, sha256: member.sha256 }
}

/// The body of an answer, counted for the listener.
struct Counted<'a> {
    body: Body,
    job: &'a Job,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.body.read(buffer)?;
        self.job.advanced(self.body.received());
        Ok(length)
    }
}

/// A download that is told to the listener; dropped before its end, it has failed.
pub(super) struct Job {
    listener: Arc<dyn Progress>,
    finished: Cell<bool>,
}

impl Job {
    /// Tells that a download starts.
    pub(super) fn start(listener: &Arc<dyn Progress>, task: String, total: Option<u64>) -> Job {
        listener.event(&Event::Started { task: &task, total, unit: Unit::Bytes });
        Job { listener: Arc::clone(listener), finished: Cell::new(false) }
    }

    /// Tells how many bytes have come.
    pub(super) fn advanced(&self, done: u64) {
        self.listener.event(&Event::Advanced { done });
    }

    /// Tells that everything has come.
    pub(super) fn finish(&self) {
        self.finished.set(true);
        self.listener.event(&Event::Finished { success: true });
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        if !self.finished.get() {
            self.listener.event(&Event::Finished { success: false });
        }
    }
}

/// What broke a read: an error of ours that the body passed on, or the system's.
pub(super) fn broken(error: io::Error, url: &str) -> Error {
    Error::carried(error).unwrap_or_else(|error| Error::Connect {
        url: url.to_owned(),
        proxy: None,
        why: error.to_string(),
    })
}

/// What an answer is that is no archive: its type and how it begins.
fn described(content_type: &str, start: &[u8]) -> String {
    let kind = if content_type.is_empty() { "no content type" } else { content_type };
    if start.is_empty() {
        return format!("nothing ({kind})");
    }
    let text = String::from_utf8_lossy(&start[..start.len().min(80)]);
    let html = kind.contains("html") || text.trim_start().to_ascii_lowercase().starts_with("<!doctype html");
    let name = if html { "an HTML page" } else { "no archive" };
    format!("{name} ({kind}) that begins `{}`", text.escape_debug())
}

/// Removes what an earlier try left in the task's directory.
fn clear(directory: &Path) -> Result<()> {
    let failed = |error| Error::io("clear", directory, error);
    for entry in fs::read_dir(directory).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let is_directory = entry.file_type().map_err(failed)?.is_dir();
        let removed = if is_directory { fs::remove_dir_all(entry.path()) } else { fs::remove_file(entry.path()) };
        removed.map_err(failed)?;
    }
    Ok(())
}
