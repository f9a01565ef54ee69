//! The variables of loaded models to files and back; fault 164.

use std::fs;

use hub_core::{Error, LoadedModel, Tensor, load};
use hub_fixtures::model;
use serde_json::json;

use hub_fixtures::Python;

fn values(model: &LoadedModel) -> Vec<Tensor> {
    model.all_variables().iter().map(|variable| variable.value().unwrap()).collect()
}

#[test]
fn weights_come_back_from_both_kinds_of_files() {
    let directory = tempfile::tempdir().unwrap();
    for name in ["affine", "keras_mlp", "conformance/sharded_checkpoint"] {
        for file in ["weights.safetensors", "weights"] {
            let path = directory.path().join(file);
            if name.contains("sharded") && file.ends_with("safetensors") {
                let words = load(&model(name)).unwrap().save_weights(&path, true).unwrap_err();
                assert!(matches!(words, Error::Unsupported { .. }), "it has strings: {words}");
                continue;
            }
            let trained = load(&model(name)).unwrap();
            let first = &trained.all_variables()[0];
            let ones = Tensor::from_bytes(first.dtype(), &first.shape().to_known().unwrap(), &changed(first)).unwrap();
            first.assign(&ones).unwrap();
            trained.save_weights(&path, true).unwrap();
            assert!(matches!(trained.save_weights(&path, false), Err(Error::SaveExists { .. })));
            let fresh = load(&model(name)).unwrap();
            assert_ne!(values(&fresh), values(&trained));
            fresh.load_weights(&path).unwrap();
            assert_eq!(values(&fresh), values(&trained), "{name} {file}");
        }
    }
    let names: Vec<_> = fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 3, "{names:?}");
}

/// Other bytes than the variable has.
fn changed(variable: &hub_core::model::ModelVariable) -> Vec<u8> {
    variable.value().unwrap().bytes().unwrap().iter().map(|byte| byte ^ 1).collect()
}

#[test]
fn fault_164_weights_of_another_architecture_change_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let (affine, other) = (load(&model("affine")).unwrap(), load(&model("keras_mlp")).unwrap());
    for file in ["weights.safetensors", "weights"] {
        let path = directory.path().join(file);
        other.save_weights(&path, false).unwrap();
        let before = values(&affine);
        let error = affine.load_weights(&path).unwrap_err();
        let Error::WeightsMismatch { differences, .. } = &error else { panic!("{error}") };
        assert!(differences.iter().any(|difference| difference.contains("`w` is missing")), "{differences:?}");
        assert!(differences.iter().any(|difference| difference.contains("is not of the model")), "{differences:?}");
        assert_eq!(values(&affine), before);
    }
    let nowhere = affine.load_weights(directory.path().join("nothing")).unwrap_err();
    assert!(matches!(nowhere, Error::MissingVariables { .. }), "{nowhere}");
    fs::write(directory.path().join("bad.safetensors"), "no").unwrap();
    let bad = affine.load_weights(directory.path().join("bad.safetensors")).unwrap_err();
    assert!(matches!(bad, Error::ModelParse { .. }), "{bad}");
}

#[test]
fn python_reads_the_checkpoint() {
    let Some(mut python) = Python::start("saving/check.py") else { return };
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("weights");
    let affine = load(&model("affine")).unwrap();
    affine.save_weights(&path, false).unwrap();
    let found = python.ask(json!({"checkpoint": path}));
    for variable in affine.all_variables() {
        let theirs = hub_fixtures::nest(&found[variable.checkpoint_key()]);
        hub_fixtures::assert_close(&theirs, &variable.value().unwrap().into(), &variable.path());
    }
}
