//! [`Dataset::bucket_by_sequence_length`]: batches of examples of about the same length, so that little is filled up.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::Arc;

use hub_core::Shape;

use super::dataset::Dataset;
use super::element::Element;
use super::padded_batch::PaddedBatch;
use super::source::{Cardinality, Elements, Source};
use crate::error::{Error, Result};

/// How examples are put into buckets by their lengths.
#[derive(Debug, Clone, PartialEq)]
pub struct Buckets {
    boundaries: Vec<usize>,
    batch_sizes: Vec<usize>,
    padding: PaddedBatch,
    pad_to_bucket_boundary: bool,
    no_padding: bool,
}

impl Buckets {
    /// Buckets with upper bounds of lengths, which the next bucket begins with, and the batch size of each; the last size is
    /// for what is longer than all bounds.
    pub fn new(bucket_boundaries: impl Into<Vec<usize>>, bucket_batch_sizes: impl Into<Vec<usize>>) -> Buckets {
        Buckets {
            boundaries: bucket_boundaries.into(),
            batch_sizes: bucket_batch_sizes.into(),
            padding: PaddedBatch::new(),
            pad_to_bucket_boundary: false,
            no_padding: false,
        }
    }

    /// How batches are filled up, and whether those that are not full at the end are left out.
    pub fn padding(mut self, padding: PaddedBatch) -> Buckets {
        self.padding = padding;
        self
    }

    /// Whether sequences are filled up to the longest length that their bucket may have, and not that of the batch: axes of
    /// unknown size, or the first one of each tensor where no shapes are given. Nothing may be longer than all bounds.
    /// Default: false.
    pub fn pad_to_bucket_boundary(mut self, pad_to_bucket_boundary: bool) -> Buckets {
        self.pad_to_bucket_boundary = pad_to_bucket_boundary;
        self
    }

    /// Whether examples of a batch must be of one shape already. Default: false.
    pub fn no_padding(mut self, no_padding: bool) -> Buckets {
        self.no_padding = no_padding;
        self
    }

    fn check(&self) -> Result<()> {
        let bad = |argument: &str, expected: String, found: String| {
            Err(Error::BadConfig { argument: argument.into(), expected, found })
        };
        if !self.boundaries.is_sorted_by(|one, other| one < other) {
            return bad("bucket_boundaries", "growing numbers".into(), format!("{:?}", self.boundaries));
        }
        match self.batch_sizes.len() == self.boundaries.len() + 1 && !self.batch_sizes.contains(&0) {
            true => Ok(()),
            false => {
                let expected = format!("{} numbers from 1 on", self.boundaries.len() + 1);
                bad("bucket_batch_sizes", expected, format!("{:?}", self.batch_sizes))
            }
        }
    }

    fn bucket(&self, length: usize) -> usize {
        self.boundaries.partition_point(|boundary| *boundary <= length)
    }

    fn join(&self, bucket: usize, elements: &[Element]) -> Result<Element> {
        if self.no_padding {
            return Element::stack(elements);
        }
        if !self.pad_to_bucket_boundary {
            return self.padding.join(elements);
        }
        let Some(longest) = self.boundaries.get(bucket).map(|boundary| boundary.saturating_sub(1)) else {
            let expected = format!("lengths below {}", self.boundaries.last().unwrap_or(&0));
            let found = "a longer one".into();
            return Err(Error::BadConfig { argument: "pad_to_bucket_boundary".into(), expected, found });
        };
        let leaves = elements.first().map(Element::tensors).unwrap_or_default();
        let shapes = leaves.iter().enumerate().map(|(leaf, tensor)| -> Shape {
            match self.padding.padded_shapes.get(leaf).and_then(Shape::dimensions) {
                Some(given) => given.iter().map(|size| Some(size.unwrap_or(longest))).collect::<Vec<_>>().into(),
                None => {
                    let axes = 0..tensor.shape().len();
                    axes.map(|axis| (axis == 0).then_some(longest)).collect::<Vec<_>>().into()
                }
            }
        });
        self.padding.clone().padded_shapes(shapes).join(elements)
    }
}

impl Dataset {
    /// Batches of examples of about the same length: each goes into the bucket of its length, and a bucket that is full
    /// becomes a batch. At the end, what remains comes bucket by bucket.
    ///
    /// ```
    /// use hub_layers::data::{Buckets, Dataset, Element};
    /// let words = [vec![1_i64], vec![2, 3, 4], vec![5, 6], vec![7, 8, 9, 10]];
    /// let words: Dataset = words.into_iter().map(Element::new).collect::<Result<_, _>>()?;
    /// let batches = words.bucket_by_sequence_length(|word| Ok(word.x.leaves()[0].len()), Buckets::new([3], [2, 2]));
    /// let shapes: Vec<_> = batches.iter()?.map(|batch| batch.map(|batch| batch.x.leaves()[0].shape().to_vec())).collect();
    /// assert_eq!(shapes.into_iter().collect::<Result<Vec<_>, _>>()?, [[2, 2], [2, 4]]);
    /// # Ok::<(), hub_layers::Error>(())
    /// ```
    pub fn bucket_by_sequence_length(
        &self,
        element_length: impl Fn(&Element) -> Result<usize> + Send + Sync + 'static,
        buckets: Buckets,
    ) -> Dataset {
        Dataset::of(Bucketed { source: self.source(), length: Arc::new(element_length), buckets: Arc::new(buckets) })
    }
}

struct Bucketed<F> {
    source: Arc<dyn Source>,
    length: Arc<F>,
    buckets: Arc<Buckets>,
}

impl<F: Fn(&Element) -> Result<usize> + Send + Sync + 'static> Source for Bucketed<F> {
    fn elements(&self) -> Result<Elements> {
        self.buckets.check()?;
        Ok(Box::new(Bucketing {
            source: Some(self.source.elements()?),
            length: self.length.clone(),
            buckets: self.buckets.clone(),
            waiting: BTreeMap::new(),
            rest: VecDeque::new(),
        }))
    }

    fn cardinality(&self) -> Cardinality {
        match self.source.cardinality() {
            Cardinality::Infinite => Cardinality::Infinite,
            _ => Cardinality::Unknown,
        }
    }
}

impl<F> fmt::Debug for Bucketed<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bucketed").field("source", &self.source).field("buckets", &self.buckets).finish_non_exhaustive()
    }
}

struct Bucketing<F> {
    /// Until its end.
    source: Option<Elements>,
    length: Arc<F>,
    buckets: Arc<Buckets>,
    waiting: BTreeMap<usize, Vec<Element>>,
    /// What was waiting at the end.
    rest: VecDeque<(usize, Vec<Element>)>,
}

impl<F: Fn(&Element) -> Result<usize>> Bucketing<F> {
    /// The bucket that the next elements fill; none at the end.
    fn full(&mut self) -> Result<Option<(usize, Vec<Element>)>> {
        while let Some(element) = self.source.as_mut().and_then(Iterator::next) {
            let element = element?;
            let bucket = self.buckets.bucket((self.length)(&element)?);
            let waiting = self.waiting.entry(bucket).or_default();
            waiting.push(element);
            if waiting.len() == self.buckets.batch_sizes[bucket] {
                return Ok(Some((bucket, std::mem::take(waiting))));
            }
        }
        if self.source.take().is_some() && !self.buckets.padding.drop_remainder {
            self.rest =
                std::mem::take(&mut self.waiting).into_iter().filter(|(_, waiting)| !waiting.is_empty()).collect();
        }
        Ok(self.rest.pop_front())
    }
}

impl<F: Fn(&Element) -> Result<usize>> Iterator for Bucketing<F> {
    type Item = Result<Element>;

    fn next(&mut self) -> Option<Result<Element>> {
        match self.full() {
            Ok(full) => full.map(|(bucket, elements)| self.buckets.join(bucket, &elements)),
            Err(error) => Some(Err(error)),
        }
    }
}
