//! [`Dataset::repeat`]: pass after pass as one.

use std::sync::Arc;

use super::dataset::{Dataset, Kind};
use super::source::{Cardinality, Elements, Item, Source};
use crate::error::Result;

impl Dataset {
    /// The elements of `count` passes, or of endlessly many with `None`.
    ///
    /// A shuffled data set has another order in each. A pass without elements is the last one.
    pub fn repeat(&self, count: impl Into<Option<usize>>) -> Dataset {
        let count = count.into();
        Dataset(match &self.0 {
            Kind::Rows(rows) => Kind::Rows(rows.in_order(Repeated { source: rows.order.clone(), count })),
            Kind::Elements(source) => Kind::Elements(Arc::new(Repeated { source: source.clone(), count })),
        })
    }
}

#[derive(Debug)]
struct Repeated<T> {
    source: Arc<dyn Source<T>>,
    count: Option<usize>,
}

impl<T: Item> Source<T> for Repeated<T> {
    fn elements(&self) -> Result<Elements<T>> {
        let first = match self.count {
            Some(0) => None,
            _ => Some(self.source.elements()?),
        };
        let left = self.count.map(|count| count.saturating_sub(1));
        Ok(Box::new(Repeating { source: self.source.clone(), left, pass: first, is_empty: true }))
    }

    fn cardinality(&self) -> Cardinality {
        match (self.count, self.source.cardinality()) {
            (Some(0), _) | (_, Cardinality::Finite(0)) => Cardinality::Finite(0),
            (Some(times), once) => once.map(|count| count.saturating_mul(times)),
            (None, _) => Cardinality::Infinite,
        }
    }
}

/// The pass over all passes.
struct Repeating<T> {
    source: Arc<dyn Source<T>>,
    /// How many passes follow this one, where there is an end to them.
    left: Option<usize>,
    pass: Option<Elements<T>>,
    /// Whether this pass has had no element yet.
    is_empty: bool,
}

impl<T> Repeating<T> {
    /// The next pass, if there is one.
    fn turn(&mut self) -> Result<Option<Elements<T>>> {
        match &mut self.left {
            Some(0) => return Ok(None),
            Some(left) => *left -= 1,
            None => {}
        }
        self.is_empty = true;
        self.source.elements().map(Some)
    }
}

impl<T> Iterator for Repeating<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        loop {
            if let Some(item) = self.pass.as_mut()?.next() {
                self.is_empty = false;
                return Some(item);
            }
            self.pass = match self.is_empty {
                true => None,
                false => match self.turn() {
                    Ok(pass) => pass,
                    Err(error) => return Some(Err(error)),
                },
            };
        }
    }
}
