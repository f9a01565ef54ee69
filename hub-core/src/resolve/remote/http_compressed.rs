//! Web addresses that answer with an archive: files on servers, pages of tfhub.dev and of hubs like it.

use std::path::PathBuf;
use std::sync::Arc;

use url::Url;

use super::download::Downloads;
use super::{Resolver, address, kaggle, unsupported};
use crate::config::LoadFormat;
use crate::error::{Error, Result};
use crate::fetch::Request;
use crate::handle::{Handle, HandleKind};

/// Takes `http:` and `https:` addresses, unless the load format is `UNCOMPRESSED`.
///
/// The address is asked with `tf-hub-format=compressed` in its query, as Python asks. Whatever its ending, the answer
/// is taken for an archive. Models of tfhub.dev live on Kaggle now: where the way there ends at a page of Kaggle, the
/// model is asked of Kaggle's API.
pub struct HttpCompressedResolver {
    downloads: Arc<Downloads>,
}

impl HttpCompressedResolver {
    pub(super) fn new(downloads: Arc<Downloads>) -> HttpCompressedResolver {
        HttpCompressedResolver { downloads }
    }
}

impl Resolver for HttpCompressedResolver {
    fn describe(&self) -> String {
        "an http or https address of an archive".into()
    }

    fn supports(&self, handle: &Handle) -> bool {
        matches!(handle.kind(), HandleKind::Web(_)) && self.downloads.settings.load_format != LoadFormat::Uncompressed
    }

    fn resolve(&self, handle: &Handle) -> Result<PathBuf> {
        if !self.supports(handle) {
            return Err(unsupported(self, handle));
        }
        if let LoadFormat::Unknown(value) = &self.downloads.settings.load_format {
            return Err(Error::InvalidSetting {
                name: "TFHUB_MODEL_LOAD_FORMAT".into(),
                value: value.clone(),
                expected: "`AUTO`, `COMPRESSED` or `UNCOMPRESSED`".into(),
            });
        }
        let address = address::compressed_address(handle.as_str());
        let request = Request::to(parse(handle, &address)?);
        self.downloads.entry(handle, &mut |directory| match self.downloads.unpack(handle, &request, directory) {
            Err(error) => match model_on_kaggle(&error) {
                Some(model) => kaggle::unpack(&self.downloads, handle, &model, directory),
                None => Err(error),
            },
            done => done,
        })
    }
}

/// The address as a URL; the handle was one, so only odd rewriting fails.
pub(super) fn parse(handle: &Handle, address: &str) -> Result<Url> {
    Url::parse(address)
        .map_err(|error| Error::InvalidHandle { handle: handle.to_string(), why: format!("as a URL: {error}") })
}

/// The model whose page on Kaggle answered instead of its archive.
fn model_on_kaggle(error: &Error) -> Option<crate::handle::KaggleModel> {
    let (Error::NotAnArchive { url, .. } | Error::HttpStatus { url, status: 401 | 403 | 404, .. }) = error else {
        return None;
    };
    let page: Handle = url.split('?').next()?.parse().ok()?;
    match page.kind() {
        HandleKind::Kaggle(model) => Some(model.clone()),
        _ => None,
    }
}
