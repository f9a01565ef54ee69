//! Each model saved here and read by Python: both traces, KerasLayer with a step of training, the serving graph, the
//! commands; and what Python makes of it read again here.

use hub_core::{Nest, Structure, Tensor, Value, args};
use hub_fixtures::{Python, assert_close, nest};
use hub_layers::{KerasLayer, Model, Sequential};
use serde_json::{Value as Json, json};

use super::models::{NAMES, RATE, Sample, sample};

/// A nest as `check.py` reads it.
pub(crate) fn written(value: &Structure) -> Json {
    match value {
        Nest::Leaf(Value::Tensor(tensor)) => tensor.to_json(),
        Nest::List(items) => json!({ "list": items.iter().map(written).collect::<Vec<_>>() }),
        Nest::Dict(entries) => {
            let entries: serde_json::Map<_, _> =
                entries.iter().map(|(key, item)| (key.clone(), written(item))).collect();
            json!({ "dict": entries })
        }
        other => panic!("{}", other.kind()),
    }
}

fn close(found: &Json, expected: impl Into<Structure>, what: &str) {
    assert_close(&nest(found), &expected.into(), what);
}

/// The inputs by the names that the signature has for them.
pub(crate) fn feeds(model: &Model, x: &Structure, target: &str) -> Json {
    let loaded = hub_core::load(target).unwrap();
    let signature = &loaded.signatures()["serving_default"];
    let names: Vec<String> = match x {
        Nest::List(_) => vec!["a".into(), "b".into()],
        _ => signature.inputs().unwrap().iter().map(|(name, _)| (*name).to_owned()).collect(),
    };
    assert_eq!(names.len(), x.leaves().len(), "{}", model.name());
    let feeds = names.into_iter().zip(x.leaves()).map(|(name, leaf)| (name, written(&Nest::Leaf(leaf.clone()))));
    Json::Object(feeds.collect())
}

#[test]
fn fault_163_python_reads_every_model_and_trains_it_as_we_do() {
    let Some(mut python) = Python::start("saving/check.py") else { return };
    for name in NAMES {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("model");
        let mut sample = sample(name);
        sample.model.save(&target).unwrap_or_else(|why| panic!("{name}: {why:?}"));
        let target = target.to_str().unwrap();
        let x = written(&sample.x);
        let predicted = sample.model.predict_on_batch(sample.x.clone()).unwrap();
        let what = |part: &str| format!("{name}: {part}");
        close(&python.ask(json!({"call": target, "args": [x]})), predicted.clone(), &what("__call__"));
        let literal = |training: bool| json!({ "literal": training });
        let called = python.ask(json!({"call": target, "args": [x, literal(false)]}));
        close(&called, predicted.clone(), &what("not training"));
        python.ask(json!({"call": target, "args": [x, literal(true)]}));

        let feeds = feeds(&sample.model, &sample.x, target);
        let session = python.ask(json!({"session": target, "signature": "serving_default", "feeds": feeds}));
        let names = sample.model.output_names().unwrap();
        for (name, leaf) in names.iter().zip(predicted.leaves()) {
            close(&session[name], Nest::Leaf(leaf.clone()), &what("the serving graph"));
        }
        let shown = python.ask(json!({ "show": target }));
        let shown = shown.as_str().unwrap();
        assert!(shown.contains("signature_def['serving_default']") && shown.contains("__call__"), "{name}: {shown}");
        step_by_step(&mut python, &mut sample, target);
    }
}

/// One step of training there and here.
fn step_by_step(python: &mut Python, sample: &mut Sample, target: &str) {
    let (x, y) = (written(&sample.x), written(&sample.y));
    let theirs = python.ask(json!({"train": target, "args": [x], "labels": y, "rate": RATE}));
    let what = |part: &str| format!("{}: {part}", sample.name);
    let trainable: Vec<String> =
        sample.model.trainable_weights().unwrap().iter().map(|weight| format!("{}:0", weight.name())).collect();
    assert_eq!(theirs["trainable"], json!(trainable), "{}", sample.name);
    if !sample.exact {
        return;
    }
    let logs = sample.model.train_on_batch((sample.x.clone(), sample.y.clone())).unwrap();
    let loss: f64 = match nest(&theirs["loss"]).tensor().unwrap() {
        loss if loss.dtype() == hub_core::DType::F64 => loss.item().unwrap(),
        loss => loss.item::<f32>().unwrap().into(),
    };
    assert!((logs.get("loss").unwrap() - loss).abs() <= 1e-5 * loss.abs(), "{}: {logs:?} {loss}", sample.name);
    let (trained, others): (Vec<_>, Vec<_>) =
        sample.model.weights().unwrap().into_iter().partition(|weight| weight.is_trainable());
    let ours: Vec<Tensor> = trained.iter().chain(&others).map(|weight| weight.value().unwrap()).collect();
    let found = theirs["weights"].as_array().unwrap();
    assert_eq!(found.len(), ours.len(), "{}", sample.name);
    for (found, ours) in found.iter().zip(ours) {
        same_weight(nest(found).tensor().unwrap(), &ours, &what("a weight after a step"));
    }
}

/// After a step: what gradients differ by is a share of the largest.
fn same_weight(found: &Tensor, ours: &Tensor, what: &str) {
    let doubles = |tensor: &Tensor| -> Vec<f64> {
        match tensor.as_slice::<f64>() {
            Ok(values) => values.to_vec(),
            Err(_) => tensor.as_slice::<f32>().unwrap().iter().map(|value| f64::from(*value)).collect(),
        }
    };
    assert_eq!((found.dtype(), found.shape()), (ours.dtype(), ours.shape()), "{what}");
    let share = if ours.dtype() == hub_core::DType::F64 { 1e-10 } else { 1e-5 };
    let (found, ours) = (doubles(found), doubles(ours));
    let largest = ours.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    for (found, ours) in found.iter().zip(&ours) {
        assert!((found - ours).abs() <= share * largest, "{what}: {found} is not {ours}");
    }
}

#[test]
fn the_commands_of_tensorflow_read_models() {
    let Some(mut python) = Python::start("saving/check.py") else { return };
    for name in ["dense", "text", "two_inputs", "words_one_hot", "resized"] {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("model");
        let sample = sample(name);
        sample.model.save(&target).unwrap();
        let target = target.to_str().unwrap();
        let feeds = feeds(&sample.model, &sample.x, target);
        let printed = python.ask(json!({"run": target, "signature": "serving_default", "feeds": feeds}));
        let predicted = sample.model.predict_on_batch(sample.x.clone()).unwrap();
        for (output, leaf) in sample.model.output_names().unwrap().iter().zip(predicted.leaves()) {
            close(&printed[output], Nest::Leaf(leaf.clone()), name);
        }
    }
}

#[test]
fn a_model_goes_to_python_and_back_and_there_again() {
    let Some(mut python) = Python::start("saving/check.py") else { return };
    for name in
        ["keras_module", "text", "regularised", "batch_norm", "texts_adapted", "words_as_numbers", "random_images"]
    {
        let directory = tempfile::tempdir().unwrap();
        let [first, second, third] = ["first", "second", "third"].map(|name| directory.path().join(name));
        let sample = sample(name);
        let expected = sample.model.predict_on_batch(sample.x.clone()).unwrap();
        sample.model.save(&first).unwrap();
        python.ask(json!({"resave": first, "to": second}));
        let loaded = hub_core::load(second.to_str().unwrap()).unwrap();
        assert_close(&loaded.call(args![sample.x.clone(), training = false]).unwrap(), &expected, name);
        // As a layer of a new model, saved once more.
        let layer = KerasLayer::new(&loaded).unwrap().trainable(true);
        let outer: Model = Sequential::new().add(layer).build().unwrap().into();
        assert_close(&outer.predict_on_batch(sample.x.clone()).unwrap(), &expected, name);
        outer.save(&third).unwrap();
        let found = python.ask(json!({"call": third, "args": [written(&sample.x)]}));
        close(&found, expected.clone(), name);
        let again = Model::load(&third).unwrap();
        assert_close(&again.predict_on_batch(sample.x.clone()).unwrap(), &expected, name);
        assert_eq!(again.trainable_weights().unwrap().len(), sample.model.trainable_weights().unwrap().len(), "{name}");
        let losses = loaded.regularization_losses().len();
        assert_eq!(hub_core::load(third.to_str().unwrap()).unwrap().regularization_losses().len(), losses, "{name}");
        let layer = python.ask(json!({"layer": third, "args": [written(&sample.x)], "training": true}));
        assert_eq!(layer["losses"].as_array().unwrap().len(), losses, "{name}");
    }
}

#[test]
fn a_module_of_modules_is_saved_twice_over() {
    let directory = tempfile::tempdir().unwrap();
    let [first, second] = ["first", "second"].map(|name| directory.path().join(name));
    let inner = sample("trained_module");
    inner.model.save(&first).unwrap();
    let layer = KerasLayer::new(first.to_str().unwrap()).unwrap().trainable(true);
    let outer: Model = Sequential::new().add(layer).build().unwrap().into();
    outer.save(&second).unwrap();
    let expected = inner.model.predict_on_batch(inner.x.clone()).unwrap();
    assert_close(&Model::load(&second).unwrap().predict_on_batch(inner.x.clone()).unwrap(), &expected, "taken up");
    let Some(mut python) = Python::start("saving/check.py") else { return };
    close(&python.ask(json!({"call": second, "args": [written(&inner.x)]})), expected, "Python");
}
