//! Checkpoints that are written and read again: every type, many keys, odd keys.

use half::{bf16, f16};
use num_complex::Complex;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use super::*;

/// Writes the tensors, reads them back, and compares.
fn round_trip(tensors: &BTreeMap<String, Tensor>) {
    let directory = tempfile::tempdir().unwrap();
    let prefix = directory.path().join("weights");
    let mut writer = CheckpointWriter::create(&prefix).unwrap();
    // In another order than that of the keys.
    for (key, tensor) in tensors.iter().rev() {
        writer.add(key, tensor).unwrap();
    }
    writer.finish().unwrap();
    let checkpoint = Checkpoint::open_at(&prefix).unwrap();
    checkpoint.check_shards().unwrap();
    assert_eq!(checkpoint.num_shards(), 1);
    assert!(checkpoint.entries().keys().eq(tensors.keys()));
    for (key, tensor) in tensors {
        assert_eq!(checkpoint.read_tensor(key).unwrap(), *tensor, "{key}");
    }
}

#[test]
fn every_type_round_trips() {
    let numbers = [
        Tensor::from([1.5_f32, f32::NAN]),
        Tensor::from([f64::MIN_POSITIVE]),
        Tensor::from([f16::from_f32(0.5)]),
        Tensor::from([bf16::from_f32(-2.5)]),
        Tensor::from([i8::MIN]),
        Tensor::from([i16::MIN]),
        Tensor::from([i32::MIN]),
        Tensor::from([i64::MIN]),
        Tensor::from([u8::MAX]),
        Tensor::from([u16::MAX]),
        Tensor::from([u32::MAX]),
        Tensor::from([u64::MAX]),
        Tensor::from([true, false]),
        Tensor::from([Complex::new(1.0_f32, -2.0)]),
        Tensor::from([Complex::new(1.0_f64, -2.0)]),
        Tensor::from_bytes(DType::QInt8, &[2], &[1, 255]).unwrap(),
        Tensor::scalar(3.0_f32),
        Tensor::new(&[0, 3], Vec::<f32>::new()).unwrap(),
        Tensor::strings(&[2, 1], [vec![0xff, 0], Vec::new()]).unwrap(),
        Tensor::strings(&[0], Vec::<Vec<u8>>::new()).unwrap(),
        Tensor::strings(&[], [vec![b'x'; 100_000]]).unwrap(),
    ];
    round_trip(&numbers.into_iter().enumerate().map(|(number, tensor)| (format!("k{number}"), tensor)).collect());
    round_trip(&BTreeMap::new());
}

fn tensor() -> impl Strategy<Value = Tensor> {
    let size = 0..5_usize;
    prop_oneof![
        vec(any::<f32>(), size.clone()).prop_map(Tensor::vector),
        vec(any::<i64>(), size.clone()).prop_map(Tensor::vector),
        vec(any::<bool>(), size.clone()).prop_map(Tensor::vector),
        vec(vec(any::<u8>(), 0..200), size).prop_map(|strings| {
            let shape = [strings.len()];
            Tensor::strings(&shape, strings).unwrap()
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn anything_round_trips(tensors in btree_map("[a-z/._é]{1,12}", tensor(), 0..60)) {
        round_trip(&tensors);
    }
}

#[test]
fn keys_are_checked_and_the_graph_is_found() {
    let directory = tempfile::tempdir().unwrap();
    let prefix = directory.path().join("weights");
    let mut writer = CheckpointWriter::create(&prefix).unwrap();
    let one = Tensor::scalar(1_i32);
    writer.add("a", &one).unwrap();
    for key in ["a", "", "\0a"] {
        assert!(matches!(writer.add(key, &one), Err(Error::Arguments { .. })), "{key:?}");
    }
    let graph = TrackableObjectGraph { nodes: vec![Default::default()] };
    writer.add_object_graph(&graph).unwrap();
    writer.finish().unwrap();
    assert!(matches!(CheckpointWriter::create(&prefix), Err(Error::Io { .. })), "nothing is replaced here");
    let checkpoint = Checkpoint::open_at(&prefix).unwrap();
    assert_eq!(checkpoint.object_graph().unwrap(), Some(graph));
    let mut copy = CheckpointWriter::create(&directory.path().join("copy")).unwrap();
    copy.copy(&checkpoint, "a").unwrap();
    assert!(copy.contains("a") && !copy.contains("b"));
    drop(copy);
    let unfinished = Checkpoint::open_at(&directory.path().join("copy")).unwrap_err();
    assert!(matches!(unfinished, Error::MissingVariables { .. }), "{unfinished}");
}
