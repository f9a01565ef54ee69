//! The resolvers that download; in the crate with the feature `fetch` only.
//!
//! What they share: `download` fetches an archive into the cache, `snapshot` single files, `address` says what servers
//! are asked for, `explain` what an answer that is no model means.

mod address;
mod download;
mod explain;
mod gcs;
mod gcs_compressed;
mod http_compressed;
mod http_uncompressed;
mod hugging_face;
mod kaggle;
mod kaggle_credentials;
mod kagglehub_cache;
mod snapshot;

use std::sync::Arc;

#[cfg(any(test, fuzzing))]
pub(crate) use address::{compressed_address, uncompressed_address};
pub use gcs::GcsResolver;
pub use gcs_compressed::GcsCompressedResolver;
pub use http_compressed::HttpCompressedResolver;
pub use http_uncompressed::HttpUncompressedResolver;
pub use hugging_face::HuggingFaceResolver;
pub use kaggle::KaggleResolver;

use super::{Resolver, unsupported};
use crate::config::Settings;

/// One of each, over the same downloads; the last is asked first.
pub(super) fn resolvers(settings: &Settings) -> Vec<Arc<dyn Resolver>> {
    let downloads = Arc::new(download::Downloads::new(settings));
    vec![
        Arc::new(HttpUncompressedResolver::new(Arc::clone(&downloads))),
        Arc::new(GcsResolver::new(Arc::clone(&downloads))),
        Arc::new(GcsCompressedResolver::new(Arc::clone(&downloads))),
        Arc::new(HttpCompressedResolver::new(Arc::clone(&downloads))),
        Arc::new(HuggingFaceResolver::new(Arc::clone(&downloads))),
        Arc::new(KaggleResolver::new(downloads)),
    ]
}
