//! Callbacks beside tf_keras's, with the same made-up logs: `fixtures/callbacks`.

mod csv_logger;
mod early_stopping;
mod learning_rates;
mod model_checkpoint;
mod progress;

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use hub_core::Tensor;
use serde_json::Value as Json;

use super::{Callback, EarlyStopping, LambdaCallback, Logs, Mode, TerminateOnNaN, Training};
use crate::model::Model;
use crate::{Dense, InputLayer, Sequential};

/// The cases of one callback.
fn golden(callback: &str) -> Vec<Json> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/callbacks/golden.json");
    let golden: Json = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let cases = golden[callback].as_array().unwrap().clone();
    assert!(!cases.is_empty());
    cases
}

/// A number as the script writes it; none for `null`.
fn number(json: &Json) -> Option<f64> {
    match json.as_str() {
        Some("NaN") => Some(f64::NAN),
        Some("Infinity") => Some(f64::INFINITY),
        Some("-Infinity") => Some(f64::NEG_INFINITY),
        _ => json.as_f64(),
    }
}

fn numbers(json: &Json) -> Vec<Option<f64>> {
    json.as_array().unwrap().iter().map(number).collect()
}

fn mode(json: &Json) -> Mode {
    match json["mode"].as_str() {
        Some("min") => Mode::Min,
        Some("max") => Mode::Max,
        _ => Mode::Auto,
    }
}

/// The logs with this value, or without any.
fn logs(name: &str, value: Option<f64>) -> Logs {
    value.map(|value| (name, value)).into_iter().collect()
}

/// A model of one weight.
fn model() -> Model {
    let layer = Dense::new(1).use_bias(false);
    Sequential::new().add(InputLayer::new([1])).add(layer).build().unwrap().into()
}

/// The one weight of that model.
fn weight(value: usize) -> Vec<Tensor> {
    vec![Tensor::new(&[1, 1], vec![value as f32]).unwrap()]
}

#[test]
fn terminate_on_nan_stops_where_keras_does() {
    let model = model();
    for case in golden("terminate_on_nan") {
        let mut training = Training::new(&model, 1, None);
        let mut callback = TerminateOnNaN::new();
        let stopped: Vec<bool> = numbers(&case["values"])
            .into_iter()
            .enumerate()
            .map(|(batch, value)| {
                callback.on_train_batch_end(&mut training, batch, &logs("loss", value)).unwrap();
                training.is_stopped()
            })
            .collect();
        assert_eq!(serde_json::json!(stopped), case["stopped"], "{case}");
    }
}

#[test]
fn a_shared_callback_can_be_read_afterwards() {
    let model = model();
    let mut training = Training::new(&model, 3, None);
    let stopping = Arc::new(Mutex::new(EarlyStopping::monitor("loss")));
    let mut callback: Box<dyn Callback> = Box::new(stopping.clone());
    callback.on_train_begin(&mut training).unwrap();
    for (epoch, loss) in [0.5, 0.6].into_iter().enumerate() {
        callback.on_epoch_end(&mut training, epoch, &logs("loss", Some(loss))).unwrap();
    }
    assert_eq!(stopping.lock().unwrap().stopped_epoch(), Some(1));
}

#[test]
fn closures_are_called_with_what_they_ask_for() {
    let model = model();
    let mut training = Training::new(&model, 3, None);
    let mut closures = LambdaCallback::new()
        .on_epoch_end(|training, epoch, logs| {
            assert_eq!((epoch, logs.get("loss")), (2, Some(0.5)));
            training.stop();
            Ok(())
        })
        .on_train_batch_begin(|_, batch| Err(crate::Error::data_source(format!("batch {batch}"))));
    let callback: &mut dyn Callback = &mut closures;
    callback.on_train_begin(&mut training).unwrap();
    callback.on_epoch_begin(&mut training, 2).unwrap();
    assert!(callback.on_train_batch_begin(&mut training, 7).is_err());
    assert!(!training.is_stopped());
    callback.on_epoch_end(&mut training, 2, &logs("loss", Some(0.5))).unwrap();
    assert!(training.is_stopped());
}
