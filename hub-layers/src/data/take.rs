//! [`Dataset::take`] and [`Dataset::skip`]: the first elements, or all but those.

use std::sync::Arc;

use super::dataset::{Dataset, Kind};
use super::source::{Cardinality, Elements, Item, Source};
use crate::error::Result;

impl Dataset {
    /// The first `count` elements, or all where there are fewer.
    pub fn take(&self, count: usize) -> Dataset {
        Dataset(match &self.0 {
            Kind::Rows(rows) => Kind::Rows(rows.in_order(Taken { source: rows.order.clone(), count })),
            Kind::Elements(source) => Kind::Elements(Arc::new(Taken { source: source.clone(), count })),
        })
    }

    /// All but the first `count` elements.
    pub fn skip(&self, count: usize) -> Dataset {
        Dataset(match &self.0 {
            Kind::Rows(rows) => Kind::Rows(rows.in_order(Skipped { source: rows.order.clone(), count })),
            Kind::Elements(source) => Kind::Elements(Arc::new(Skipped { source: source.clone(), count })),
        })
    }
}

#[derive(Debug)]
struct Taken<T> {
    source: Arc<dyn Source<T>>,
    count: usize,
}

impl<T: Item> Source<T> for Taken<T> {
    fn elements(&self) -> Result<Elements<T>> {
        Ok(Box::new(self.source.elements()?.take(self.count)))
    }

    fn cardinality(&self) -> Cardinality {
        match self.source.cardinality() {
            Cardinality::Infinite => Cardinality::Finite(self.count),
            other => other.map(|count| count.min(self.count)),
        }
    }
}

#[derive(Debug)]
struct Skipped<T> {
    source: Arc<dyn Source<T>>,
    count: usize,
}

impl<T: Item> Source<T> for Skipped<T> {
    fn elements(&self) -> Result<Elements<T>> {
        let (mut source, mut left) = (self.source.elements()?, self.count);
        // Not `Iterator::skip`, which skips errors too.
        let next = move || {
            while left > 0 {
                left -= 1;
                if let error @ (None | Some(Err(_))) = source.next() {
                    left = 0;
                    return error;
                }
            }
            source.next()
        };
        Ok(Box::new(std::iter::from_fn(next)))
    }

    fn cardinality(&self) -> Cardinality {
        self.source.cardinality().map(|count| count.saturating_sub(self.count))
    }
}
