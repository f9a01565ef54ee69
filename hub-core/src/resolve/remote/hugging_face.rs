//! SavedModels in repositories on Hugging Face.
//!
//! ```text
//! GET <endpoint>/api/models/<owner>/<name>/revision/<revision>                   `sha`: the commit
//! GET <endpoint>/api/models/<owner>/<name>/tree/<commit>/<path>?recursive=true   the files, in pages
//! GET <endpoint>/<owner>/<name>/resolve/<commit>/<file>                          one file
//! ```
//!
//! The revision becomes a commit first, so that all files are of one state. The token goes to Hugging Face and to no
//! other host: large files are redirected to a store.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

use serde::Deserialize;
use url::Url;

use super::download::Downloads;
use super::explain::explain;
use super::snapshot::{self, RemoteFile};
use super::{Resolver, unsupported};
use crate::error::{Error, Result};
use crate::fetch::Request;
use crate::handle::{Handle, HandleKind, HuggingFaceModel};

/// A page of a list has at most a thousand files.
const PAGE_BYTES: u64 = 16 << 20;

/// A token is a line.
const TOKEN_BYTES: u64 = 64 * 1024;

/// Takes `hf://owner/name[@revision][/path]`, and copies that folder into the cache.
pub struct HuggingFaceResolver {
    downloads: Arc<Downloads>,
}

impl HuggingFaceResolver {
    pub(super) fn new(downloads: Arc<Downloads>) -> HuggingFaceResolver {
        HuggingFaceResolver { downloads }
    }
}

impl Resolver for HuggingFaceResolver {
    fn describe(&self) -> String {
        "a SavedModel on Hugging Face (hf://)".into()
    }

    fn supports(&self, handle: &Handle) -> bool {
        matches!(handle.kind(), HandleKind::HuggingFace(_))
    }

    fn resolve(&self, handle: &Handle) -> Result<PathBuf> {
        let HandleKind::HuggingFace(model) = handle.kind() else { return Err(unsupported(self, handle)) };
        self.downloads.entry(handle, &mut |directory| {
            let repository = Repository { downloads: &self.downloads, model, token: self.token()? };
            let commit = repository.commit().map_err(|error| explain(error, handle))?;
            let files = repository.files(&commit).map_err(|error| explain(error, handle))?;
            snapshot::copy(&self.downloads, handle, &format!("{handle} at {commit}"), &files, directory)
        })
    }
}

impl HuggingFaceResolver {
    /// The token in the settings, or in the file that Python's login writes.
    fn token(&self) -> Result<Option<String>> {
        let settings = &self.downloads.settings.hugging_face;
        if let Some(token) = &settings.token {
            return Ok(Some(token.reveal().to_owned()));
        }
        let Some(path) = &settings.token_file else { return Ok(None) };
        let mut text = String::new();
        match File::open(path).and_then(|file| file.take(TOKEN_BYTES).read_to_string(&mut text)) {
            Ok(_) => Ok(Some(text.trim().to_owned()).filter(|token| !token.is_empty())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::io("read", path, error)),
        }
    }
}

/// One repository, and who asks.
struct Repository<'a> {
    downloads: &'a Downloads,
    model: &'a HuggingFaceModel,
    token: Option<String>,
}

/// What is said of a revision.
#[derive(Deserialize)]
struct Revision {
    sha: String,
}

/// An entry of a list of files.
#[derive(Deserialize)]
struct TreeEntry {
    #[serde(rename = "type")]
    kind: String,
    path: String,
    size: Option<u64>,
    lfs: Option<LargeFile>,
}

/// What is said of a large file: its SHA-256 and size.
#[derive(Deserialize)]
struct LargeFile {
    oid: String,
    size: Option<u64>,
}

impl Repository<'_> {
    /// The commit that the revision means.
    fn commit(&self) -> Result<String> {
        let url = self.address(&["api", "models"], &["revision", &self.model.revision])?;
        let revision: Revision = snapshot::json(self.downloads, &self.authorized(url.clone()), PAGE_BYTES)?;
        let is_commit =
            (7..=64).contains(&revision.sha.len()) && revision.sha.bytes().all(|byte| byte.is_ascii_hexdigit());
        match is_commit {
            true => Ok(revision.sha),
            false => Err(Error::Protocol { url: url.to_string(), why: "expected a commit in the field `sha`".into() }),
        }
    }

    /// The files of the model's folder.
    fn files(&self, commit: &str) -> Result<Vec<RemoteFile>> {
        let folder: Vec<&str> = self.model.path.split('/').filter(|part| !part.is_empty()).collect();
        let mut url = self.address(&["api", "models"], &[&["tree", commit], folder.as_slice()].concat())?;
        url.query_pairs_mut().append_pair("recursive", "true");
        let mut files = Vec::new();
        loop {
            let (page, next) = self.page(&url)?;
            for entry in page.into_iter().filter(|entry| entry.kind == "file") {
                files.extend(self.file(commit, entry)?);
            }
            snapshot::check_count(self.downloads, &self.model.name, files.len())?;
            match next {
                Some(next) => url = next,
                None => return Ok(files),
            }
        }
    }

    /// A page of the list, and the address of the next one.
    fn page(&self, url: &Url) -> Result<(Vec<TreeEntry>, Option<Url>)> {
        let answer = self.downloads.client.open(&self.authorized(url.clone()))?;
        let next = answer.header("link").and_then(next_page).and_then(|link| url.join(link).ok());
        // The token is for this host alone, whatever the list says.
        let next = next.filter(|next| next.origin() == url.origin() && next != url);
        let url = answer.shown().to_owned();
        let page = serde_json::from_str(&answer.text(PAGE_BYTES)?)
            .map_err(|error| Error::Protocol { url, why: format!("the answer is not as expected: {error}") })?;
        Ok((page, next))
    }

    /// One file, unless it lies outside the model's folder.
    fn file(&self, commit: &str, entry: TreeEntry) -> Result<Option<RemoteFile>> {
        let inside = match self.model.path.as_str() {
            "" => Some(entry.path.as_str()),
            folder => entry.path.strip_prefix(folder).and_then(|path| path.strip_prefix('/')),
        };
        let Some(path) = inside else { return Ok(None) };
        let parts: Vec<&str> = entry.path.split('/').collect();
        let url = self.address(&[], &[&["resolve", commit], parts.as_slice()].concat())?;
        let (size_bytes, sha256) = match entry.lfs {
            Some(lfs) => (lfs.size, Some(lfs.oid)),
            None => (entry.size, None),
        };
        let Some(size_bytes) = size_bytes else {
            let why = format!("expected a size for `{}` in the list", entry.path.escape_debug());
            return Err(Error::Protocol { url: url.to_string(), why });
        };
        Ok(Some(RemoteFile { path: path.to_owned(), request: self.authorized(url), size_bytes, sha256 }))
    }

    fn address(&self, before: &[&str], after: &[&str]) -> Result<Url> {
        let mut url = snapshot::endpoint("HF_ENDPOINT", &self.downloads.settings.hugging_face.endpoint)?;
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(before).push(&self.model.owner).push(&self.model.name).extend(after);
        }
        Ok(url)
    }

    fn authorized(&self, url: Url) -> Request {
        match &self.token {
            Some(token) => Request::to(url).authorization(format!("Bearer {token}")),
            None => Request::to(url),
        }
    }
}

/// The address with `rel="next"` in a header `Link`.
fn next_page(header: &str) -> Option<&str> {
    header.split(',').find_map(|link| {
        let (address, parameters) = link.split_once(';')?;
        let is_next = parameters.split(';').any(|part| matches!(part.trim(), r#"rel="next""# | "rel=next"));
        is_next.then(|| address.trim().strip_prefix('<')?.strip_suffix('>')).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_in_the_link_header() {
        let header = r#"<https://h/a?cursor=1>; rel="prev", <https://h/a?cursor=2>; rel="next""#;
        assert_eq!(next_page(header), Some("https://h/a?cursor=2"));
        assert_eq!(next_page("<https://h/a>; rel=\"last\""), None);
        assert_eq!(next_page("nonsense"), None);
    }
}
