//! Web addresses that answer with a place in Google's store: the 303 protocol.

use std::path::PathBuf;
use std::sync::Arc;

use super::download::Downloads;
use super::{Resolver, address, gcs, http_compressed, unsupported};
use crate::config::LoadFormat;
use crate::error::{Error, Result};
use crate::fetch::Request;
use crate::handle::{Handle, HandleKind};

/// A place in the store is a line; a longer answer is none.
const PLACE_BYTES: u64 = 8 * 1024;

/// Takes `http:` and `https:` addresses where the load format is `UNCOMPRESSED`.
///
/// The address is asked with `tf-hub-format=uncompressed`; the answer must be `303 See Other` without a `Location` and
/// with a `gs://` address as its body. The directory there is copied into the cache.
pub struct HttpUncompressedResolver {
    downloads: Arc<Downloads>,
}

impl HttpUncompressedResolver {
    pub(super) fn new(downloads: Arc<Downloads>) -> HttpUncompressedResolver {
        HttpUncompressedResolver { downloads }
    }

    /// Where the server says that the model lies.
    fn place(&self, handle: &Handle) -> Result<Handle> {
        let url = http_compressed::parse(handle, &address::uncompressed_address(handle.as_str()))?;
        let answer = self.downloads.client.open(&Request::to(url).answers(100..600))?;
        let (status, url) = (answer.status(), answer.shown().to_owned());
        let refused = |why: String| Error::Protocol { url: url.clone(), why };
        if status != 303 {
            return Err(refused(format!("Expected 303 See other HTTP response but received code {status}")));
        }
        let place = answer.text(PLACE_BYTES)?;
        let named = place.starts_with("gs://").then(|| place.trim().parse::<Handle>().ok()).flatten();
        named.ok_or_else(|| {
            let start: String = place.chars().take(200).collect();
            refused(format!("Expected server to return a GCS location but received {start}"))
        })
    }
}

impl Resolver for HttpUncompressedResolver {
    fn describe(&self) -> String {
        "an http or https address that answers with a place in Google's store".into()
    }

    fn supports(&self, handle: &Handle) -> bool {
        matches!(handle.kind(), HandleKind::Web(_)) && self.downloads.settings.load_format == LoadFormat::Uncompressed
    }

    fn resolve(&self, handle: &Handle) -> Result<PathBuf> {
        if !self.supports(handle) {
            return Err(unsupported(self, handle));
        }
        self.downloads.entry(handle, &mut |directory| {
            let place = self.place(handle)?;
            gcs::copy(&self.downloads, handle, &place, directory)
        })
    }
}
