//! Errors and panics in the middle of a pass.

use std::error::Error as _;

use super::super::{Dataset, Element};
use super::{breaking, features, panicking, range, values};
use crate::error::{Error, Result};

/// Each method on data that fail in the middle, with the number of whole elements before the error.
fn every_method(data: &Dataset) -> Vec<(&'static str, Dataset, usize)> {
    vec![
        ("itself", data.clone(), 3),
        ("batch", data.batch(2), 1),
        ("map", data.map(Ok), 3),
        ("filter", data.filter(|_| Ok(true)), 3),
        ("cache", data.cache(), 3),
        ("repeat", data.repeat(2), 3),
        ("take", data.take(5), 3),
        ("skip", data.skip(1), 2),
        ("skip beyond", data.skip(5), 0),
        ("shuffle", data.shuffle(2), 2),
        ("concatenate", data.concatenate(&range(2)), 3),
        ("concatenated", range(2).concatenate(data), 5),
        ("zip", Dataset::zip([range(9), data.clone()]), 3),
        ("prefetch", data.prefetch(2), 3),
        ("prefetch of nothing", data.prefetch(0), 3),
        ("batch of batches", data.batch(1).unbatch().batch(1), 3),
    ]
}

#[test]
fn an_error_ends_the_pass_and_the_next_one_begins_anew() {
    for (name, data, whole) in every_method(&breaking()) {
        for _ in 0..2 {
            let pass: Vec<Result<Element>> = data.iter().unwrap().take(20).collect();
            assert_eq!(pass.len(), whole + 1, "{name}");
            assert!(pass[..whole].iter().all(Result::is_ok), "{name}");
            let error = pass[whole].as_ref().unwrap_err();
            assert!(matches!(error, Error::DataSource { .. }), "{name}: {error}");
            assert_eq!(error.source().unwrap().to_string(), "the disk is gone");
        }
    }
}

#[test]
fn a_panic_is_an_error_with_its_message() {
    for (name, data, whole) in every_method(&panicking()) {
        let mut pass = data.iter().unwrap();
        assert_eq!(pass.by_ref().take(whole).filter(Result::is_ok).count(), whole, "{name}");
        let error = pass.next().unwrap().unwrap_err();
        assert!(matches!(&error, Error::DataPanicked { message } if message == "no more than 3"), "{name}: {error}");
        assert!(pass.next().is_none(), "{name}");
    }
}

#[test]
fn functions_and_generators_may_panic_too() {
    let in_map = range(3).map(|_| panic!("in the map"));
    assert!(matches!(in_map.iter().unwrap().next(), Some(Err(Error::DataPanicked { .. }))));
    let at_once = Dataset::from_generator(|| -> Vec<Result<Element>> { panic!("at once") });
    assert!(matches!(at_once.iter(), Err(Error::DataPanicked { message }) if message == "at once"));
    assert!(matches!(at_once.batch(2).prefetch(1).iter(), Err(Error::DataPanicked { .. })));
}

#[test]
fn an_error_of_a_function_is_the_errors_own() {
    let refuse = |element: &Element| match element.x.leaves()[0].item::<i64>()? {
        2 => Err(Error::data_source("two")),
        _ => Ok(true),
    };
    let pass: Vec<_> = range(5).filter(refuse).iter().unwrap().collect();
    assert_eq!(pass.len(), 3);
    assert!(pass[2].is_err());
}

#[test]
fn an_iterator_that_comes_back_after_its_end_does_not() {
    let data = Dataset::from_generator(|| {
        let mut calls = 0_i64;
        std::iter::from_fn(move || {
            calls += 1;
            (calls != 3).then(|| Element::new(hub_core::Tensor::scalar(calls)))
        })
    });
    assert_eq!(features(&data.batch(2).repeat(2).shuffle(3)).len(), 4);
}

/// On several threads too, elements come in order up to the first error, and a panic is one.
#[test]
fn threads_end_where_one_thread_ends() {
    for threads in [1, 2, 7] {
        let pass = |source: &Dataset| source.map_parallel(threads, Ok).iter().unwrap().collect::<Vec<_>>();
        let broken = pass(&breaking());
        assert!(broken.len() == 4 && matches!(broken[3], Err(crate::Error::DataSource { .. })), "{threads}");
        assert!(broken[..3].iter().zip(0..).all(|(element, number)| values(element.as_ref().unwrap()) == [number]));
        assert!(matches!(pass(&panicking())[3], Err(crate::Error::DataPanicked { .. })), "{threads}");
        let map = |element: Element| -> Result<Element> {
            assert!(values(&element) != [5], "not five");
            Ok(element)
        };
        let pass: Vec<_> = range(9).map_parallel(threads, map).iter().unwrap().collect();
        assert!(pass.len() == 6 && matches!(pass[5], Err(crate::Error::DataPanicked { .. })), "{threads}");
        // A pass that is given up leaves nothing that waits.
        let endless = range(3).repeat(None).map_parallel(threads, Ok);
        assert_eq!(endless.iter().unwrap().take(5).count(), 5);
    }
    assert!(range(3).map_parallel(0, Ok).iter().is_err());
}
