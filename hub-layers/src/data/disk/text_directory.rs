//! [`text_dataset_from_directory`]: a folder of texts for each class.

use std::path::PathBuf;
use std::sync::Arc;

use hub_core::Tensor;

use super::directory::{Directory, directory_arguments};
use super::directory_dataset::DirectoryDataset;
use super::labels::Labels;
use super::load::{Load, Reading};
use crate::error::Result;

/// Texts from a directory, as Keras's function of this name reads them: `.txt` files, each one element of bytes.
///
/// ```
/// use hub_layers::data::text_dataset_from_directory;
///
/// let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/folders/texts");
/// let reviews = text_dataset_from_directory(folder).batch_size(4).seed(1).build()?;
/// assert_eq!(reviews.class_names(), ["neg", "pos"]);
/// let batch = reviews.iter()?.next().expect("a batch")?;
/// assert_eq!(batch.x.leaves()[0].shape(), [4]);
/// # Ok::<(), hub_layers::Error>(())
/// ```
pub fn text_dataset_from_directory(directory: impl Into<PathBuf>) -> TextDirectory {
    TextDirectory { directory: Directory::new(directory.into()), reading: Reading::default(), max_length: None }
}

/// The arguments of [`text_dataset_from_directory`].
#[derive(Debug, Clone)]
pub struct TextDirectory {
    directory: Directory,
    reading: Reading,
    max_length: Option<usize>,
}

const FORMATS: &[&str] = &[".txt"];

impl TextDirectory {
    directory_arguments!();

    /// The most bytes of a text; what is longer is cut there. Default: no end.
    pub fn max_length(mut self, max_length: usize) -> Self {
        self.max_length = Some(max_length);
        self
    }

    /// The data set.
    ///
    /// # Errors
    /// [`Error::BadConfig`](crate::Error::BadConfig) for arguments that do not go together, or where there are no such
    /// files; [`Error::Core`](crate::Error::Core) where a folder cannot be read.
    pub fn build(self) -> Result<DirectoryDataset> {
        self.reading.dataset(self.directory.index(FORMATS)?, self.load())
    }

    /// The data sets for training and for validation: what Python gives for the subset `both`.
    ///
    /// # Errors
    /// As [`TextDirectory::build`].
    pub fn build_both(self) -> Result<(DirectoryDataset, DirectoryDataset)> {
        let (training, validation) = self.directory.index_both(FORMATS)?;
        Ok((self.reading.dataset(training, self.load())?, self.reading.dataset(validation, self.load())?))
    }

    fn load(&self) -> Arc<dyn Load> {
        Arc::new(Text { max_length: self.max_length })
    }
}

/// Bytes as they are, up to a length.
#[derive(Debug)]
struct Text {
    max_length: Option<usize>,
}

impl Load for Text {
    fn load(&self, mut contents: Vec<u8>) -> Result<Tensor> {
        contents.truncate(self.max_length.unwrap_or(usize::MAX));
        Ok(Tensor::strings(&[], [contents])?)
    }

    fn most_bytes(&self) -> u64 {
        // Half of what a string of TensorFlow's may have; nobody's review is longer.
        1 << 30
    }
}
