//! Data sets beside Python's `tf.data`: chains of transformations, their elements and cardinalities, from
//! `fixtures/datasets`.

use std::fs;
use std::path::Path;

use hub_layers::data::{Batch, Buckets, Cardinality, PaddedBatch};
use hub_layers::{Dataset, Element, Result, Tensor};
use serde_json::{Value as Json, json};

/// The numbers from 0 as slices of a tensor.
fn range(count: i64) -> Dataset {
    Dataset::from_tensor_slices(Tensor::from((0..count).collect::<Vec<_>>())).unwrap()
}

/// One transformation, as the script writes it: `batch 3`.
fn step(data: &Dataset, text: &str) -> Dataset {
    let (name, argument) = text.split_once(' ').unwrap_or((text, ""));
    let number: Option<usize> = argument.parse().ok();
    match (name, number) {
        ("batch", Some(size)) => data.batch(size),
        ("batch_whole", Some(size)) => data.batch_with(size, Batch::new().drop_remainder(true)),
        ("unbatch", _) => data.unbatch(),
        ("map_square", _) => data.map(|element| over(element, |x| x * x)),
        ("filter_even", _) => data.filter(|element| Ok(element.x.leaves()[0].item::<i64>()? % 2 == 0)),
        ("cache", _) => data.cache(),
        ("repeat", count) => data.repeat(count),
        ("take", Some(count)) => data.take(count),
        ("skip", Some(count)) => data.skip(count),
        ("prefetch", Some(size)) => data.prefetch(size),
        ("concatenate", Some(count)) => data.concatenate(&range(count as i64)),
        ("zip", Some(count)) => Dataset::zip([data.clone(), range(count as i64)]).map(|element| {
            let y = element.y.as_ref().unwrap().leaves()[0].item::<i64>()?;
            over(element, |x| 100 * x + y)
        }),
        ("shuffle_one", _) => data.shuffle(1),
        ("grow", _) => data.map(|element| {
            let x = element.x.leaves()[0].item::<i64>()?;
            element.features(vec![x; x as usize % 5 + 1])
        }),
        ("grow_two", _) => data.map_parallel(3, |element| {
            let x = element.x.leaves()[0].item::<i64>()?;
            let shape = [x as usize % 3 + 1, x as usize % 4];
            element.features(Tensor::new(&shape, vec![x; shape[0] * shape[1]])?)
        }),
        ("padded_batch", Some(size)) => data.padded_batch(size),
        ("padded_batch_whole", Some(size)) => data.padded_batch_with(size, PaddedBatch::new().drop_remainder(true)),
        (name, None) => with_numbers(data, name, &argument.split(' ').map(|n| n.parse().unwrap()).collect::<Vec<_>>()),
        other => panic!("{other:?}"),
    }
}

/// One transformation with several numbers.
fn with_numbers(data: &Dataset, name: &str, numbers: &[i64]) -> Dataset {
    let size = |index: usize| numbers[index] as usize;
    match name {
        "interleave" => data.interleave(size(0), size(1), |element| {
            let x = element.x.leaves()[0].item::<i64>()?;
            Dataset::from_tensor_slices((10 * x..10 * x + x % 4).collect::<Vec<_>>())
        }),
        "padded_batch_to" => {
            let options = PaddedBatch::new().padded_shapes([[size(1)]]).padding_values([Tensor::scalar(numbers[2])]);
            data.padded_batch_with(size(0), options)
        }
        "padded_batch_two" => {
            data.padded_batch_with(size(0), PaddedBatch::new().padded_shapes([[None, Some(size(1))]]))
        }
        _ => {
            let buckets = Buckets::new([size(0), size(1)], [size(2), size(2) + 1, size(2) + 2]);
            let buckets = match name {
                "bucket" => buckets,
                "bucket_whole" => buckets.padding(PaddedBatch::new().drop_remainder(true)),
                "bucket_to_boundary" => buckets.pad_to_bucket_boundary(true),
                "bucket_of_one" => buckets.no_padding(true),
                other => panic!("{other}"),
            };
            data.bucket_by_sequence_length(|element| Ok(element.x.leaves()[0].shape()[0]), buckets)
        }
    }
}

/// A function over the numbers of an element.
fn over(element: Element, convert: impl Fn(i64) -> i64) -> Result<Element> {
    let tensor = element.x.leaves()[0];
    let values = tensor.as_slice::<i64>()?.iter().map(|value| convert(*value)).collect();
    let converted = Tensor::new(tensor.shape(), values)?;
    element.features(converted)
}

/// Python's `tolist`.
fn nested(shape: &[usize], values: &mut impl Iterator<Item = i64>) -> Json {
    match shape {
        [] => json!(values.next().unwrap()),
        [count, inner @ ..] => (0..*count).map(|_| nested(inner, values)).collect(),
    }
}

fn elements(data: &Dataset, most: usize) -> Vec<Json> {
    let list = |element: Result<Element>| {
        let element = element.unwrap();
        let tensor = element.x.leaves()[0];
        nested(tensor.shape(), &mut tensor.as_slice::<i64>().unwrap().iter().copied())
    };
    data.iter().unwrap().take(most).map(list).collect()
}

#[test]
fn chains_give_what_they_give_in_python() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/datasets/golden.json");
    let golden: Json = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let most = golden["most"].as_u64().unwrap() as usize;
    let cases = golden["cases"].as_array().unwrap();
    assert!(cases.len() > 50);
    for case in cases {
        let slices = range(case["count"].as_i64().unwrap());
        // The same once more from elements one by one, which go another way than rows of tensors.
        let one_by_one: Dataset = slices.iter().unwrap().map(Result::unwrap).collect();
        for (way, start) in [("rows", slices), ("elements", one_by_one)] {
            let steps = case["steps"].as_array().unwrap().iter().map(|text| text.as_str().unwrap());
            let data = steps.fold(start, |data, text| step(&data, text));
            let cardinality = match data.cardinality() {
                Cardinality::Finite(count) => json!(count),
                Cardinality::Infinite => json!("infinite"),
                Cardinality::Unknown => json!("unknown"),
            };
            assert_eq!(cardinality, case["cardinality"], "{way}: {case}");
            for _ in 0..2 {
                assert_eq!(json!(elements(&data, most)), case["elements"], "{way}: {case}");
            }
        }
    }
}
