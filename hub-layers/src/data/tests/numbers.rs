//! Which example is which, through every method.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use hub_core::{Nest, Tensor};

use super::super::{Dataset, Element};
use super::{numbers, range, values};

/// Passes over the data; a number that comes twice must stand for the same feature.
fn count_and_check(data: &Dataset, passes: usize) -> usize {
    let mut known = HashMap::new();
    for element in (0..passes).flat_map(|_| data.iter().unwrap()) {
        let element = element.unwrap();
        let Some(rows) = &element.rows else { continue };
        let values = values(&element);
        assert_eq!(rows.len(), values.len());
        for (row, value) in rows.iter().zip(values) {
            assert_eq!(*known.entry(*row).or_insert(value), value, "number {row} in {data:?}");
        }
    }
    known.len()
}

#[test]
fn what_chooses_orders_and_joins_keeps_the_numbers() {
    let data = range(7);
    assert_eq!(numbers(&data.batch(4)), [Some(vec![0, 1, 2, 3]), Some(vec![4, 5, 6])]);
    assert_eq!(numbers(&data.skip(5)), [Some(vec![5]), Some(vec![6])]);
    let elements = data.filter(|_| Ok(true));
    for data in [data, elements] {
        let all = [
            data.shuffle(7).batch(3),
            data.batch(3).shuffle(2).prefetch(1),
            data.repeat(2).batch(5),
            data.batch(3).unbatch().shuffle(4),
            data.batch(1).unbatch(),
            data.batch(3).cache(),
            Dataset::zip([data.clone(), data.clone()]).batch(2),
        ];
        for data in all {
            assert_eq!(count_and_check(&data, 3), 7, "{data:?}");
        }
        assert_eq!(count_and_check(&data.take(3).concatenate(&data.skip(5)).shuffle(9).batch(2), 3), 5);
    }
}

#[test]
fn data_sets_one_after_the_other_are_kept_apart() {
    let hundreds = Dataset::from_tensor_slices(vec![100_i64, 101, 102]).unwrap();
    let bare = range(3).map(|element| Ok(Element { y: None, ..element })).cache();
    let all = bare.concatenate(&hundreds).concatenate(&hundreds.take(1)).shuffle(10);
    assert_eq!(count_and_check(&all, 3), 7);
}

#[test]
fn a_batch_of_batches_and_a_map_have_none() {
    assert_eq!(numbers(&range(4).batch(2).batch(2)), [None]);
    assert_eq!(numbers(&range(2).map(Ok)), [None, None]);
    let stale = range(2).iter().unwrap().map(Result::unwrap).collect::<Vec<_>>();
    assert_eq!(numbers(&Dataset::from_generator(move || stale.clone().into_iter().map(Ok))), [None, None]);
    let zipped = Dataset::zip([range(2), range(3).skip(1)]);
    assert_eq!(numbers(&zipped), [None, None]);
}

/// A map that makes something else of each element at each pass.
fn restless(data: &Dataset) -> Dataset {
    let calls = Arc::new(AtomicI64::new(0));
    data.map(move |element| {
        let call = calls.fetch_add(1, Ordering::Relaxed);
        let x = element.x.leaves()[0];
        let values = x.as_slice::<i64>()?.iter().map(|value| value + 1_000 * call).collect();
        Ok(Element { x: Nest::Leaf(Tensor::new(x.shape(), values)?), ..element })
    })
}

#[test]
fn caching_numbers_anew_what_it_keeps() {
    let kept = restless(&range(7)).cache();
    assert_eq!(count_and_check(&kept.shuffle(7).batch(3), 3), 7);
    assert_eq!(count_and_check(&restless(&range(7).batch(3)).cache(), 3), 7);
    // Passes that are given up keep nothing: their numbers must not come again.
    let given_up = restless(&range(7)).cache().take(3);
    assert_eq!(count_and_check(&given_up, 4), 12);
    let more = restless(&range(7)).cache();
    more.iter().unwrap().take(5).for_each(drop);
    assert_eq!(count_and_check(&more, 3), 7);
}

#[test]
fn tensors_as_one_batch_have_numbers() {
    let batch = Dataset::from_tensors((Tensor::from([5_i64, 6]), Tensor::from([0_i64, 1]))).unwrap();
    assert_eq!(numbers(&batch), [Some(vec![0, 1])]);
    assert_eq!(numbers(&batch.unbatch()), [Some(vec![0]), Some(vec![1])]);
}
