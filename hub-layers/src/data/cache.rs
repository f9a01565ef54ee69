//! [`Dataset::cache`]: elements kept from the first complete pass.

use std::fmt;
use std::sync::{Arc, OnceLock};

use super::dataset::{Dataset, Kind};
use super::list::Numbered;
use super::source::{Cardinality, Elements, Item, Source};
use crate::error::Result;

impl Dataset {
    /// The elements of the first pass that comes to its end, kept in memory for all passes after it.
    ///
    /// A pass that is given up, or ends with an error, keeps nothing. What is random before it (an order, an
    /// augmentation) stays as it was in that pass; so it usually stands before `shuffle`.
    pub fn cache(&self) -> Dataset {
        Dataset(match &self.0 {
            Kind::Rows(rows) => Kind::Rows(rows.in_order(Cached::new(rows.order.clone()))),
            Kind::Elements(source) => {
                let numbered: Arc<dyn Source> = Arc::new(Numbered::new(source.clone()));
                Kind::Elements(Arc::new(Cached::new(numbered)))
            }
        })
    }
}

struct Cached<T> {
    source: Arc<dyn Source<T>>,
    kept: Arc<OnceLock<Arc<[T]>>>,
}

impl<T> Cached<T> {
    fn new(source: Arc<dyn Source<T>>) -> Cached<T> {
        Cached { source, kept: Arc::default() }
    }
}

impl<T: Item> Source<T> for Cached<T> {
    fn elements(&self) -> Result<Elements<T>> {
        if let Some(kept) = self.kept.get().cloned() {
            return Ok(Box::new((0..kept.len()).map(move |index| Ok(kept[index].clone()))));
        }
        let (source, kept) = (self.source.elements()?, self.kept.clone());
        Ok(Box::new(Keeping { source: Some(source), seen: Vec::new(), kept }))
    }

    fn cardinality(&self) -> Cardinality {
        match self.kept.get() {
            Some(kept) => Cardinality::Finite(kept.len()),
            None => self.source.cardinality(),
        }
    }
}

impl<T> fmt::Debug for Cached<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = self.kept.get().map(|kept| kept.len());
        f.debug_struct("Cached").field("source", &self.source).field("kept", &kept).finish()
    }
}

/// A pass that keeps what it has seen, once it is over.
struct Keeping<T> {
    /// Until the end, or an error.
    source: Option<Elements<T>>,
    seen: Vec<T>,
    kept: Arc<OnceLock<Arc<[T]>>>,
}

impl<T: Clone> Iterator for Keeping<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        match self.source.as_mut()?.next() {
            Some(Ok(element)) => {
                self.seen.push(element.clone());
                return Some(Ok(element));
            }
            Some(Err(error)) => {
                self.source = None;
                return Some(Err(error));
            }
            None => self.source = None,
        }
        // Of two passes at once, the first to end is kept.
        let _ = self.kept.set(std::mem::take(&mut self.seen).into());
        None
    }
}
