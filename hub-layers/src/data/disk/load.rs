//! Files read and made into elements, on threads, in the order of the files whatever the threads do.
//!
//! Called by the data sets of directories. What is in a file is the business of their [`Load`].

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io::Read;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use hub_core::{Nest, Tensor};

use super::directory::{Indexed, bad};
use super::directory_dataset::DirectoryDataset;
use super::listing::cannot_read;
use crate::data::dataset::Dataset;
use crate::data::element::Element;
use crate::data::parallel::in_order;
use crate::data::source::{Cardinality, Elements, Source};
use crate::data::{Batch, Shuffle};
use crate::error::{Error, Result};

/// What becomes of the contents of a file.
pub(super) trait Load: fmt::Debug + Send + Sync + 'static {
    /// The features.
    fn load(&self, contents: Vec<u8>) -> Result<Tensor>;

    /// How many bytes a file may have.
    fn most_bytes(&self) -> u64;
}

/// How files are read, whatever is in them.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    pub(super) batch_size: Option<usize>,
    pub(super) threads: Option<usize>,
    pub(super) skip_broken: bool,
}

impl Default for Reading {
    fn default() -> Reading {
        Reading { batch_size: Some(32), threads: None, skip_broken: false }
    }
}

/// Batches that wait while one is worked on.
const AHEAD: usize = 2;

impl Reading {
    /// A data set of files.
    pub(super) fn dataset(&self, indexed: Indexed, load: Arc<dyn Load>) -> Result<DirectoryDataset> {
        if self.batch_size == Some(0) {
            return Err(bad("batch_size", "1 or more", 0));
        }
        let threads = self.threads.or_else(|| thread::available_parallelism().ok().map(NonZero::get)).unwrap_or(1);
        if threads == 0 {
            return Err(bad("num_parallel_calls", "1 or more", 0));
        }
        let numbers = Tensor::vector((0..indexed.files.len() as i64).collect());
        let which = match &indexed.labels {
            Some(labels) => Dataset::from_tensor_slices((numbers, labels.clone()))?,
            None => Dataset::from_tensor_slices(numbers)?,
        };
        // Which files are next is shuffled before they are read: what waits in the buffer is a number and no image.
        let buffer = self.batch_size.map_or(1024, |size| size.saturating_mul(8));
        let which = match indexed.shuffle {
            Some(seed) => which.shuffle_with(buffer, Shuffle::new().seed(seed)),
            None => which,
        };
        let broken = Arc::<Mutex<BTreeMap<usize, String>>>::default();
        let files = Files { paths: indexed.files.clone(), load, skip: self.skip_broken.then(|| broken.clone()) };
        let loaded = Dataset::of(Loading { which: which.source(), files: Arc::new(files), threads });
        let dataset = match self.batch_size {
            Some(size) => loaded.batch_with(size, Batch::new()),
            None => loaded,
        };
        let dataset = dataset.prefetch(AHEAD);
        Ok(DirectoryDataset { dataset, files: indexed.files, class_names: indexed.class_names, broken })
    }
}

/// The elements of files.
#[derive(Debug)]
struct Loading {
    which: Arc<dyn Source>,
    files: Arc<Files>,
    threads: usize,
}

impl Source for Loading {
    fn elements(&self) -> Result<Elements> {
        let files = self.files.clone();
        in_order(self.which.elements()?, self.threads, move |element| files.element(element))
    }

    fn cardinality(&self) -> Cardinality {
        match (self.which.cardinality(), &self.files.skip) {
            (_, Some(_)) => Cardinality::Unknown,
            (cardinality, None) => cardinality,
        }
    }
}

/// Files by their numbers.
#[derive(Debug)]
struct Files {
    paths: Arc<[PathBuf]>,
    load: Arc<dyn Load>,
    /// Where broken ones are noted, if they are left out.
    skip: Option<Arc<Mutex<BTreeMap<usize, String>>>>,
}

impl Files {
    /// The element of a file whose number is given for it; none for a broken one that is left out.
    fn element(&self, which: Element) -> Result<Option<Element>> {
        let Nest::Leaf(number) = &which.x else { return Ok(None) };
        let number = usize::try_from(number.item::<i64>()?).unwrap_or(usize::MAX);
        let Some(path) = self.paths.get(number) else { return Ok(None) };
        let contents = read(path, self.load.most_bytes());
        match contents.and_then(|contents| self.load.load(contents)) {
            Ok(features) => Ok(Some(Element { x: Nest::Leaf(features), ..which })),
            Err(Error::Core(error @ (hub_core::Error::Io { .. } | hub_core::Error::PermissionDenied { .. }))) => {
                Err(error.into())
            }
            Err(error) => match &self.skip {
                Some(broken) => {
                    tracing::warn!(path = %path.display(), %error, "a broken file is left out");
                    broken.lock().unwrap_or_else(PoisonError::into_inner).insert(number, error.to_string());
                    Ok(None)
                }
                None => Err(Error::BrokenFile { path: path.clone(), source: Box::new(error) }),
            },
        }
    }
}

/// All bytes of a file, which are not to be more than `most`.
fn read(path: &Path, most: u64) -> Result<Vec<u8>> {
    let metadata = fs::metadata(path).map_err(|source| cannot_read(path, source))?;
    if !metadata.is_file() {
        // A pipe would be waited for.
        let source = std::io::Error::new(std::io::ErrorKind::InvalidInput, "it is no regular file");
        return Err(cannot_read(path, source));
    }
    let mut contents = Vec::with_capacity(metadata.len().min(most) as usize);
    let file = File::open(path).map_err(|source| cannot_read(path, source))?;
    file.take(most.saturating_add(1)).read_to_end(&mut contents).map_err(|source| cannot_read(path, source))?;
    match contents.len() as u64 > most {
        true => Err(hub_core::Error::TooLarge { what: path.display().to_string(), limit_bytes: most }.into()),
        false => Ok(contents),
    }
}
