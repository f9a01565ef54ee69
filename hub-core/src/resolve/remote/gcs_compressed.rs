//! Archives in Google's store.

use std::path::PathBuf;
use std::sync::Arc;

use super::download::Downloads;
use super::{Resolver, gcs, unsupported};
use crate::error::Result;
use crate::handle::{Handle, HandleKind};

/// Takes `gs://bucket/model.tar`, `.tar.gz` and `.tgz`.
pub struct GcsCompressedResolver {
    downloads: Arc<Downloads>,
}

impl GcsCompressedResolver {
    pub(super) fn new(downloads: Arc<Downloads>) -> GcsCompressedResolver {
        GcsCompressedResolver { downloads }
    }
}

impl Resolver for GcsCompressedResolver {
    fn describe(&self) -> String {
        "an archive at gs://".into()
    }

    fn supports(&self, handle: &Handle) -> bool {
        matches!(handle.kind(), HandleKind::GoogleStore { is_archive: true, .. })
    }

    fn resolve(&self, handle: &Handle) -> Result<PathBuf> {
        match handle.kind() {
            HandleKind::GoogleStore { bucket, object, is_archive: true } => {
                self.downloads.archive(handle, &|| gcs::object(&self.downloads, bucket, object))
            }
            _ => Err(unsupported(self, handle)),
        }
    }
}
