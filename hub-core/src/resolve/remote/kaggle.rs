//! Models on Kaggle, through the interface that kagglehub uses.
//!
//! ```text
//! GET <endpoint>/api/v1/models/<owner>/<model>/<framework>/<variation>/get                    `versionNumber`
//! GET <endpoint>/api/v1/models/<owner>/<model>/<framework>/<variation>/<version>/download     an archive
//! ```
//!
//! Public models need no credentials. Those that there are go to the interface and to no other host: the download is
//! redirected to a store.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use url::Url;

use super::download::Downloads;
use super::explain::explain;
use super::kaggle_credentials::authorization;
use super::kagglehub_cache::KagglehubCache;
use super::{Resolver, snapshot, unsupported};
use crate::cache::{Filled, Lookup};
use crate::error::Result;
use crate::fetch::Request;
use crate::handle::{Handle, HandleKind, KaggleModel};

/// The description of a variation is a page of text.
const DESCRIPTION_BYTES: u64 = 16 << 20;

/// Takes models on Kaggle, in either web form and as kagglehub's handle.
///
/// A model that is in kagglehub's cache is used where it lies. A handle without a version means the newest at the first
/// download, and that one from then on, as in Python.
pub struct KaggleResolver {
    downloads: Arc<Downloads>,
    kagglehub: KagglehubCache,
}

impl KaggleResolver {
    pub(super) fn new(downloads: Arc<Downloads>) -> KaggleResolver {
        let kagglehub = KagglehubCache::new(downloads.settings.kaggle.cache.clone());
        KaggleResolver { downloads, kagglehub }
    }
}

impl Resolver for KaggleResolver {
    fn describe(&self) -> String {
        "a model on Kaggle".into()
    }

    fn supports(&self, handle: &Handle) -> bool {
        matches!(handle.kind(), HandleKind::Kaggle(_))
    }

    fn resolve(&self, handle: &Handle) -> Result<PathBuf> {
        let HandleKind::Kaggle(model) = handle.kind() else { return Err(unsupported(self, handle)) };
        if let Lookup::Hit(path) = self.downloads.cache.lookup(handle)? {
            return Ok(path);
        }
        let newest_matters = model.version.is_none() && !self.downloads.settings.offline;
        let versioned = if newest_matters { newest(&self.downloads, handle, model)? } else { model.clone() };
        if let Some(path) = self.kagglehub.find(&versioned) {
            return Ok(path);
        }
        self.downloads.entry(handle, &mut |directory| unpack(&self.downloads, handle, &versioned, directory))
    }
}

/// Downloads a model's archive and unpacks it into a directory.
pub(super) fn unpack(downloads: &Downloads, handle: &Handle, model: &KaggleModel, directory: &Path) -> Result<Filled> {
    let model = newest(downloads, handle, model)?;
    let version = model.version.unwrap_or_default().to_string();
    let url = address(downloads, &model, &[&version, "download"])?;
    downloads.unpack(handle, &authorized(downloads, url)?, directory)
}

/// What Kaggle says of a variation.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Variation {
    version_number: u64,
}

/// The model with its newest version, where it names none.
fn newest(downloads: &Downloads, handle: &Handle, model: &KaggleModel) -> Result<KaggleModel> {
    if model.version.is_some() {
        return Ok(model.clone());
    }
    let request = authorized(downloads, address(downloads, model, &["get"])?)?;
    let variation: Variation =
        snapshot::json(downloads, &request, DESCRIPTION_BYTES).map_err(|error| explain(error, handle))?;
    Ok(KaggleModel { version: Some(variation.version_number), ..model.clone() })
}

fn address(downloads: &Downloads, model: &KaggleModel, rest: &[&str]) -> Result<Url> {
    let endpoint = &downloads.settings.kaggle.endpoint;
    let mut url = snapshot::endpoint("KAGGLE_API_ENDPOINT", endpoint)?;
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(["api", "v1", "models"]);
        segments.extend([&model.owner, &model.model, &model.framework, &model.variation]).extend(rest);
    }
    Ok(url)
}

fn authorized(downloads: &Downloads, url: Url) -> Result<Request> {
    let request = Request::to(url);
    Ok(match authorization(&downloads.settings.kaggle)? {
        Some(value) => request.authorization(value),
        None => request,
    })
}
