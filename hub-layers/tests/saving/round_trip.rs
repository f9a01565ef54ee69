//! Each model saved and taken up again, by this crate alone.

use std::path::Path;

use hub_core::{Tensor, args};
use hub_fixtures::assert_close;
use hub_layers::{Model, SaveOptions};

use super::models::{NAMES, Sample, sample};

fn path(directory: &tempfile::TempDir) -> std::path::PathBuf {
    directory.path().join("model")
}

fn load(path: &Path) -> Model {
    Model::load(path).unwrap_or_else(|why| panic!("{}: {why:?}", path.display()))
}

fn weights(model: &Model) -> Vec<Tensor> {
    model.get_weights().unwrap()
}

/// The weights after some steps, step by step.
fn trained(model: &mut Model, sample: &Sample, steps: usize) -> Vec<Vec<Tensor>> {
    let step = |_| {
        model.train_on_batch((sample.x.clone(), sample.y.clone())).unwrap();
        weights(model)
    };
    (0..steps).map(step).collect()
}

#[test]
fn every_model_is_taken_up_as_it_was() {
    for name in NAMES {
        let directory = tempfile::tempdir().unwrap();
        let mut sample = sample(name);
        sample.model.train_on_batch((sample.x.clone(), sample.y.clone())).unwrap();
        sample.model.save(path(&directory)).unwrap_or_else(|why| panic!("{name}: {why:?}"));
        let mut again = load(&path(&directory));
        assert_eq!(weights(&again), weights(&sample.model), "{name}");
        assert_eq!(again.predict(sample.x.clone()).unwrap(), sample.model.predict(sample.x.clone()).unwrap(), "{name}");
        assert_eq!(again.summary(), sample.model.summary(), "{name}");
        // Training goes on with the same numbers, chance included.
        let mut model = std::mem::replace(&mut sample.model, load(&path(&directory)));
        assert_eq!(trained(&mut again, &sample, 3), trained(&mut model, &sample, 3), "{name}");
    }
}

#[test]
fn hub_core_reads_what_is_saved() {
    for name in NAMES {
        let directory = tempfile::tempdir().unwrap();
        let sample = sample(name);
        sample.model.save(path(&directory)).unwrap();
        let loaded = hub_core::load(path(&directory).to_str().unwrap()).unwrap();
        let expected = sample.model.predict_on_batch(sample.x.clone()).unwrap();
        let found = loaded.call(args![sample.x.clone(), training = false]);
        assert_close(&found.unwrap_or_else(|why| panic!("{name}: {why}")), &expected, name);
        loaded.call(args![sample.x.clone(), training = true]).unwrap_or_else(|why| panic!("{name}: {why}"));
        assert_eq!(loaded.trainable_variables().len(), sample.model.trainable_weights().unwrap().len(), "{name}");
        assert_eq!(loaded.variables().len(), sample.model.weights().unwrap().len(), "{name}");
    }
}

#[test]
fn saved_again_and_again_a_model_stays_as_large() {
    for name in ["trained_module", "text", "two_layers_one_module"] {
        let directory = tempfile::tempdir().unwrap();
        let sample = sample(name);
        let expected = sample.model.predict(sample.x.clone()).unwrap();
        sample.model.save(path(&directory)).unwrap();
        let size = |file: &str| std::fs::metadata(path(&directory).join(file)).unwrap().len();
        let first = size("saved_model.pb");
        let mut model = load(&path(&directory));
        for round in 0..3 {
            // Over the directory that it was taken up from.
            model.save_with(path(&directory), &SaveOptions::new().overwrite(true)).unwrap();
            assert!(size("saved_model.pb") <= first + first / 100, "{name} {round}: {first}");
            if round == 1 {
                model = load(&path(&directory));
            }
            assert_eq!(model.predict(sample.x.clone()).unwrap(), expected, "{name} {round}");
        }
    }
}
