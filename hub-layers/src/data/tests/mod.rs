//! Tests of data sets, by theme: what is not said by Python (`hub-layers/tests/dataset.rs`).

mod batches;
mod faults;
mod numbers;
mod orders;
mod prefetching;

use hub_core::Tensor;

use super::{Dataset, Element};
use crate::error::Result;

/// The numbers from 0, as features and as labels.
fn range(count: i64) -> Dataset {
    let numbers = Tensor::from((0..count).collect::<Vec<_>>());
    Dataset::from_tensor_slices((&numbers, &numbers)).unwrap()
}

/// The features of a pass, whatever their shapes.
fn features(data: &Dataset) -> Vec<i64> {
    data.iter().unwrap().flat_map(|element| values(&element.unwrap())).collect()
}

fn values(element: &Element) -> Vec<i64> {
    element.x.leaves()[0].as_slice::<i64>().unwrap().to_vec()
}

/// The numbers of the examples, element by element.
fn numbers(data: &Dataset) -> Vec<Option<Vec<u64>>> {
    data.iter().unwrap().map(|element| element.unwrap().rows.map(|rows| rows.to_vec())).collect()
}

/// Three elements, then an error.
fn breaking() -> Dataset {
    Dataset::from_generator(|| {
        let element = |number: i64| match number {
            0..3 => Element::new(Tensor::scalar(number)),
            _ => Err(crate::Error::data_source("the disk is gone")),
        };
        (0..6).map(element)
    })
}

/// Three elements, then a panic.
fn panicking() -> Dataset {
    let element = |number: i64| -> Result<Element> {
        assert!(number < 3, "no more than {number}");
        Element::new(Tensor::scalar(number))
    };
    Dataset::from_generator(move || (0..6).map(element))
}
