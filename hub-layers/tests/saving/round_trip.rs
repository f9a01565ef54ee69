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

/// TensorFlow's own loader restores the variables, fills the tables and runs by the serving graph alone.
#[test]
fn the_loader_in_c_reads_what_is_saved() {
    hub_core::engine::start().unwrap();
    for name in NAMES {
        let directory = tempfile::tempdir().unwrap();
        let sample = sample(name);
        sample.model.save(path(&directory)).unwrap();
        let mut graph = tensorflow::Graph::new();
        let options = tensorflow::SessionOptions::new();
        let bundle = tensorflow::SavedModelBundle::load(&options, ["serve"], &mut graph, path(&directory));
        let bundle = bundle.unwrap_or_else(|why| panic!("{name}: {why}"));
        let signature = bundle.meta_graph_def().get_signature("serving_default").unwrap();
        let place = |name: &tensorflow::OutputName| (graph.operation_by_name_required(&name.name).unwrap(), name.index);
        let mut names: Vec<&String> = signature.inputs().keys().collect();
        names.sort();
        let fed: Vec<Fed> = sample.x.leaves().into_iter().map(Fed::of).collect();
        assert_eq!(names.len(), fed.len(), "{name}");
        let mut run = tensorflow::SessionRunArgs::new();
        for (input, fed) in names.iter().zip(&fed) {
            let (operation, index) = place(signature.get_input(input).unwrap().name());
            fed.feed(&mut run, &operation, index);
        }
        let outputs = sample.model.output_names().unwrap();
        let tokens: Vec<_> = outputs
            .iter()
            .map(|output| {
                let (operation, index) = place(signature.get_output(output).unwrap().name());
                run.request_fetch(&operation, index)
            })
            .collect();
        bundle.session.run(&mut run).unwrap_or_else(|why| panic!("{name}: {why}"));
        let expected = sample.model.predict_on_batch(sample.x.clone()).unwrap();
        for (token, leaf) in tokens.into_iter().zip(expected.leaves()) {
            let hub_core::Value::Tensor(leaf) = leaf else { panic!("a tensor") };
            let found = match leaf.dtype() {
                hub_core::DType::F64 => {
                    let found: tensorflow::Tensor<f64> = run.fetch(token).unwrap();
                    Tensor::new(leaf.shape(), found.to_vec()).unwrap()
                }
                _ => {
                    let found: tensorflow::Tensor<f32> = run.fetch(token).unwrap();
                    Tensor::new(leaf.shape(), found.to_vec()).unwrap()
                }
            };
            assert_close(&found.into(), &leaf.clone().into(), name);
        }
    }
}

/// A tensor as the crate `tensorflow` has it.
enum Fed {
    F32(tensorflow::Tensor<f32>),
    F64(tensorflow::Tensor<f64>),
    I32(tensorflow::Tensor<i32>),
    String(tensorflow::Tensor<String>),
}

impl Fed {
    fn of(value: &hub_core::Value) -> Fed {
        let hub_core::Value::Tensor(tensor) = value else { panic!("a tensor") };
        let shape: Vec<u64> = tensor.shape().iter().map(|size| *size as u64).collect();
        match tensor.dtype() {
            hub_core::DType::F64 => {
                Fed::F64(tensorflow::Tensor::new(&shape).with_values(tensor.as_slice().unwrap()).unwrap())
            }
            hub_core::DType::I32 => {
                Fed::I32(tensorflow::Tensor::new(&shape).with_values(tensor.as_slice().unwrap()).unwrap())
            }
            hub_core::DType::String => {
                let words = tensor.as_strings().unwrap().iter().map(|word| String::from_utf8(word.clone()).unwrap());
                Fed::String(tensorflow::Tensor::new(&shape).with_values(&words.collect::<Vec<_>>()).unwrap())
            }
            _ => Fed::F32(tensorflow::Tensor::new(&shape).with_values(tensor.as_slice().unwrap()).unwrap()),
        }
    }

    fn feed<'t>(&'t self, run: &mut tensorflow::SessionRunArgs<'t>, at: &tensorflow::Operation, index: i32) {
        match self {
            Fed::F32(tensor) => run.add_feed(at, index, tensor),
            Fed::F64(tensor) => run.add_feed(at, index, tensor),
            Fed::I32(tensor) => run.add_feed(at, index, tensor),
            Fed::String(tensor) => run.add_feed(at, index, tensor),
        }
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
