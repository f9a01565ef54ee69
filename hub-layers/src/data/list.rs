//! Elements in memory, and their numbers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::dataset::Dataset;
use super::element::Element;
use super::source::{Cardinality, Elements, Source};
use crate::error::Result;

/// The elements of an iterator, all read now and kept in memory.
impl FromIterator<Element> for Dataset {
    fn from_iter<I: IntoIterator<Item = Element>>(elements: I) -> Dataset {
        let mut next = 0;
        Dataset::of(List(elements.into_iter().map(|element| numbered(element, &mut next)).collect()))
    }
}

/// Elements in memory.
#[derive(Debug)]
struct List(Arc<[Element]>);

impl Source for List {
    fn elements(&self) -> Result<Elements> {
        let elements = self.0.clone();
        Ok(Box::new((0..elements.len()).map(move |index| Ok(elements[index].clone()))))
    }

    fn cardinality(&self) -> Cardinality {
        Cardinality::Finite(self.0.len())
    }
}

/// Elements of a source with numbers that no other pass gives.
///
/// Only for what keeps the elements of a pass: the numbers of a pass that was given up are never met again.
#[derive(Debug)]
pub(super) struct Numbered {
    source: Arc<dyn Source>,
    passes: AtomicU64,
}

/// A pass may have so many examples with numbers; any more have none.
const EXAMPLES_OF_A_PASS: u64 = 1 << 40;

impl Numbered {
    pub(super) fn new(source: Arc<dyn Source>) -> Numbered {
        Numbered { source, passes: AtomicU64::new(0) }
    }
}

impl Source for Numbered {
    fn elements(&self) -> Result<Elements> {
        let pass = self.passes.fetch_add(1, Ordering::Relaxed);
        let mut next = pass.saturating_mul(EXAMPLES_OF_A_PASS);
        let end = next.saturating_add(EXAMPLES_OF_A_PASS);
        let number = move |element| match numbered(element, &mut next) {
            element if next <= end => element,
            element => element.unnumbered(),
        };
        let mut number = number;
        Ok(Box::new(self.source.elements()?.map(move |element| element.map(&mut number))))
    }

    fn cardinality(&self) -> Cardinality {
        self.source.cardinality()
    }
}

/// The element with the next numbers, as many as it has examples.
///
/// How many those are is not always known: whether an element is a batch is the caller's secret. One that has no numbers
/// and whose tensors agree in a first axis is taken for a batch. Where that is wrong the numbers are too many for the
/// batch that the element comes into, and not used.
fn numbered(element: Element, next: &mut u64) -> Element {
    let count = match &element.rows {
        Some(rows) => rows.len(),
        None => element.examples().unwrap_or(1),
    };
    let first = *next;
    *next = first.saturating_add(count as u64);
    Element { rows: Some((first..*next).collect()), ..element }
}

#[cfg(test)]
mod tests {
    use hub_core::Tensor;

    use super::*;
    use crate::Dataset;

    #[test]
    fn examples_in_memory_are_numbered_in_order() {
        let batch = |count: usize| Element::new(vec![0_i32; count]).unwrap().labels(vec![0_i32; count]).unwrap();
        let example = Element::new(Tensor::from([1, 2, 3])).unwrap().labels(Tensor::scalar(1_i32)).unwrap();
        let data: Dataset = [batch(2), batch(3), example].into_iter().collect();
        let rows: Vec<_> = data.iter().unwrap().map(|element| element.unwrap().rows.unwrap().to_vec()).collect();
        assert_eq!(rows, [vec![0, 1], vec![2, 3, 4], vec![5]]);
    }
}
