//! What is saved for others: weights alone, a loaded model that was trained, a model that only predicts, an archive.

use std::path::Path;

use hub_core::{Error as CoreError, Hub, Nest, Settings, Tensor, args, load};
use hub_fixtures::server::{Answer, Server};
use hub_fixtures::{Python, assert_close, nest};
use hub_layers::layers::{BatchNormalization, Dense, InputLayer};
use hub_layers::{Compile, Error, KerasLayer, Model, SaveOptions, Sequential, WeightsOptions};
use serde_json::json;

use super::models::{NAMES, sample};
use super::python::written;

fn differences(error: &Error) -> &[String] {
    match error {
        Error::Core(CoreError::WeightsMismatch { differences, .. }) => differences,
        other => panic!("{other}"),
    }
}

#[test]
fn weights_come_back_from_both_kinds_of_files() {
    let directory = tempfile::tempdir().unwrap();
    for name in NAMES {
        for file in ["weights.safetensors", "weights"] {
            let path = directory.path().join(name).join(file);
            let mut trained = sample(name);
            trained.model.train_on_batch((trained.x.clone(), trained.y.clone())).unwrap();
            trained.model.save_weights(&path).unwrap_or_else(|why| panic!("{name} {file}: {why:?}"));
            let exists = trained.model.save_weights(&path).unwrap_err();
            assert!(matches!(exists, Error::Core(CoreError::SaveExists { .. })), "{exists}");
            trained.model.save_weights_with(&path, &WeightsOptions::new().overwrite(true)).unwrap();
            let mut fresh = sample(name).model;
            assert_ne!(fresh.get_weights().unwrap(), trained.model.get_weights().unwrap(), "{name}");
            fresh.load_weights(&path).unwrap_or_else(|why| panic!("{name} {file}: {why:?}"));
            assert_eq!(fresh.get_weights().unwrap(), trained.model.get_weights().unwrap(), "{name} {file}");
        }
    }
}

#[test]
fn fault_164_weights_of_another_architecture_change_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let source = sample("dense").model;
    let other = Sequential::new().seed(9).add(InputLayer::new([3])).add(Dense::new(5).name("dense"));
    let mut other = other.add(BatchNormalization::new()).add(Dense::new(2).use_bias(false)).build().unwrap();
    let before = other.get_weights().unwrap();
    for file in ["weights.safetensors", "weights"] {
        let path = directory.path().join(file);
        source.save_weights(&path).unwrap();
        let error = other.load_weights(&path).unwrap_err();
        let told = differences(&error).join("\n");
        // All at once: another shape, what is missing, what the model does not have.
        assert!(told.contains("`dense/kernel`: expected float32 [3, 5], found float32 [3, 4]"), "{told}");
        assert!(
            told.contains("`batch_normalization/gamma` is missing") || told.contains("`batch_normalization/moving"),
            "{told}"
        );
        assert!(told.contains("is not of the model"), "{told}");
        assert_eq!(other.get_weights().unwrap(), before, "nothing has changed");
    }
    let nowhere = other.load_weights(directory.path().join("nothing")).unwrap_err();
    assert!(matches!(nowhere, Error::Core(CoreError::MissingVariables { .. })), "{nowhere}");
    // A whole model of another architecture is its own architecture.
    let path = directory.path().join("model");
    source.save(&path).unwrap();
    assert_eq!(Model::load(&path).unwrap().get_weights().unwrap(), source.get_weights().unwrap());
}

#[test]
fn layers_are_loaded_by_their_names() {
    let directory = tempfile::tempdir().unwrap();
    let source = sample("dense").model;
    let names: Vec<String> = source.layers().map(|(name, _)| name.to_owned()).collect();
    let build = |last| {
        let layers = Sequential::new().seed(5).add(InputLayer::new([3])).add(Dense::new(4).name(names[0].clone()));
        layers.add(Dense::new(last).name("another")).build().unwrap()
    };
    let path = directory.path().join("some.safetensors");
    source.save_weights_with(&path, &WeightsOptions::new().layer(&names[0])).unwrap();
    let whole = directory.path().join("whole");
    source.save_weights(&whole).unwrap();
    for path in [&path, &whole] {
        let mut other = build(7);
        let last = other.layer_weights("another").unwrap();
        other.load_weights_with(path, &WeightsOptions::new().layer(&names[0])).unwrap();
        assert_eq!(other.layer_weights(&names[0]).unwrap(), source.layer_weights(&names[0]).unwrap());
        assert_eq!(other.layer_weights("another").unwrap(), last);
        let unknown = other.load_weights_with(path, &WeightsOptions::new().layer("nobody")).unwrap_err();
        assert!(matches!(unknown, Error::BadConfig { .. }), "{unknown}");
    }
    let part = source.save_weights_with(directory.path().join("part"), &WeightsOptions::new().layer(&names[0]));
    assert!(matches!(part.unwrap_err(), Error::Core(CoreError::Unsupported { .. })));
}

#[test]
fn keras_reads_our_checkpoints_and_we_read_its() {
    let Some(mut python) = Python::start("saving/check.py") else { return };
    for name in ["dense", "batch_norm", "convolution", "embedding", "shared_layer"] {
        let directory = tempfile::tempdir().unwrap();
        let [ours, theirs] = ["ours", "theirs"].map(|name| directory.path().join(name));
        let mut sample = sample(name);
        sample.model.train_on_batch((sample.x.clone(), sample.y.clone())).unwrap();
        sample.model.save_weights(&ours).unwrap();
        let architecture = sample.model.to_json().unwrap();
        let question = json!({"keras": architecture, "weights": ours, "args": [written(&sample.x)], "save": theirs});
        let found = python.ask(question);
        let expected = sample.model.predict_on_batch(sample.x.clone()).unwrap();
        assert_close(&nest(&found), &expected, name);
        let mut fresh = Model::from_json(&architecture).unwrap();
        fresh.predict(sample.x.clone()).unwrap();
        fresh.load_weights(&theirs).unwrap_or_else(|why| panic!("{name}: {why:?}"));
        assert_eq!(fresh.get_weights().unwrap(), sample.model.get_weights().unwrap(), "{name}");
    }
}

#[test]
fn a_loaded_model_is_exported_with_what_it_has_learned() {
    let directory = tempfile::tempdir().unwrap();
    let mut sample = sample("trained_module");
    for _ in 0..2 {
        sample.model.train_on_batch((sample.x.clone(), sample.y.clone())).unwrap();
    }
    let path = directory.path().join("module");
    sample.model.export_hub_model("keras_layer", &path).unwrap();
    let original = load(&hub_fixtures::model("digits_features")).unwrap();
    let exported = load(path.to_str().unwrap()).unwrap();
    let old_bytes = std::fs::read(hub_fixtures::folder("digits_features/model/saved_model.pb")).unwrap();
    assert!(std::fs::read(path.join("saved_model.pb")).unwrap() == old_bytes, "the graph is what it was");
    assert_eq!(exported.signatures().names(), original.signatures().names());
    let keys = |model: &hub_core::LoadedModel| -> Vec<String> {
        model.all_variables().iter().map(|variable| variable.checkpoint_key().to_owned()).collect()
    };
    assert_eq!(keys(&exported), keys(&original));
    let again = KerasLayer::new(&exported).unwrap();
    let layered = Sequential::new().add(again).build().unwrap();
    assert_eq!(layered.get_weights().unwrap(), sample.model.layer_weights("keras_layer").unwrap());
    assert_ne!(exported.call(sample.x.clone()).unwrap(), original.call(sample.x.clone()).unwrap());
    let refused = sample.model.export_hub_model("dense", directory.path().join("none")).unwrap_err();
    assert!(matches!(refused, Error::BadConfig { .. }), "{refused}");

    // Out of a model that was saved and taken up again, the same functions with the same values.
    let whole = directory.path().join("whole");
    sample.model.save(&whole).unwrap();
    let second = directory.path().join("second");
    Model::load(&whole).unwrap().export_hub_model("keras_layer", &second).unwrap();
    let second = load(second.to_str().unwrap()).unwrap();
    assert_eq!(second.signatures().names(), original.signatures().names());
    let images = sample.x.clone();
    assert_close(&second.call(images.clone()).unwrap(), &exported.call(images.clone()).unwrap(), "taken up");
    let name = original.signatures().names()[0].to_owned();
    let [ours, theirs] = [&second, &exported].map(|model| model.signatures()[&name].call(images.clone()).unwrap());
    assert_close(&ours, &theirs, "the signature");
    let Some(mut python) = Python::start("saving/check.py") else { return };
    let layer = python.ask(json!({"layer": path, "args": [written(&images)], "training": false}));
    assert_close(&nest(&layer["output"]), &exported.call(args![images, training = false]).unwrap(), "Python");
    assert!(layer["gradients"].as_array().unwrap().iter().any(|gradient| !gradient.is_null()));
}

#[test]
fn models_without_variables_predict_the_same() {
    let mut python = Python::start("saving/check.py");
    for name in NAMES {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("frozen");
        let sample = sample(name);
        sample.model.export_for_inference(&path).unwrap_or_else(|why| panic!("{name}: {why:?}"));
        let frozen = load(path.to_str().unwrap()).unwrap();
        let expected = sample.model.predict_on_batch(sample.x.clone()).unwrap();
        assert_close(&frozen.call(sample.x.clone()).unwrap(), &expected, name);
        assert!(frozen.all_variables().is_empty(), "{name}");
        assert_eq!(frozen.signatures().names(), ["serving_default"], "{name}");
        let foreign = Model::load(&path).unwrap_err();
        assert!(matches!(foreign, Error::NotSavedHere { .. }) && foreign.hint().is_some(), "{foreign}");
        if let (Some(python), true) = (&mut python, ["text", "embedding", "keras_module"].contains(&name)) {
            let feeds = super::python::feeds(&sample.model, &sample.x, path.to_str().unwrap());
            let found = python.ask(json!({"session": path, "signature": "serving_default", "feeds": feeds}));
            let output = &sample.model.output_names().unwrap()[0];
            assert_close(&nest(&found[output]), &expected, name);
        }
    }
}

#[test]
fn an_archive_is_what_a_server_sends() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("text.tar.gz");
    let sample = sample("text");
    sample.model.save_archive(&file).unwrap();
    let exists = sample.model.save_archive(&file).unwrap_err();
    assert!(matches!(exists, Error::Core(CoreError::SaveExists { .. })), "{exists}");
    sample.model.save_archive_with(&file, &SaveOptions::new().overwrite(true)).unwrap();
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1, "nothing else is left");
    let server = Server::start();
    server.on("/models/text/1", Answer::archive(std::fs::read(&file).unwrap()));
    let cache = |name: &str| directory.path().join(name);
    let hub = Hub::with_settings(Settings::from_lookup(|_| None).cache_dir(cache("ours")));
    let resolved = hub.resolve(&server.url("/models/text/1")).unwrap();
    let expected = sample.model.predict(sample.x.clone()).unwrap();
    assert_eq!(Model::load(&resolved).unwrap().predict(sample.x.clone()).unwrap(), expected);
    let Some(mut python) = Python::start("saving/check.py") else { return };
    let found = python.ask(json!({"resolve": server.url("/models/text/1"), "cache": cache("theirs")}));
    let theirs = Path::new(found.as_str().unwrap());
    assert_eq!(
        std::fs::read(theirs.join("saved_model.pb")).unwrap(),
        std::fs::read(resolved.join("saved_model.pb")).unwrap()
    );
}

#[test]
fn what_has_no_config_is_saved_for_others() {
    #[derive(Debug)]
    struct Double;
    impl hub_layers::Layer for Double {
        fn class_name(&self) -> &str {
            "Double"
        }

        fn call<'g>(
            &self,
            call: &mut hub_layers::Call<'g>,
            inputs: Nest<hub_core::graph::Node<'g>>,
        ) -> hub_layers::Result<Nest<hub_core::graph::Node<'g>>> {
            Ok(Nest::Leaf(call.place().single(&inputs)? * 2.0))
        }
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("model");
    let model = Sequential::new().add(InputLayer::new([1])).add(Double).build().unwrap();
    model.save(&path).unwrap();
    let found = load(path.to_str().unwrap()).unwrap().call(Tensor::from([[2.0_f32]])).unwrap();
    assert_eq!(found.tensor().unwrap(), &Tensor::from([[4.0_f32]]));
    let error = Model::load(&path).unwrap_err();
    assert!(matches!(&error, Error::NoConfig { what, .. } if what.contains("Double")), "{error}");
}

#[test]
fn compiled_models_keep_what_they_were_compiled_with() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("model");
    let mut sample = sample("two_inputs");
    let compile = Compile::new("adam", "mse").metric("mae").loss_weight("dense_2", 0.5);
    sample.model.compile(compile).unwrap();
    sample.model.train_on_batch((sample.x.clone(), sample.y.clone())).unwrap();
    sample.model.set_learning_rate(0.3).unwrap();
    sample.model.save(&path).unwrap();
    let mut again = Model::load(&path).unwrap();
    assert_eq!(again.learning_rate().unwrap(), Some(0.3));
    assert_eq!(again.compile_config().unwrap(), sample.model.compile_config().unwrap());
    let data = || (sample.x.clone(), sample.y.clone());
    let (ours, theirs) = (again.train_on_batch(data()).unwrap(), sample.model.train_on_batch(data()).unwrap());
    assert_eq!(ours, theirs);
    assert_eq!(again.get_weights().unwrap(), sample.model.get_weights().unwrap());
    let plain = directory.path().join("plain");
    sample.model.save_with(&plain, &SaveOptions::new().include_optimizer(false)).unwrap();
    assert!(!Model::load(&plain).unwrap().is_compiled());
}
