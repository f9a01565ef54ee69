//! [`Dataset::zip`]: features, labels and weights from data sets of their own.

use std::iter;
use std::sync::Arc;

use hub_core::{Nest, Tensor};

use super::dataset::Dataset;
use super::element::Element;
use super::source::{Cardinality, Elements, Source};
use crate::error::{Error, Result};

impl Dataset {
    /// Elements side by side, up to the end of the shortest: of two data sets, features and labels; of three, also
    /// weights.
    ///
    /// As in Python, an element that has labels itself is a tuple there.
    ///
    /// ```
    /// use hub_layers::{Dataset, Tensor};
    /// let images = Dataset::from_tensor_slices(vec![0.1_f32, 0.2])?;
    /// let labels = Dataset::from_tensor_slices(vec![3_i64, 4])?;
    /// let both = Dataset::zip([images, labels]);
    /// let first = both.iter()?.next().expect("an element")?;
    /// assert_eq!(first.y.expect("labels").leaves(), [&Tensor::scalar(3_i64)]);
    /// # Ok::<(), hub_layers::Error>(())
    /// ```
    ///
    /// Any other number of data sets is an error when a pass begins.
    pub fn zip(datasets: impl IntoIterator<Item = Dataset>) -> Dataset {
        Dataset::of(Zipped(datasets.into_iter().map(|dataset| dataset.source()).collect()))
    }
}

#[derive(Debug)]
struct Zipped(Vec<Arc<dyn Source>>);

impl Source for Zipped {
    fn elements(&self) -> Result<Elements> {
        if !(1..=3).contains(&self.0.len()) {
            return Err(Error::BadConfig {
                argument: "datasets".into(),
                expected: "features, labels and weights at most".into(),
                found: format!("{} data sets", self.0.len()),
            });
        }
        let mut passes = self.0.iter().map(|source| source.elements()).collect::<Result<Vec<_>>>()?;
        // The first that ends, ends all.
        let next = move || {
            let side_by_side = passes.iter_mut().map(Iterator::next).collect::<Option<Result<Vec<Element>>>>()?;
            Some(side_by_side.map(join))
        };
        Ok(Box::new(iter::from_fn(next).fuse()))
    }

    fn cardinality(&self) -> Cardinality {
        let all = self.0.iter().map(|source| source.cardinality());
        all.fold(Cardinality::Infinite, |shortest, own| match (shortest, own) {
            (Cardinality::Unknown, _) | (_, Cardinality::Unknown) => Cardinality::Unknown,
            (Cardinality::Finite(one), Cardinality::Finite(other)) => Cardinality::Finite(one.min(other)),
            (Cardinality::Infinite, finite) | (finite, Cardinality::Infinite) => finite,
        })
    }
}

/// One element of those side by side; its examples have numbers where all agree in them.
fn join(elements: Vec<Element>) -> Element {
    let rows = match elements.split_first() {
        Some((first, rest)) if rest.iter().all(|other| other.rows == first.rows) => first.rows.clone(),
        _ => None,
    };
    let mut parts = elements.into_iter().map(whole);
    Element { x: parts.next().unwrap_or(Nest::None), y: parts.next(), sample_weight: parts.next(), rows }
}

/// An element as one value: what it is to Python.
fn whole(element: Element) -> Nest<Tensor> {
    match (element.y, element.sample_weight) {
        (None, None) => element.x,
        (y, None) => Nest::Tuple([Some(element.x), y].into_iter().flatten().collect()),
        (y, weights) => {
            Nest::Tuple([Some(element.x), Some(y.unwrap_or(Nest::None)), weights].into_iter().flatten().collect())
        }
    }
}
