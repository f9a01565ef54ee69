//! [`Dataset::concatenate`]: one data set after another.

use std::sync::Arc;

use super::dataset::Dataset;
use super::element::Element;
use super::source::{Cardinality, Elements, Source};
use crate::error::Result;

impl Dataset {
    /// The elements of this data set, then those of `other`.
    pub fn concatenate(&self, other: &Dataset) -> Dataset {
        Dataset::of(Concatenated(self.source(), other.source()))
    }
}

#[derive(Debug)]
struct Concatenated(Arc<dyn Source>, Arc<dyn Source>);

impl Source for Concatenated {
    fn elements(&self) -> Result<Elements> {
        let first = self.0.elements()?.map(|element| element.map(|element| apart(element, 0)));
        let second = self.1.clone();
        // The second pass begins where the first has ended.
        let then = std::iter::once_with(move || second.elements()).flat_map(|pass| match pass {
            Ok(pass) => pass,
            Err(error) => Box::new(std::iter::once(Err(error))),
        });
        Ok(Box::new(first.chain(then.map(|element| element.map(|element| apart(element, 1))))))
    }

    fn cardinality(&self) -> Cardinality {
        match (self.0.cardinality(), self.1.cardinality()) {
            (Cardinality::Infinite, _) | (_, Cardinality::Infinite) => Cardinality::Infinite,
            (Cardinality::Finite(one), Cardinality::Finite(other)) => Cardinality::Finite(one.saturating_add(other)),
            _ => Cardinality::Unknown,
        }
    }
}

/// Keeps the numbers of the examples of two data sets apart: even ones and odd ones.
fn apart(element: Element, side: u64) -> Element {
    let rows = element.rows.as_deref();
    let apart = |row: &u64| row.checked_mul(2).map(|row| row + side);
    Element { rows: rows.and_then(|rows| rows.iter().map(apart).collect()), ..element }
}
