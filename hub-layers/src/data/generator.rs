//! [`Dataset::from_generator`], and sources of the caller's own.
//!
//! What they give may differ from pass to pass, so whatever numbers their elements bring along are dropped.

use std::fmt;

use super::dataset::Dataset;
use super::element::Element;
use super::source::{Cardinality, Elements, Source};
use crate::error::Result;

impl Dataset {
    /// The elements of a source.
    pub fn from_source(source: impl Source + 'static) -> Dataset {
        Dataset::of(Foreign(source))
    }

    /// The elements of an iterator that `generator` makes anew for each pass.
    ///
    /// What is in memory already needs no generator: `elements.collect::<Dataset>()` keeps it. An error of another
    /// library becomes an item by [`Error::data_source`](crate::Error::data_source).
    ///
    /// ```
    /// use hub_layers::data::{Dataset, Element};
    /// let squares = Dataset::from_generator(|| (0..5).map(|i| Element::new(vec![i])?.labels(vec![i * i])));
    /// assert_eq!(squares.unbatch().batch(4).iter()?.count(), 2);
    /// # Ok::<(), hub_layers::Error>(())
    /// ```
    pub fn from_generator<F, I>(generator: F) -> Dataset
    where
        F: Fn() -> I + Send + Sync + 'static,
        I: IntoIterator<Item = Result<Element>>,
        I::IntoIter: Send + 'static,
    {
        Dataset::of(Generator(move || -> Elements { Box::new(generator().into_iter()) }))
    }
}

/// A source that the caller wrote.
#[derive(Debug)]
struct Foreign<S>(S);

impl<S: Source> Source for Foreign<S> {
    fn elements(&self) -> Result<Elements> {
        Ok(foreign(self.0.elements()?))
    }

    fn cardinality(&self) -> Cardinality {
        self.0.cardinality()
    }
}

/// A function that makes an iterator.
struct Generator<F>(F);

impl<F: Fn() -> Elements + Send + Sync> Source for Generator<F> {
    fn elements(&self) -> Result<Elements> {
        Ok(foreign((self.0)()))
    }

    fn cardinality(&self) -> Cardinality {
        Cardinality::Unknown
    }
}

impl<F> fmt::Debug for Generator<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Generator")
    }
}

/// Elements that may come back after their end, and bring numbers along.
fn foreign(elements: Elements) -> Elements {
    Box::new(elements.fuse().map(|element| element.map(Element::unnumbered)))
}
