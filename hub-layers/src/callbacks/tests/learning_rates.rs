//! `ReduceLROnPlateau`: the rates it comes to.

use serde_json::Value as Json;

use super::super::{Callback, ReduceLROnPlateau, Training};
use super::{golden, mode, model, number, numbers};
use crate::error::Error;

fn callback(arguments: &Json) -> ReduceLROnPlateau {
    let count = |name: &str, default: u64| arguments[name].as_u64().unwrap_or(default) as usize;
    let value = |name: &str, default: f64| number(&arguments[name]).unwrap_or(default);
    ReduceLROnPlateau::monitor(arguments["monitor"].as_str().unwrap())
        .patience(count("patience", 10))
        .cooldown(count("cooldown", 0))
        .factor(value("factor", 0.1))
        .min_delta(value("min_delta", 1e-4))
        .min_lr(value("min_lr", 0.0))
        .mode(mode(arguments))
}

#[test]
fn rates_fall_as_in_keras() {
    for case in golden("reduce_lr_on_plateau") {
        let mut callback = callback(&case["arguments"]);
        let mut rate = case["rate"].as_f64().unwrap();
        let mut rates = Vec::new();
        for value in numbers(&case["values"]) {
            if value.is_some_and(|value| callback.is_due(value)) {
                rate = callback.lowered(rate).unwrap_or(rate);
            }
            rates.push(Some(rate));
        }
        assert_eq!(rates, numbers(&case["rates"]), "{case}");
    }
}

#[test]
fn factors_that_do_not_lower_are_refused() {
    let model = model();
    for factor in [1.0, 2.0, f64::NAN] {
        let error = ReduceLROnPlateau::new().factor(factor).on_train_begin(&mut Training::new(&model, 1, None));
        assert!(matches!(error, Err(Error::BadConfig { argument, .. }) if argument == "factor"));
    }
}
