//! The SavedModels that the reader's tests run over: the fixtures, and further models where they are at hand.

use std::path::{Path, PathBuf};

/// The directories of all models; those beside the repository are left out, with a printed line, where they are absent.
pub(crate) fn models() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate is in the workspace").to_owned();
    let mut models = below(&root.join("fixtures"), "model");
    assert!(models.len() >= 10, "the fixtures are part of the repository");
    let others = below(&root.join("../shared/models"), "");
    if others.is_empty() {
        println!("skipped: no further models in ../shared/models");
    }
    models.extend(others);
    models.sort();
    models
}

/// The SavedModels in `tail` of each folder below `directory`.
fn below(directory: &Path, tail: &str) -> Vec<PathBuf> {
    let Ok(folders) = directory.read_dir() else { return Vec::new() };
    let models = folders.map(|folder| folder.expect("the folder can be listed").path().join(tail));
    models.filter(|model| model.join("saved_model.pb").is_file()).collect()
}
