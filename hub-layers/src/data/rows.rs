//! The rows of whole tensors as elements: what makes shuffling and batching of them fast.
//!
//! As long as examples are only chosen and ordered, just the numbers of their rows are; a batch is then gathered from the
//! tensors at once. Made by `slices`, kept by `shuffle`, `take`, `repeat` and `cache`, used up by `batch`.

use std::sync::Arc;

use super::element::Element;
use super::source::{Cardinality, Elements, Source};
use crate::error::Result;

/// Whole tensors, and the order in which a pass goes through their rows.
#[derive(Debug, Clone)]
pub(super) struct Rows {
    pub(super) whole: Arc<Element>,
    pub(super) order: Arc<dyn Source<usize>>,
}

impl Rows {
    /// Another order of the same tensors.
    pub(super) fn in_order(&self, order: impl Source<usize> + 'static) -> Rows {
        Rows { whole: self.whole.clone(), order: Arc::new(order) }
    }
}

impl Source for Rows {
    fn elements(&self) -> Result<Elements> {
        let whole = self.whole.clone();
        Ok(Box::new(self.order.elements()?.map(move |row| whole.example(row?))))
    }

    fn cardinality(&self) -> Cardinality {
        self.order.cardinality()
    }
}

/// The numbers up to a number: every row once, in order.
#[derive(Debug)]
pub(super) struct UpTo(pub(super) usize);

impl Source<usize> for UpTo {
    fn elements(&self) -> Result<Elements<usize>> {
        Ok(Box::new((0..self.0).map(Ok)))
    }

    fn cardinality(&self) -> Cardinality {
        Cardinality::Finite(self.0)
    }
}
