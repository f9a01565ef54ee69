//! [`TrainingData`]: what `fit` and `evaluate` take: tensors, or a data set.

use hub_core::{Nest, Tensor};

use crate::data::{Dataset, DirectoryDataset, Element, IntoElement, Shuffle};
use crate::error::{Error, Result};

/// Tensors of examples, or a data set of batches.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum TrainingData {
    /// All examples: the first axis of each tensor counts them.
    Tensors(Element),
    /// Batches, as many as it has.
    Dataset(Dataset),
}

/// What `fit` and `evaluate` take: `(x, y)`, `(x, y, sample_weight)`, an [`Element`], or a [`Dataset`] of batches.
pub trait IntoTrainingData {
    /// The data.
    ///
    /// # Errors
    /// Those of [`Element::new`].
    fn into_training_data(self) -> Result<TrainingData>;
}

impl<E: IntoElement> IntoTrainingData for E {
    fn into_training_data(self) -> Result<TrainingData> {
        self.into_element().map(TrainingData::Tensors)
    }
}

impl IntoTrainingData for Dataset {
    fn into_training_data(self) -> Result<TrainingData> {
        Ok(TrainingData::Dataset(self))
    }
}

impl IntoTrainingData for &Dataset {
    fn into_training_data(self) -> Result<TrainingData> {
        Ok(TrainingData::Dataset(self.clone()))
    }
}

impl IntoTrainingData for DirectoryDataset {
    fn into_training_data(self) -> Result<TrainingData> {
        Ok(TrainingData::Dataset(self.into()))
    }
}

impl IntoTrainingData for &DirectoryDataset {
    fn into_training_data(self) -> Result<TrainingData> {
        Ok(TrainingData::Dataset(self.dataset().clone()))
    }
}

impl IntoTrainingData for TrainingData {
    fn into_training_data(self) -> Result<TrainingData> {
        Ok(self)
    }
}

/// How tensors become batches.
#[derive(Debug, Clone, Copy)]
pub(super) struct Batching {
    pub(super) batch_size: usize,
    pub(super) shuffle: bool,
    pub(super) seed: Option<u64>,
}

impl TrainingData {
    /// Batches; a data set comes as it is.
    pub(super) fn batches(self, batching: Batching) -> Result<Dataset> {
        let element = match self {
            TrainingData::Dataset(dataset) => return Ok(dataset),
            TrainingData::Tensors(element) => element,
        };
        if batching.batch_size == 0 {
            let expected = "1 example or more".into();
            return Err(Error::BadConfig { argument: "batch_size".into(), expected, found: "0".into() });
        }
        let examples = count(&element)?;
        let dataset = Dataset::from_tensor_slices(element)?;
        let dataset = match batching.shuffle {
            true => {
                let shuffle = Shuffle::new();
                let shuffle = batching.seed.into_iter().fold(shuffle, |shuffle, seed| shuffle.seed(seed));
                dataset.shuffle_with(examples.max(1), shuffle)
            }
            false => dataset,
        };
        Ok(dataset.batch(batching.batch_size))
    }

    /// The first examples, and the last ones of this share: `validation_split`.
    pub(super) fn split(self, share: f64) -> Result<(TrainingData, Option<TrainingData>)> {
        if share == 0.0 {
            return Ok((self, None));
        }
        let refuse = |expected: &str, found: String| Error::BadConfig {
            argument: "validation_split".into(),
            expected: expected.into(),
            found,
        };
        if !(0.0..1.0).contains(&share) {
            return Err(refuse("a number from 0 to below 1", share.to_string()));
        }
        let TrainingData::Tensors(element) = self else {
            return Err(refuse("tensors to split (a data set is split by `take` and `skip`)", "a data set".into()));
        };
        let examples = count(&element)?;
        let first = (examples as f64 * (1.0 - share)).floor() as usize;
        if first == 0 || first == examples {
            return Err(refuse("a share that leaves examples on both sides", format!("{share} of {examples}")));
        }
        let cut = |from, to| element.try_map(|tensor| tensor.rows(from..to));
        Ok((TrainingData::Tensors(cut(0, first)?), Some(TrainingData::Tensors(cut(first, examples)?))))
    }
}

/// The number of examples, which is that of all tensors.
pub(super) fn count(element: &Element) -> Result<usize> {
    let rows = |tensor: &Tensor| tensor.shape().first().copied();
    let features = rows_of(&element.x, "features")?;
    for (what, nest) in [("labels", &element.y), ("sample weights", &element.sample_weight)] {
        for tensor in nest.iter().flat_map(Nest::leaves) {
            if rows(tensor) != Some(features) {
                let found = rows(tensor).map_or("a single value".into(), |found| found.to_string());
                let expected = format!("{what} for {features} examples");
                return Err(Error::BadLabels { index: None, expected, found });
            }
        }
    }
    Ok(features)
}

fn rows_of(nest: &Nest<Tensor>, what: &str) -> Result<usize> {
    let mut rows = None;
    for tensor in nest.leaves() {
        let Some(own) = tensor.shape().first().copied() else {
            return Err(hub_core::Error::ShapeMismatch {
                what: what.into(),
                expected: "one dimension or more, the first for the examples".into(),
                found: "a single value".into(),
            }
            .into());
        };
        let first = *rows.get_or_insert(own);
        if own != first {
            return Err(hub_core::Error::ShapeMismatch {
                what: what.into(),
                expected: format!("{first} examples in each"),
                found: own.to_string(),
            }
            .into());
        }
    }
    Ok(rows.unwrap_or(0))
}
