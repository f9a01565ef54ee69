//! The SavedModel reader over whole models: every fixture, and further models where they are at hand.

mod directories;

use std::fs;
use std::path::Path;

use hub_core::saved_model::checkpoint::{check_variables, key_map};
use hub_core::saved_model::{Checkpoint, ObjectGraph, SavedModel, proto, validate};
use hub_core::{Error, Tensor};
use prost::Message;

/// With `READER_ROUND_TRIP=directory` both forms are left there, for `fixtures/check_round_trip.py` to compare.
#[test]
fn messages_round_trip() {
    for (number, model) in directories::models().into_iter().enumerate() {
        let bytes = fs::read(model.join("saved_model.pb")).unwrap();
        let decoded = proto::SavedModel::decode(&bytes[..]).unwrap();
        let encoded = decoded.encode_to_vec();
        assert_eq!(proto::SavedModel::decode(&encoded[..]).unwrap(), decoded, "{}", model.display());
        if let Some(directory) = std::env::var_os("READER_ROUND_TRIP") {
            fs::write(Path::new(&directory).join(number.to_string()), &encoded).unwrap();
            fs::write(Path::new(&directory).join(format!("{number}.original")), &bytes).unwrap();
        }
        // Python writes the entries of maps in another order, and an empty value where there is none.
        assert!(
            encoded.len().abs_diff(bytes.len()) * 100 <= bytes.len(),
            "{}: {} {}",
            model.display(),
            bytes.len(),
            encoded.len()
        );
    }
}

#[test]
fn the_checkpoint_holds_the_variables_that_python_saw() {
    let mut compared = 0;
    for model in directories::models() {
        let Ok(golden) = fs::read_to_string(model.join("../golden.json")) else { continue };
        let golden: serde_json::Value = serde_json::from_str(&golden).unwrap();
        let checkpoint = Checkpoint::open(&model).unwrap();
        checkpoint.check_shards().unwrap();
        for (key, tensor) in golden["variables"].as_object().unwrap() {
            let expected = Tensor::from_json(tensor, None).unwrap();
            assert_eq!(checkpoint.read_tensor(key).unwrap(), expected, "{} {key}", model.display());
            compared += 1;
        }
    }
    assert!(compared > 30, "{compared}");
}

#[test]
fn every_variable_finds_its_key() {
    for directory in directories::models() {
        let model = SavedModel::read(&directory).unwrap();
        let meta_graph = model.meta_graph(None).unwrap();
        if !model.is_tf2(meta_graph) {
            continue;
        }
        let graph = ObjectGraph::read(meta_graph).unwrap();
        let checkpoint = Checkpoint::open(&directory).unwrap();
        let saved = checkpoint.object_graph().unwrap().unwrap();
        let keys = key_map(&graph, &saved).unwrap();
        let variables = check_variables(&directory, &graph, Some(&checkpoint), &keys).unwrap();
        let paths = graph.paths();
        for (node, key) in variables {
            let name = key.strip_suffix("/.ATTRIBUTES/VARIABLE_VALUE");
            if let Some(path) = paths.path(node)
                && !key.contains(".OPTIMIZER_SLOT")
            {
                assert_eq!(graph.resolve(&path), Some(node), "{}", directory.display());
                assert!(name.is_some(), "{} {path} {key}", directory.display());
            }
        }
    }
}

#[test]
fn a_checkpoint_of_another_model_is_refused() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures");
    let model = SavedModel::read(&fixtures.join("affine/model")).unwrap();
    let graph = ObjectGraph::read(model.meta_graph(None).unwrap()).unwrap();
    let other = fixtures.join("stateful/model");
    let checkpoint = Checkpoint::open(&other).unwrap();
    let keys = key_map(&graph, &checkpoint.object_graph().unwrap().unwrap()).unwrap();
    let error = check_variables(&other, &graph, Some(&checkpoint), &keys).unwrap_err();
    assert!(matches!(error, Error::MissingVariables { .. }), "{error}");
}

#[test]
fn models_from_python_are_sound() {
    for directory in directories::models() {
        let model = SavedModel::read(&directory).unwrap();
        for meta_graph in model.meta_graphs() {
            validate(meta_graph).unwrap_or_else(|why| panic!("{}: {why}", directory.display()));
        }
    }
}
