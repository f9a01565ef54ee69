//! The cache of Python's kagglehub, which is read and never written.
//!
//! ```text
//! ~/.cache/kagglehub/models/<owner>/<model>/<framework>/<variation>/
//!   2/             the files of version 2
//!   2.complete     an empty file: everything of version 2 is there
//! ```

use std::fs;
use std::path::PathBuf;

use crate::handle::KaggleModel;

/// kagglehub's cache, where there is one.
pub(super) struct KagglehubCache {
    root: Option<PathBuf>,
}

impl KagglehubCache {
    pub(super) fn new(root: Option<PathBuf>) -> KagglehubCache {
        KagglehubCache { root }
    }

    /// The directory of a model that is complete; without a version, of the newest that is.
    pub(super) fn find(&self, model: &KaggleModel) -> Option<PathBuf> {
        let parts = [&model.owner, &model.model, &model.framework, &model.variation];
        let mut variation = self.root.as_ref()?.join("models");
        variation.extend(parts);
        let version = match model.version {
            Some(version) => version,
            None => newest(&variation)?,
        };
        let directory = variation.join(version.to_string());
        let complete = variation.join(format!("{version}.complete")).exists();
        let is_model = ["saved_model.pb", "saved_model.pbtxt"].iter().any(|name| directory.join(name).is_file());
        (complete && is_model).then_some(directory)
    }
}

/// The newest version that is complete.
fn newest(variation: &std::path::Path) -> Option<u64> {
    let names = fs::read_dir(variation).ok()?.flatten().map(|entry| entry.file_name());
    names.filter_map(|name| name.to_str()?.strip_suffix(".complete")?.parse().ok()).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_complete_versions_count() {
        let root = tempfile::tempdir().expect("a temporary directory");
        let variation = root.path().join("models/google/nnlm/tensorFlow2/en-dim50");
        for version in ["1", "2", "10"] {
            fs::create_dir_all(variation.join(version)).expect("it is made");
            fs::write(variation.join(version).join("saved_model.pb"), "").expect("it is written");
        }
        for version in ["1", "2"] {
            fs::write(variation.join(format!("{version}.complete")), "").expect("it is written");
        }
        let cache = KagglehubCache::new(Some(root.path().into()));
        let mut model = KaggleModel {
            owner: "google".into(),
            model: "nnlm".into(),
            framework: "tensorFlow2".into(),
            variation: "en-dim50".into(),
            version: None,
        };
        assert_eq!(cache.find(&model), Some(variation.join("2")));
        model.version = Some(1);
        assert_eq!(cache.find(&model), Some(variation.join("1")));
        model.version = Some(10);
        assert_eq!(cache.find(&model), None);
        fs::remove_file(variation.join("1/saved_model.pb")).expect("it is removed");
        model.version = Some(1);
        assert_eq!(cache.find(&model), None);
    }
}
