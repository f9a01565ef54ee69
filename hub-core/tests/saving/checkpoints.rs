//! A checkpoint of ours as Python reads it.

use std::collections::BTreeMap;

use hub_core::saved_model::CheckpointWriter;
use hub_core::{DType, Tensor};
use serde_json::json;

use hub_fixtures::Python;

#[test]
fn python_reads_every_type() {
    let Some(mut python) = Python::start("saving/check.py") else { return };
    let directory = tempfile::tempdir().unwrap();
    let prefix = directory.path().join("weights");
    let bfloat16 = Tensor::from_bytes(DType::BF16, &[2], &[0x80, 0x3f, 0x00, 0xc0]).unwrap();
    let mut tensors: BTreeMap<String, Tensor> = [
        ("float", Tensor::from([[1.5_f32, -2.0], [0.0, 3.25]])),
        ("double", Tensor::from([1e-300_f64])),
        ("half", Tensor::from_bytes(DType::F16, &[1], &[0x00, 0x3c]).unwrap()),
        ("bfloat16", bfloat16),
        ("flags", Tensor::from([true, false, true])),
        ("int8", Tensor::from([i8::MIN])),
        ("uint16", Tensor::from([u16::MAX])),
        ("int64", Tensor::from([i64::MIN])),
        ("uint64", Tensor::from([u64::MAX])),
        ("scalar", Tensor::scalar(7_i32)),
        ("empty", Tensor::new(&[0, 3], Vec::<f32>::new()).unwrap()),
        ("words", Tensor::from(["", "a", "\u{fc}ber"])),
        ("word", Tensor::strings(&[], ["one".repeat(1000)]).unwrap()),
    ]
    .map(|(key, tensor)| (key.to_owned(), tensor))
    .into();
    // Enough keys for several restarts of a block.
    for number in 0..100 {
        tensors.insert(format!("layers/{number}/kernel/.ATTRIBUTES/VARIABLE_VALUE"), Tensor::scalar(number));
    }
    let mut writer = CheckpointWriter::create(&prefix).unwrap();
    tensors.iter().for_each(|(key, tensor)| writer.add(key, tensor).unwrap());
    writer.finish().unwrap();
    let found = python.ask(json!({"checkpoint": prefix}));
    let found = found.as_object().unwrap();
    assert_eq!(found.len(), tensors.len());
    for (key, tensor) in &tensors {
        hub_fixtures::assert_close(&hub_fixtures::nest(&found[key]), &tensor.clone().into(), key);
    }
}
