//! Files that are no model: 117, 124, 135.

use std::fs;

use hub_core::{Error, load};

use super::edit::Model;

/// What is said of a file in the place of the model.
fn said(content: &[u8]) -> Error {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("saved_model.pb"), content).unwrap();
    load(directory.path().to_str().unwrap()).unwrap_err()
}

#[test]
fn fault_117_other_things_in_the_place_of_a_model() {
    for content in ["", "<!doctype html><title>Sign in</title>", "saved_model_schema_version: 1\nmeta_graphs {\n}\n"] {
        let error = said(content.as_bytes());
        assert!(matches!(error, Error::ModelParse { .. }), "{content:?}: {error:?}");
    }
    let directory = tempfile::tempdir().unwrap();
    let handle = directory.path().to_str().unwrap();
    fs::write(directory.path().join("saved_model.pbtxt"), "meta_graphs {}").unwrap();
    assert!(matches!(load(handle), Err(Error::Unsupported { .. })));
    let place = directory.path().join("saved_model.pb");
    fs::create_dir(&place).unwrap();
    assert!(matches!(load(handle), Err(Error::NotAModel { .. })));
    fs::remove_dir(&place).unwrap();
    fs::File::create(&place).unwrap().set_len((1 << 31) + 1).unwrap();
    let error = load(handle).unwrap_err();
    assert!(matches!(&error, Error::ModelParse { why, .. } if why.contains("bytes")), "{error:?}");
}

/// A field of a message: its number, then its payload.
fn field(number: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    prost::encoding::encode_varint(u64::from(number << 3 | 2), &mut bytes);
    prost::encoding::encode_varint(payload.len() as u64, &mut bytes);
    bytes.extend(payload);
    bytes
}

/// How much memory such files take is measured in `reader_mutations`.
#[test]
fn fault_124_floods_nesting_and_lengths_beyond_the_end() {
    let flood = field(2, &field(2, &field(1, &[]).repeat(5 << 20)));
    let mut nested = Vec::new();
    for _ in 0..200 {
        nested = field(1, &field(51, &nested)); // a list in a value in a list ...
    }
    let nested = field(2, &field(7, &field(2, &field(2, &field(4, &field(51, &nested))))));
    let mut long = vec![2 << 3 | 2];
    prost::encoding::encode_varint(1 << 40, &mut long);
    for (content, expected) in [(flood, "memory"), (nested, "deep"), (long, "left")] {
        let error = said(&content);
        assert!(matches!(&error, Error::ModelParse { why, .. } if why.contains(expected)), "{error:?}");
    }
}

#[test]
fn fault_135_models_of_other_formats_are_named() {
    let tf1_hub = Model::of("affine");
    fs::write(tf1_hub.path("tfhub_module.pb"), [8, 3]).unwrap();
    let error = load(tf1_hub.write().to_str().unwrap()).unwrap_err();
    assert!(error.hint().unwrap().contains("hub-legacy"), "{error}");
    for (file, expected) in [("model.json", "TensorFlow.js"), ("lite-model_1.tflite", "TensorFlow Lite")] {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join(file), "{}").unwrap();
        let error = load(directory.path().to_str().unwrap()).unwrap_err();
        assert!(matches!(&error, Error::NotAModel { why, .. } if why.contains(expected)), "{error:?}");
    }
}
