//! `ModelCheckpoint`: when it saves, and where.

use serde_json::{Value as Json, json};

use super::super::{Callback, Logs, ModelCheckpoint, Training};
use super::{golden, mode, model, number, numbers};
use crate::Model;

fn callback(arguments: &Json) -> ModelCheckpoint {
    let flag = |name: &str| arguments[name] == true;
    let callback = ModelCheckpoint::new(arguments["path"].as_str().unwrap())
        .monitor(arguments["monitor"].as_str().unwrap())
        .save_best_only(flag("save_best_only"))
        .mode(mode(arguments));
    let callback = arguments["save_freq"].as_u64().into_iter().fold(callback, |c, every| c.save_freq(every as usize));
    number(&arguments["initial_value_threshold"]).into_iter().fold(callback, ModelCheckpoint::initial_value_threshold)
}

/// What it would save, as Keras's asks its model to.
#[test]
fn models_are_saved_when_and_where_keras_does() {
    let model = model();
    for case in golden("model_checkpoint") {
        let mut training = Training::new(&model, 1, None);
        let mut callback = callback(&case["arguments"]);
        let every = case["arguments"]["save_freq"].as_u64();
        callback.on_train_begin(&mut training).unwrap();
        let mut seen = 0;
        for (epoch, (value, told)) in
            numbers(&case["values"]).into_iter().zip(case["epochs"].as_array().unwrap()).enumerate()
        {
            callback.on_epoch_begin(&mut training, epoch).unwrap();
            let mut paths = Vec::new();
            for batch in 0..case["batches"].as_u64().unwrap() as usize {
                seen += 1;
                if every == Some(seen) {
                    seen = 0;
                    let logs: Logs = [("loss", 0.5 + batch as f64)].into_iter().collect();
                    paths.extend(callback.due(Some(batch), &logs).unwrap());
                }
            }
            let monitor = case["arguments"]["monitor"].as_str().unwrap();
            let logs: Logs = [("loss", 2.0)].into_iter().chain(value.map(|value| (monitor, value))).collect();
            if every.is_none() {
                paths.extend(callback.due(None, &logs).unwrap());
            }
            assert_eq!(json!(paths), told["paths"], "epoch {epoch} of {case}");
            let best = number(&told["best"]).filter(|best| best.is_finite());
            if case["arguments"]["save_best_only"] == true {
                assert_eq!(callback.best().filter(|best| best.is_finite()), best, "epoch {epoch} of {case}");
            }
        }
    }
}

#[test]
fn what_is_saved_is_the_model_or_its_weights() {
    let mut model = model();
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join("made").join(name);
    let mut training = Training::new(&model, 1, None);
    for _ in 0..2 {
        let mut whole = ModelCheckpoint::new(at("{epoch}"));
        whole.on_epoch_end(&mut training, 0, &Logs::default()).unwrap();
        let mut weights = ModelCheckpoint::new(at("{epoch}.safetensors")).save_weights_only(true);
        weights.on_epoch_end(&mut training, 0, &Logs::default()).unwrap();
    }
    let weights = model.get_weights().unwrap();
    assert_eq!(Model::load(at("1")).unwrap().get_weights().unwrap(), weights);
    model.set_weights(&super::weight(5)).unwrap();
    model.load_weights(at("1.safetensors")).unwrap();
    assert_eq!(model.get_weights().unwrap(), weights);
    let mut training = Training::new(&model, 1, None);
    let error = ModelCheckpoint::new("{val_los}").on_epoch_end(&mut training, 0, &Logs::default()).unwrap_err();
    assert!(error.to_string().contains("val_los"), "{error}");
}
