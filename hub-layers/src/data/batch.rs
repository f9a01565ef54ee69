//! [`Dataset::batch`]: examples joined along a new first axis.

use std::sync::Arc;
use std::{fmt, iter};

use super::dataset::{Dataset, Kind};
use super::element::Element;
use super::rows::Rows;
use super::source::{Cardinality, Elements, Item, Source};
use crate::error::{Error, Result};

/// How examples are made into batches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    drop_remainder: bool,
}

impl Batch {
    /// With a last batch of what remains.
    pub fn new() -> Batch {
        Batch::default()
    }

    /// Whether a last batch that is not full is left out. Default: false.
    pub fn drop_remainder(mut self, drop_remainder: bool) -> Batch {
        self.drop_remainder = drop_remainder;
        self
    }
}

impl Dataset {
    /// Batches of so many examples, joined along a new first axis; the last has what remains.
    ///
    /// The size may not be 0 (an error when a pass begins). Examples of unlike shapes, types or structures are an error
    /// of their batch.
    pub fn batch(&self, batch_size: usize) -> Dataset {
        self.batch_with(batch_size, Batch::new())
    }

    /// As [`Dataset::batch`], with options.
    pub fn batch_with(&self, batch_size: usize, options: Batch) -> Dataset {
        let drop_remainder = options.drop_remainder;
        match &self.0 {
            Kind::Rows(Rows { whole, order }) => {
                Dataset::of(Batched { source: order.clone(), batch_size, drop_remainder, join: whole.clone() })
            }
            Kind::Elements(source) => {
                Dataset::of(Batched { source: source.clone(), batch_size, drop_remainder, join: Stack })
            }
        }
    }
}

/// How what is in a batch becomes one element.
trait Join<T>: fmt::Debug + Clone + Send + Sync + 'static {
    /// The batch; there is something in it.
    fn join(&self, items: &[T]) -> Result<Element>;
}

/// Rows, gathered from the whole.
impl Join<usize> for Arc<Element> {
    fn join(&self, items: &[usize]) -> Result<Element> {
        self.gather(items)
    }
}

/// Elements, stacked.
#[derive(Debug, Clone)]
struct Stack;

impl Join<Element> for Stack {
    fn join(&self, items: &[Element]) -> Result<Element> {
        Element::stack(items)
    }
}

#[derive(Debug)]
struct Batched<T, J> {
    source: Arc<dyn Source<T>>,
    batch_size: usize,
    drop_remainder: bool,
    join: J,
}

impl<T: Item, J: Join<T>> Source for Batched<T, J> {
    fn elements(&self) -> Result<Elements> {
        if self.batch_size == 0 {
            return Err(Error::BadConfig {
                argument: "batch_size".into(),
                expected: "1 or more".into(),
                found: "0".into(),
            });
        }
        let mut source = self.source.elements()?;
        let (join, batch_size, drop_remainder) = (self.join.clone(), self.batch_size, self.drop_remainder);
        let next_batch = move || match source.by_ref().take(batch_size).collect::<Result<Vec<T>>>() {
            Ok(items) if items.is_empty() || (drop_remainder && items.len() < batch_size) => None,
            Ok(items) => Some(join.join(&items)),
            Err(error) => Some(Err(error)),
        };
        Ok(Box::new(iter::from_fn(next_batch)))
    }

    fn cardinality(&self) -> Cardinality {
        self.source.cardinality().map(|count| match self.drop_remainder {
            true => count.checked_div(self.batch_size).unwrap_or(0),
            false => count.div_ceil(self.batch_size.max(1)),
        })
    }
}
