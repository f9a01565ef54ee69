//! Whole models in training, against tf_keras: `fixtures/training/recipes.json`.
//!
//! Each recipe is built by the public API from the same weights and trained on the same data in the same order. In
//! float64, 50 steps agree to 1e-9: the loss after each, losses and metrics of each epoch, all weights in the end. In
//! float32, where numbers drift, the losses of the first five agree to 1e-4.

#[path = "../configs/mod.rs"]
mod configs;
#[path = "../golden/mod.rs"]
mod golden;
mod layers;

use std::collections::BTreeMap;

use hub_core::{DType, Nest, Structure, Tensor};
use hub_layers::callbacks::{Callback, Logs, Training};
use hub_layers::{Compile, Element, Fit, Model, Result};
use serde_json::Value as Json;

/// The loss of the epoch so far, after each step.
#[derive(Default)]
struct Losses(Vec<f64>);

impl Callback for Losses {
    fn on_train_batch_end(&mut self, _: &mut Training<'_>, _: usize, logs: &Logs) -> Result<()> {
        self.0.extend(logs.get("loss"));
        Ok(())
    }
}

/// How far from Python numbers may be: of the largest there, and of each.
#[derive(Clone, Copy)]
struct Near {
    name: &'static str,
    relative: f64,
}

fn assert_near(what: &str, found: &[f64], expected: &[f64], near: Near) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let largest = expected.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        let distance = (found - expected).abs();
        let allowed = near.relative * expected.abs().max(1e-3 * largest).max(1e-9);
        assert!(distance <= allowed, "{what}, {index} ({}): found {found:e}, expected {expected:e}", near.name);
    }
}

fn numbers(json: &Json) -> Vec<f64> {
    json.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

fn wide(tensor: &Tensor) -> Vec<f64> {
    match tensor.dtype() {
        DType::F32 => tensor.as_slice::<f32>().unwrap().iter().copied().map(f64::from).collect(),
        _ => tensor.as_slice::<f64>().unwrap().to_vec(),
    }
}

fn tensor(json: &Json) -> Tensor {
    Tensor::from_json(json, None).unwrap()
}

fn by_name(json: &Json) -> BTreeMap<&str, Tensor> {
    json.as_object().unwrap().iter().map(|(name, value)| (name.as_str(), tensor(value))).collect()
}

/// Sets every weight by its name, and checks that both sides have the same ones.
fn set_weights(model: &mut Model, values: &BTreeMap<&str, Tensor>) {
    let names: Vec<String> = model.weights().unwrap().iter().map(|weight| weight.name().to_owned()).collect();
    let mut sorted: Vec<&str> = names.iter().map(String::as_str).collect();
    sorted.sort_unstable();
    assert_eq!(sorted, values.keys().copied().collect::<Vec<_>>(), "names of weights");
    let ordered: Vec<Tensor> = names.iter().map(|name| values[name.as_str()].clone()).collect();
    model.set_weights(&ordered).unwrap();
}

fn compile(recipe: &Json) -> Compile {
    let optimizer = configs::optimizer(&recipe["optimizer"]);
    if recipe["outputs"].is_null() {
        let mut compile = Compile::new(optimizer, configs::loss(&recipe["loss"]));
        for metric in recipe["metrics"].as_array().unwrap() {
            compile = compile.metric(configs::metric(metric));
        }
        for metric in recipe["weighted_metrics"].as_array().unwrap() {
            compile = compile.weighted_metric(configs::metric(metric));
        }
        return compile;
    }
    let by_output = |key: &str| recipe[key].as_object().unwrap().clone();
    let mut compile = Compile::by_output(optimizer);
    for (output, loss) in by_output("loss") {
        compile = compile.loss_for(output, configs::loss(&loss));
    }
    for (output, weight) in by_output("loss_weights") {
        compile = compile.loss_weight(output, weight.as_f64().unwrap());
    }
    for (output, metrics) in by_output("metrics") {
        for metric in metrics.as_array().unwrap() {
            compile = compile.metric_for(&output, configs::metric(metric));
        }
    }
    compile
}

/// One tensor, or several as a list.
fn one_or_several(json: &Json) -> Structure {
    let tensors: Vec<Tensor> = json.as_array().unwrap().iter().map(tensor).collect();
    match tensors.as_slice() {
        [only] => only.clone().into(),
        several => Nest::List(several.iter().cloned().map(Structure::from).collect()),
    }
}

fn data(recipe: &Json) -> Element {
    let element = Element::new(one_or_several(&recipe["x"])).unwrap().labels(one_or_several(&recipe["y"])).unwrap();
    match recipe["sample_weight"].is_null() {
        true => element,
        false => element.weights(tensor(&recipe["sample_weight"])).unwrap(),
    }
}

fn fit(recipe: &Json) -> Fit<'_> {
    let count = |key: &str| recipe[key].as_u64().map(|count| count as usize);
    let mut fit = Fit::new().epochs(count("epochs").unwrap()).batch_size(count("batch_size").unwrap()).shuffle(false);
    if let Some(steps) = count("steps") {
        fit = fit.steps_per_epoch(steps);
    }
    if let [x, y] = recipe["validation"].as_array().map_or(&[][..], Vec::as_slice) {
        fit = fit.validation_data((tensor(x), tensor(y)));
    }
    if let Some(weights) = recipe["class_weight"].as_object() {
        fit =
            fit.class_weight(weights.iter().map(|(class, weight)| (class.parse().unwrap(), weight.as_f64().unwrap())));
    }
    fit
}

fn run(recipe: &Json) {
    let name = format!("{} in {}", golden::text(&recipe["name"]), golden::text(&recipe["dtype"]));
    let double = recipe["dtype"] == "float64";
    let near = if double { Near { name: "float64", relative: 1e-9 } } else { Near { name: "float32", relative: 1e-4 } };
    let mut model = layers::build(recipe);
    set_weights(&mut model, &by_name(&recipe["initial"]));
    model.compile(compile(recipe)).unwrap();
    let mut losses = Losses::default();
    let history = model.fit(data(recipe), fit(recipe).callback(&mut losses)).unwrap();
    let expected = numbers(&recipe["losses"]);
    assert_eq!(expected.len(), if double { 50 } else { 5 }, "{name}: steps");
    assert_near(&format!("{name}: loss"), &losses.0, &expected, near);
    for (metric, values) in recipe["history"].as_object().unwrap() {
        assert_near(&format!("{name}: {metric}"), history.get(metric), &numbers(values), near);
    }
    if double {
        let found = model.weights().unwrap();
        let mut expected = by_name(&recipe["final"]);
        for weight in found {
            let expected = expected.remove(weight.name()).unwrap();
            assert_near(&format!("{name}: {}", weight.name()), &wide(&weight.value().unwrap()), &wide(&expected), near);
        }
        assert!(expected.is_empty());
    }
}

/// Runs the recipes of these names; every recipe belongs to one of the tests below. Gives their number.
fn run_all(of: &str, is_one: impl Fn(&str) -> bool) -> usize {
    let recipes = golden::read("training/recipes.json");
    let chosen: Vec<_> = recipes.as_array().unwrap().iter().filter(|r| is_one(golden::text(&r["name"]))).collect();
    let failed: Vec<String> = chosen
        .iter()
        .filter_map(|recipe| {
            let panic = std::panic::catch_unwind(|| run(recipe)).err()?;
            let message = panic.downcast_ref::<String>().cloned();
            Some(message.unwrap_or_else(|| format!("{}: panicked", recipe["name"])))
        })
        .collect();
    assert!(failed.is_empty(), "{of}: {} of {} recipes:\n{}", failed.len(), chosen.len(), failed.join("\n"));
    chosen.len()
}

const HUB: &str = "hub model";
const EMBEDDING: &str = "Embedding";

fn is_of_layers(name: &str) -> bool {
    name.starts_with(char::is_uppercase) && !name.contains("Decay") && !name.starts_with(EMBEDDING)
}

#[test]
fn optimizers_losses_and_metrics() {
    let count =
        run_all("optimizers", |name| !is_of_layers(name) && !name.starts_with(HUB) && !name.starts_with(EMBEDDING));
    assert_eq!(count, 24);
}

#[test]
fn layers_of_keras() {
    assert_eq!(run_all("layers", is_of_layers), 8);
}

#[test]
fn sparse_gradients() {
    assert_eq!(run_all("embeddings", |name| name.starts_with(EMBEDDING)), 6);
}

#[test]
fn hub_models() {
    assert_eq!(run_all("hub models", |name| name.starts_with(HUB)), 4);
}
