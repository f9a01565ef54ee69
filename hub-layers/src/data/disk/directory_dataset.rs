//! [`DirectoryDataset`]: a data set that knows its files and classes.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::data::dataset::Dataset;

/// A data set of files in a directory: a [`Dataset`], to which it dereferences, that knows its files and classes.
///
/// What its methods change is a plain [`Dataset`].
#[derive(Debug, Clone)]
pub struct DirectoryDataset {
    pub(super) dataset: Dataset,
    pub(super) files: Arc<[PathBuf]>,
    pub(super) class_names: Arc<[String]>,
    /// What was wrong with files that were left out, by their numbers.
    pub(super) broken: Arc<Mutex<BTreeMap<usize, String>>>,
}

impl DirectoryDataset {
    /// The names of the classes, in the order of their numbers; of labels that were given, those; none without labels.
    pub fn class_names(&self) -> &[String] {
        &self.class_names
    }

    /// The files, in the order of the data set without [`shuffle`](super::ImageDirectory::shuffle) at each pass.
    pub fn file_paths(&self) -> &[PathBuf] {
        &self.files
    }

    /// The files that were found broken so far and left out, each with what was wrong; in the order of
    /// [`DirectoryDataset::file_paths`].
    pub fn broken_files(&self) -> Vec<(&Path, String)> {
        let broken = self.broken.lock().unwrap_or_else(PoisonError::into_inner);
        broken.iter().map(|(number, why)| (self.files[*number].as_path(), why.clone())).collect()
    }

    /// The data set alone.
    pub fn dataset(&self) -> &Dataset {
        &self.dataset
    }
}

impl Deref for DirectoryDataset {
    type Target = Dataset;

    fn deref(&self) -> &Dataset {
        &self.dataset
    }
}

impl From<DirectoryDataset> for Dataset {
    fn from(directory: DirectoryDataset) -> Dataset {
        directory.dataset
    }
}
