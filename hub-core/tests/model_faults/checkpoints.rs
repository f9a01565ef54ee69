//! Checkpoints that are missing, damaged or another's: 126 to 128.

use std::fs;

use hub_core::Error;
use hub_core::saved_model::Checkpoint;

use super::edit::{Model, copy};

const INDEX: &str = "variables/variables.index";
const DATA: &str = "variables/variables.data-00000-of-00001";

#[test]
fn fault_126_no_variables_or_no_index() {
    for fixture in ["affine", "tf1_graph", "keras_mlp"] {
        let model = Model::of(fixture);
        fs::remove_file(model.path(INDEX)).unwrap();
        assert!(matches!(model.error(), Error::MissingVariables { .. }), "{fixture}");
        fs::remove_dir_all(model.path("variables")).unwrap();
        assert!(matches!(model.error(), Error::MissingVariables { .. }), "{fixture}");
    }
}

#[test]
fn fault_127_shards_missing_short_or_with_a_flipped_bit() {
    let model = Model::of("affine");
    let (index, data) = (fs::read(model.path(INDEX)).unwrap(), fs::read(model.path(DATA)).unwrap());
    fs::remove_file(model.path(DATA)).unwrap();
    assert!(matches!(model.error(), Error::MissingVariables { .. }));
    for length in [0, data.len() - 1] {
        fs::write(model.path(DATA), &data[..length]).unwrap();
        assert!(matches!(model.error(), Error::ModelParse { .. }), "{length}");
    }
    fs::write(model.path(DATA), &data).unwrap();
    fs::write(model.path(INDEX), "").unwrap();
    assert!(matches!(model.error(), Error::ModelParse { .. }));
    fs::write(model.path(INDEX), &index).unwrap();
    // One bit of each variable's values, and one of the object graph: found here or by the engine's checksums.
    for entry in Checkpoint::open(model.write()).unwrap().entries().values() {
        let mut flipped = data.clone();
        flipped[entry.offset as usize + entry.size_bytes as usize / 2] ^= 4;
        fs::write(model.path(DATA), &flipped).unwrap();
        let error = model.error();
        let found = match &error {
            Error::ModelParse { why, .. } => why.contains("checksum"),
            Error::Engine { code, .. } => code == "DATA_LOSS",
            _ => false,
        };
        assert!(found, "{error:?}");
    }
}

#[test]
fn fault_127_every_bit_of_an_index() {
    let model = Model::of("affine");
    let index = fs::read(model.path(INDEX)).unwrap();
    let directory = model.write();
    for at in 0..index.len() * 8 {
        let mut flipped = index.clone();
        flipped[at / 8] ^= 1 << (at % 8);
        // The metaindex and the zeros of the footer mean nothing; all else is under a checksum.
        if let Ok(checkpoint) = Checkpoint::from_index(directory, &flipped) {
            let sound = Checkpoint::from_index(directory, &index).unwrap();
            assert_eq!(checkpoint.entries(), sound.entries(), "bit {at}");
        }
    }
}

#[test]
fn fault_128_the_variables_of_another_model() {
    for (fixture, other) in [("affine", "stateful"), ("affine", "keras_mlp"), ("keras_mlp", "affine")] {
        let model = Model::of(fixture);
        fs::remove_dir_all(model.path("variables")).unwrap();
        copy(&Model::of(other).path("variables"), &model.path("variables"));
        let error = model.error();
        let named = match &error {
            Error::MissingVariables { missing, .. } => !missing.is_empty(),
            Error::VariableMismatch { name, .. } => !name.is_empty(),
            _ => false,
        };
        assert!(named, "{fixture} with {other}: {error:?}");
    }
}
