//! Directories in Google's store, over its public HTTPS interface.
//!
//! ```text
//! GET <endpoint>/storage/v1/b/<bucket>/o?prefix=<object>/       the list, in pages
//! GET <endpoint>/storage/v1/b/<bucket>/o/<object>?alt=media     one object
//! ```
//!
//! Public buckets need no token; with one it is sent to the store and nowhere else. A list names each object's
//! generation, and just that one is asked for: an object that changes meanwhile is an error, never a mixture.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use url::Url;

use super::download::Downloads;
use super::snapshot::{self, RemoteFile};
use super::{Resolver, unsupported};
use crate::cache::Filled;
use crate::error::{Error, Result};
use crate::fetch::Request;
use crate::handle::{Handle, HandleKind};

/// A page of a list has at most a thousand objects.
const PAGE_BYTES: u64 = 16 << 20;

/// Takes `gs://bucket/model`, and copies the directory into the cache.
///
/// Python reads such a model in place, by TensorFlow's own file systems.
pub struct GcsResolver {
    downloads: Arc<Downloads>,
}

impl GcsResolver {
    pub(super) fn new(downloads: Arc<Downloads>) -> GcsResolver {
        GcsResolver { downloads }
    }
}

impl Resolver for GcsResolver {
    fn describe(&self) -> String {
        "a directory at gs://".into()
    }

    fn supports(&self, handle: &Handle) -> bool {
        matches!(handle.kind(), HandleKind::GoogleStore { is_archive: false, .. })
    }

    fn resolve(&self, handle: &Handle) -> Result<PathBuf> {
        if !self.supports(handle) {
            return Err(unsupported(self, handle));
        }
        self.downloads.entry(handle, &mut |directory| copy(&self.downloads, handle, handle, directory))
    }
}

/// Copies the place of one handle into a directory, on behalf of another.
pub(super) fn copy(downloads: &Downloads, handle: &Handle, place: &Handle, directory: &Path) -> Result<Filled> {
    let HandleKind::GoogleStore { bucket, object, is_archive } = place.kind() else {
        return Err(Error::UnsupportedHandle { handle: place.to_string(), supported: vec!["gs://".into()] });
    };
    if *is_archive {
        return downloads.unpack(handle, &self::object(downloads, bucket, object)?, directory);
    }
    let files = list(downloads, bucket, object)?;
    if files.is_empty() {
        let why = format!("nothing is at `{place}`");
        return Err(Error::HttpStatus { url: place.to_string(), status: 404, why });
    }
    snapshot::copy(downloads, handle, &place.to_string(), &files, directory)
}

/// The request for one object.
pub(super) fn object(downloads: &Downloads, bucket: &str, object: &str) -> Result<Request> {
    Ok(authorized(downloads, Request::to(media(downloads, bucket, object)?)))
}

/// The address of an object's bytes.
fn media(downloads: &Downloads, bucket: &str, object: &str) -> Result<Url> {
    let mut url = store(downloads, bucket)?;
    segments(&mut url).push(object);
    url.query_pairs_mut().append_pair("alt", "media");
    Ok(url)
}

/// A page of the list of objects.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(default)]
    items: Vec<Object>,
    next_page_token: Option<String>,
}

/// One object of the list.
#[derive(Deserialize)]
struct Object {
    name: String,
    /// In decimal: the interface writes 64-bit numbers as texts.
    size: String,
    generation: Option<String>,
}

/// The objects under a name.
fn list(downloads: &Downloads, bucket: &str, directory: &str) -> Result<Vec<RemoteFile>> {
    let prefix = format!("{directory}/");
    let mut files = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let mut url = store(downloads, bucket)?;
        url.query_pairs_mut()
            .append_pair("prefix", &prefix)
            .append_pair("fields", "items(name,size,generation),nextPageToken");
        if let Some(token) = &token {
            url.query_pairs_mut().append_pair("pageToken", token);
        }
        let page: Page = snapshot::json(downloads, &authorized(downloads, Request::to(url)), PAGE_BYTES)?;
        for item in page.items.iter().filter(|item| !item.name.ends_with('/')) {
            files.push(file(downloads, bucket, &prefix, item)?);
        }
        snapshot::check_count(downloads, &prefix, files.len())?;
        token = page.next_page_token.filter(|token| !token.is_empty());
        if token.is_none() {
            return Ok(files);
        }
    }
}

fn file(downloads: &Downloads, bucket: &str, prefix: &str, item: &Object) -> Result<RemoteFile> {
    let path = item.name.strip_prefix(prefix).unwrap_or(&item.name).to_owned();
    let mut url = media(downloads, bucket, &item.name)?;
    if let Some(generation) = &item.generation {
        url.query_pairs_mut().append_pair("generation", generation);
    }
    let size_bytes = item.size.parse().map_err(|_| Error::Protocol {
        url: url.to_string(),
        why: format!("expected a size in the list, found `{}`", item.size.escape_debug()),
    })?;
    Ok(RemoteFile { path, request: authorized(downloads, Request::to(url)), size_bytes, sha256: None })
}

/// The address of a bucket's objects.
fn store(downloads: &Downloads, bucket: &str) -> Result<Url> {
    let mut url = snapshot::endpoint("STORAGE_EMULATOR_HOST", &downloads.settings.google.endpoint)?;
    segments(&mut url).extend(["storage", "v1", "b", bucket, "o"]);
    Ok(url)
}

/// The request with the store's token, where there is one.
fn authorized(downloads: &Downloads, request: Request) -> Request {
    match &downloads.settings.google.token {
        Some(token) => request.authorization(format!("Bearer {}", token.reveal())),
        None => request,
    }
}

/// The path of an address that has one; that of a store always has.
fn segments(url: &mut Url) -> url::PathSegmentsMut<'_> {
    url.path_segments_mut().unwrap_or_else(|()| unreachable!("an http address has a path"))
}
