//! [`Dataset::padded_batch`]: examples of unlike lengths joined along a new first axis.

use std::iter;
use std::sync::Arc;

use hub_core::{Shape, Tensor};

use super::dataset::Dataset;
use super::element::Element;
use super::padding::pad;
use super::source::{Cardinality, Elements, Source};
use crate::error::{Error, Result};

/// How examples of unlike lengths are made into batches.
///
/// What is given for tensors is in the order of features, labels and weights; fewer than there are leave the rest as by
/// default.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PaddedBatch {
    pub(super) padded_shapes: Vec<Shape>,
    pub(super) padding_values: Vec<Tensor>,
    pub(super) drop_remainder: bool,
}

impl PaddedBatch {
    /// Each axis as long as the longest of the batch, with zeros or empty strings.
    pub fn new() -> PaddedBatch {
        PaddedBatch::default()
    }

    /// The shape of each tensor of an example; an unknown size is that of the longest in the batch. Default: all unknown.
    pub fn padded_shapes<S: Into<Shape>>(mut self, shapes: impl IntoIterator<Item = S>) -> PaddedBatch {
        self.padded_shapes = shapes.into_iter().map(Into::into).collect();
        self
    }

    /// What each tensor is filled with: a scalar of its type. Default: zeros, empty strings.
    pub fn padding_values<T: Into<Tensor>>(mut self, values: impl IntoIterator<Item = T>) -> PaddedBatch {
        self.padding_values = values.into_iter().map(Into::into).collect();
        self
    }

    /// Whether a last batch that is not full is left out. Default: false.
    pub fn drop_remainder(mut self, drop_remainder: bool) -> PaddedBatch {
        self.drop_remainder = drop_remainder;
        self
    }

    /// One batch.
    pub(super) fn join(&self, elements: &[Element]) -> Result<Element> {
        let tensors: Vec<_> = elements.iter().map(Element::tensors).collect();
        let shapes = (0..tensors.first().map_or(0, Vec::len)).map(|leaf| self.shape(leaf, &tensors));
        let shapes = shapes.collect::<Result<Vec<_>>>()?;
        let padded = elements.iter().map(|element| {
            let mut leaf = 0..;
            element.try_map(|tensor| {
                let leaf = leaf.next().unwrap_or(0);
                let shape = shapes.get(leaf).map_or(tensor.shape(), Vec::as_slice);
                pad(tensor, shape, self.padding_values.get(leaf))
            })
        });
        Element::stack(&padded.collect::<Result<Vec<_>>>()?)
    }

    /// The shape of a tensor in all examples of a batch.
    fn shape(&self, leaf: usize, tensors: &[Vec<&Tensor>]) -> Result<Vec<usize>> {
        let own = || tensors.iter().filter_map(|tensors| tensors.get(leaf)).map(|tensor| tensor.shape());
        let rank = own().next().map_or(0, <[usize]>::len);
        let given = self.padded_shapes.get(leaf).and_then(Shape::dimensions);
        if let Some(given) = given.filter(|given| given.len() != rank) {
            return Err(Error::BadConfig {
                argument: "padded_shapes".into(),
                expected: format!("{rank} sizes for tensor {leaf}"),
                found: given.len().to_string(),
            });
        }
        let longest = |axis: usize| own().filter_map(|shape| shape.get(axis)).copied().max().unwrap_or(0);
        Ok((0..rank).map(|axis| given.and_then(|given| given[axis]).unwrap_or_else(|| longest(axis))).collect())
    }
}

impl Dataset {
    /// Batches of so many examples, of which the shorter are filled up with zeros at the end of each axis.
    ///
    /// ```
    /// use hub_layers::data::{Dataset, Element};
    /// use hub_layers::Tensor;
    /// let words: Dataset = [vec![1_i64, 2, 3], vec![4]].into_iter().map(Element::new).collect::<Result<_, _>>()?;
    /// let batch = words.padded_batch(2).iter()?.next().expect("a batch")?;
    /// assert_eq!(batch.x.leaves(), [&Tensor::from([[1_i64, 2, 3], [4, 0, 0]])]);
    /// # Ok::<(), hub_layers::Error>(())
    /// ```
    ///
    /// The size may not be 0 (an error when a pass begins). Examples of unlike ranks, types or structures are an error of
    /// their batch.
    pub fn padded_batch(&self, batch_size: usize) -> Dataset {
        self.padded_batch_with(batch_size, PaddedBatch::new())
    }

    /// As [`Dataset::padded_batch`], with options.
    pub fn padded_batch_with(&self, batch_size: usize, options: PaddedBatch) -> Dataset {
        Dataset::of(Padded { source: self.source(), batch_size, options: Arc::new(options) })
    }
}

#[derive(Debug)]
struct Padded {
    source: Arc<dyn Source>,
    batch_size: usize,
    options: Arc<PaddedBatch>,
}

impl Source for Padded {
    fn elements(&self) -> Result<Elements> {
        if self.batch_size == 0 {
            let (expected, found) = ("1 or more".into(), "0".into());
            return Err(Error::BadConfig { argument: "batch_size".into(), expected, found });
        }
        let (mut source, batch_size, options) = (self.source.elements()?, self.batch_size, self.options.clone());
        let next_batch = move || match source.by_ref().take(batch_size).collect::<Result<Vec<_>>>() {
            Ok(items) if items.is_empty() || (options.drop_remainder && items.len() < batch_size) => None,
            Ok(items) => Some(options.join(&items)),
            Err(error) => Some(Err(error)),
        };
        Ok(Box::new(iter::from_fn(next_batch)))
    }

    fn cardinality(&self) -> Cardinality {
        self.source.cardinality().map(|count| match self.options.drop_remainder {
            true => count.checked_div(self.batch_size).unwrap_or(0),
            false => count.div_ceil(self.batch_size.max(1)),
        })
    }
}
