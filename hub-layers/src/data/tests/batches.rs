//! What goes into a batch.

use hub_core::{Nest, Tensor};

use super::super::{Batch, Dataset, Element};
use super::range;
use crate::error::Error;

#[test]
fn rows_and_elements_make_the_same_batches() {
    let inputs = [
        ("image", Tensor::new(&[5, 2, 1], (0..10_i16).collect()).unwrap()),
        ("text", Tensor::strings(&[5], ["a", "", "c", "d", "e"]).unwrap()),
    ];
    let rows = Dataset::from_tensor_slices((inputs, vec![0_u8, 1, 2, 3, 4], vec![1.0_f32; 5])).unwrap();
    let one_by_one: Dataset = rows.iter().unwrap().map(Result::unwrap).collect();
    for options in [Batch::new(), Batch::new().drop_remainder(true)] {
        let batches = |data: &Dataset| -> Vec<Element> {
            let data = data.batch_with(2, options.clone());
            data.iter().unwrap().map(Result::unwrap).collect()
        };
        assert_eq!(batches(&rows), batches(&one_by_one));
    }
    let last = rows.batch(2).iter().unwrap().last().unwrap().unwrap();
    assert_eq!(last.x["image"].leaves(), [&Tensor::new(&[1, 2, 1], vec![8_i16, 9]).unwrap()]);
    assert_eq!(last.x["text"].leaves(), [&Tensor::from(["e"])]);
    assert_eq!(last.sample_weight.unwrap().leaves(), [&Tensor::from([1.0_f32])]);
}

#[test]
fn batches_in_order_share_the_tensors() {
    let data = Tensor::from((0..8).collect::<Vec<i64>>());
    let batch = Dataset::from_tensor_slices(&data).unwrap().skip(2).batch(4).iter().unwrap().next().unwrap().unwrap();
    assert_eq!(batch.x.leaves()[0].bytes().unwrap().as_ptr(), data.bytes().unwrap()[16..].as_ptr());
}

#[test]
fn examples_that_do_not_fit_together_are_refused() {
    let lengths: Dataset = [2, 2, 3].into_iter().map(|length| Element::new(vec![0_i32; length]).unwrap()).collect();
    let error = lengths.batch(3).iter().unwrap().next().unwrap().unwrap_err();
    assert_eq!(error.to_string(), "stacking: tensor 2: expected shape [2], found [3]");
    let bare = Element::new(vec![0_i32]).unwrap();
    let labelled = bare.clone().labels([("a", vec![0_i32])]).unwrap();
    let mixed: Dataset = [labelled, bare].into_iter().collect();
    let error = mixed.batch(2).iter().unwrap().next().unwrap().unwrap_err();
    assert_eq!(error.to_string(), "stacking: element 1: expected x, y[\"a\"], found x");
}

#[test]
fn tensors_of_unlike_lengths_are_named() {
    let error = |element: (Tensor, Tensor)| Dataset::from_tensor_slices(element).unwrap_err().to_string();
    let unlike = error((Tensor::from([1, 2, 3]), Tensor::from([[1.0], [2.0]])));
    assert_eq!(unlike, "examples in `y`: expected shape [3, ...] like `x`, found [2, 1]");
    let scalar = error((Tensor::scalar(1), Tensor::from([1, 2, 3])));
    assert_eq!(scalar, "examples in `x`: expected shape [examples, ...], found []");
    let nothing = Dataset::from_tensor_slices((Vec::<Tensor>::new(),)).unwrap_err();
    assert_eq!(nothing.to_string(), "an element: expected at least one tensor, found none");
}

#[test]
fn sizes_of_nothing_are_refused_and_no_data_are_not() {
    for data in [range(3), range(3).map(Ok)] {
        assert!(matches!(data.batch(0).iter(), Err(Error::BadConfig { argument, .. }) if argument == "batch_size"));
        assert!(matches!(data.shuffle(0).iter(), Err(Error::BadConfig { argument, .. }) if argument == "buffer_size"));
        assert!(data.batch(0).prefetch(1).iter().is_err());
    }
    for data in [range(0), range(0).map(Ok), range(0).shuffle(10), range(0).repeat(usize::MAX), range(0).repeat(None)] {
        assert_eq!(data.batch(3).prefetch(2).iter().unwrap().count(), 0);
    }
    let one = range(1).shuffle(usize::MAX).batch(usize::MAX);
    assert_eq!(one.iter().unwrap().count(), 1);
    assert!(matches!(Dataset::zip([]).iter(), Err(Error::BadConfig { .. })));
}

#[test]
fn zipped_labels_and_weights() {
    let (x, y, weight) = (range(3).map(|element| Ok(Element { y: None, ..element })), range(4), range(5));
    let bare = |data: Dataset| data.map(|element| Ok(Element { y: None, ..element }));
    let element = Dataset::zip([x.clone(), bare(y.clone()), bare(weight)]).iter().unwrap().next().unwrap().unwrap();
    assert_eq!(element.sample_weight.unwrap().leaves().len(), 1);
    // What has labels already is a tuple.
    let element = Dataset::zip([y, x]).iter().unwrap().last().unwrap().unwrap();
    assert!(matches!(&element.x, Nest::Tuple(items) if items.len() == 2));
    assert_eq!(element.y.unwrap().leaves(), [&Tensor::scalar(2_i64)]);
}
