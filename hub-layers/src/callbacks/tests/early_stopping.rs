//! `EarlyStopping`: when it stops, and which weights it leaves.

use serde_json::Value as Json;

use super::super::{Callback, EarlyStopping, Training};
use super::{golden, logs, mode, model, number, numbers, weight};

fn callback(arguments: &Json) -> EarlyStopping {
    let count = |name: &str| arguments[name].as_u64().unwrap_or(0) as usize;
    let mut callback = EarlyStopping::monitor(arguments["monitor"].as_str().unwrap())
        .patience(count("patience"))
        .start_from_epoch(count("start_from_epoch"))
        .min_delta(number(&arguments["min_delta"]).unwrap_or(0.0))
        .restore_best_weights(arguments["restore_best_weights"] == true)
        .mode(mode(arguments));
    if let Some(baseline) = number(&arguments["baseline"]) {
        callback = callback.baseline(baseline);
    }
    callback
}

#[test]
fn it_stops_and_restores_where_keras_does() {
    let mut model = model();
    for case in golden("early_stopping") {
        let monitor = case["arguments"]["monitor"].as_str().unwrap();
        let values = numbers(&case["values"]);
        let mut callback = callback(&case["arguments"]);
        // A callback may be used again.
        for _ in 0..2 {
            model.set_weights(&weight(0)).unwrap();
            let mut training = Training::new(&model, values.len(), None);
            callback.on_train_begin(&mut training).unwrap();
            let mut epochs = 0;
            for (epoch, value) in values.iter().enumerate() {
                training.set_weights(&weight(epoch)).unwrap();
                callback.on_epoch_end(&mut training, epoch, &logs(monitor, *value)).unwrap();
                epochs += 1;
                if let Some(best) = callback.best_epoch() {
                    assert_eq!(best, case["epochs"][epoch]["best_epoch"], "epoch {epoch} of {case}");
                }
                if training.is_stopped() {
                    break;
                }
            }
            callback.on_train_end(&mut training, &logs(monitor, None)).unwrap();
            assert_eq!(epochs, case["epochs"].as_array().unwrap().len(), "{case}");
            assert_eq!(training.is_stopped(), case["stopped"], "{case}");
            assert_eq!(callback.stopped_epoch().unwrap_or(0), case["stopped_epoch"], "{case}");
            let left = case["weights"].as_u64().unwrap_or(0) as usize;
            assert_eq!(model.get_weights().unwrap(), weight(left), "{case}");
        }
    }
}
