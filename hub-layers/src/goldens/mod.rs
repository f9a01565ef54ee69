//! Losses, metrics, optimizers and the rest against tf_keras, one by one: `fixtures/training/pieces.json`.
//!
//! Inside the crate, for updates and metrics are run here without a model. Whole models are in `tests/parity.rs`.

mod losses;
mod metrics;
mod optimizers;
mod weights;

#[path = "../../tests/configs/mod.rs"]
mod configs;

use std::collections::BTreeSet;

use hub_core::Tensor;
use serde_json::Value as Json;

/// How far from Python a number may be, relative to it or to 1.
const NEAR: f64 = 1e-9;

/// The cases of one kind.
fn cases(kind: &str) -> Json {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/training/pieces.json");
    let golden: Json = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    golden[kind].clone()
}

fn tensor(json: &Json) -> Tensor {
    Tensor::from_json(json, None).unwrap()
}

fn maybe_tensor(json: &Json) -> Option<Tensor> {
    (!json.is_null()).then(|| tensor(json))
}

fn assert_near(what: &str, found: f64, expected: f64) {
    let near = (found - expected).abs() <= NEAR * expected.abs().max(1e-3);
    assert!(near || (found.is_nan() && expected.is_nan()), "{what}: found {found:e}, expected {expected:e}");
}

fn assert_all_near(what: &str, found: &Tensor, expected: &Tensor) {
    assert_eq!(found.shape(), expected.shape(), "{what}");
    let (found, expected) = (found.as_slice::<f64>().unwrap(), expected.as_slice::<f64>().unwrap());
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert_near(&format!("{what}, element {index}"), *found, *expected);
    }
}

/// What a case is, for messages.
fn name(case: &Json) -> String {
    format!("{} {}", case["class_name"].as_str().unwrap(), case["config"])
}

/// Every class that cases name; a test says which there are to be.
fn classes(cases: &Json) -> BTreeSet<&str> {
    cases.as_array().unwrap().iter().map(|case| case["class_name"].as_str().unwrap()).collect()
}
