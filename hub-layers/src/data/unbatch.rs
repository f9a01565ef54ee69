//! [`Dataset::unbatch`]: batches taken apart into examples.

use std::sync::Arc;

use super::dataset::Dataset;
use super::element::Element;
use super::source::{Cardinality, Elements, Source};
use crate::error::Result;

impl Dataset {
    /// The rows of each element as elements; all tensors of an element must have the same number of them.
    pub fn unbatch(&self) -> Dataset {
        Dataset::of(Unbatched(self.source()))
    }
}

#[derive(Debug)]
struct Unbatched(Arc<dyn Source>);

impl Source for Unbatched {
    fn elements(&self) -> Result<Elements> {
        let apart = |batch: Result<Element>| batch.and_then(examples).unwrap_or_else(|error| vec![Err(error)]);
        Ok(Box::new(self.0.elements()?.flat_map(apart)))
    }

    fn cardinality(&self) -> Cardinality {
        match self.0.cardinality() {
            Cardinality::Finite(0) => Cardinality::Finite(0),
            // Batches may be of any size, also empty.
            _ => Cardinality::Unknown,
        }
    }
}

fn examples(batch: Element) -> Result<Vec<Result<Element>>> {
    let count = batch.examples()?;
    let batch = match &batch.rows {
        Some(rows) if rows.len() == count => batch,
        _ => batch.unnumbered(),
    };
    Ok((0..count).map(|row| batch.example(row)).collect())
}
