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

/// The checkpoints over several files and in slices, with every element type.
#[test]
fn bundles_hold_what_python_read_back() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/bundles");
    let golden: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(fixtures.join("golden.json")).unwrap()).unwrap();
    for (name, directory) in [("sharded", "sharded/model"), ("tf1_hub", "tf1_hub/model"), ("slices", "slices")] {
        let checkpoint = Checkpoint::open(&fixtures.join(directory)).unwrap();
        checkpoint.check_shards().unwrap();
        let variables = golden["variables"][name].as_object().unwrap();
        let keys = checkpoint.entries().keys().filter(|key| *key != "_CHECKPOINTABLE_OBJECT_GRAPH");
        assert!(keys.eq(variables.keys().collect::<std::collections::BTreeSet<_>>()), "{name}");
        for (key, tensor) in variables {
            let expected = Tensor::from_json(tensor, None).unwrap();
            let found = checkpoint.read_tensor(key).unwrap();
            assert_eq!(found, expected, "{name} {key}");
            assert_eq!(checkpoint.stored_bytes(key).unwrap() as usize, stored(&found), "{name} {key}");
            match found.bytes() {
                Ok(bytes) => assert_eq!(checkpoint.read_bytes(key).unwrap(), bytes, "{name} {key}"),
                Err(_) => assert!(matches!(checkpoint.read_bytes(key), Err(Error::Unsupported { .. })), "{name} {key}"),
            }
        }
    }
    let sharded = Checkpoint::open(&fixtures.join("sharded/model")).unwrap();
    assert_eq!(sharded.num_shards(), 3);
}

/// What a tensor takes in a checkpoint: strings have their lengths, and a checksum of those.
fn stored(tensor: &Tensor) -> usize {
    let length = |string: &Vec<u8>| string.len() + prost::length_delimiter_len(string.len());
    match tensor.as_strings() {
        Ok(strings) => strings.iter().map(length).sum::<usize>() + 4,
        Err(_) => tensor.bytes().unwrap().len(),
    }
}

/// Every byte of every value is under a checksum, that of slices too.
#[test]
fn damage_to_slices_and_shards_is_noticed() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/bundles");
    for bundle in ["slices", "sharded/model"] {
        let directory = tempfile::tempdir().unwrap();
        let variables = directory.path().join("variables");
        fs::create_dir(&variables).unwrap();
        for file in fixtures.join(bundle).join("variables").read_dir().unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), variables.join(file.file_name())).unwrap();
        }
        let checkpoint = Checkpoint::open(directory.path()).unwrap();
        let read_all =
            || checkpoint.entries().keys().map(|key| checkpoint.read_tensor(key)).collect::<Result<Vec<_>, _>>();
        read_all().unwrap();
        for shard in 0..checkpoint.num_shards() {
            let path = variables.join(format!("variables.data-{shard:05}-of-{:05}", checkpoint.num_shards()));
            let good = fs::read(&path).unwrap();
            for at in (0..good.len()).step_by(97).chain([good.len() - 1]) {
                let mut bad = good.clone();
                bad[at] ^= 1;
                fs::write(&path, bad).unwrap();
                assert!(matches!(read_all(), Err(Error::ModelParse { .. })), "{bundle} {shard} {at}");
            }
            fs::write(&path, &good[..good.len() - 1]).unwrap();
            assert!(matches!(read_all(), Err(Error::ModelParse { .. })), "{bundle} {shard}");
            assert!(matches!(checkpoint.check_shards(), Err(Error::ModelParse { .. })), "{bundle} {shard}");
            fs::remove_file(&path).unwrap();
            assert!(matches!(read_all(), Err(Error::MissingVariables { .. })), "{bundle} {shard}");
            assert!(matches!(checkpoint.check_shards(), Err(Error::MissingVariables { .. })), "{bundle} {shard}");
            fs::write(&path, &good).unwrap();
        }
        read_all().unwrap();
    }
}
