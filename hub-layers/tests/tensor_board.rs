//! Files of events: `fixtures/callbacks/tensor_board.json` has what tf_keras writes, and TensorBoard itself reads ours.

use std::collections::BTreeMap;
use std::path::Path;

use hub_core::Tensor;
use hub_fixtures::Python;
use hub_layers::callbacks::{TensorBoard, Verbose};
use hub_layers::optimizers::SGD;
use hub_layers::{Compile, Dense, Fit, History, InputLayer, Model, Sequential};
use serde_json::{Value as Json, json};

/// The model of the script, with its weights.
fn model(weights: &Json) -> Model {
    let layers = Sequential::new().add(InputLayer::new([3])).add(Dense::new(5).name("hidden"));
    let mut model: Model = layers.add(Dense::new(1).name("out")).build().unwrap().into();
    let tensor = |json: &Json| {
        let numbers =
            |json: &Json| json.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect::<Vec<_>>();
        let shape: Vec<usize> = numbers(&json["shape"]).into_iter().map(|size| size as usize).collect();
        Tensor::new(&shape, numbers(&json["values"]).into_iter().map(|value| value as f32).collect()).unwrap()
    };
    model.set_weights(&weights.as_array().unwrap().iter().map(tensor).collect::<Vec<_>>()).unwrap();
    model.compile(Compile::new(SGD::new(0.0), "mse").metric("mae")).unwrap();
    model
}

fn fit(model: &mut Model, callback: TensorBoard) -> History {
    let range = |count: usize| (0..count).map(|value| value as f32 / count as f32).collect::<Vec<_>>();
    let (x, y) = (Tensor::new(&[8, 3], range(24)).unwrap(), Tensor::new(&[8, 1], range(8)).unwrap());
    let fit = Fit::new().epochs(2).batch_size(4).verbose(Verbose::Silent).validation_data((&x, &y)).callback(callback);
    model.fit((&x, &y), fit).unwrap()
}

fn callback(log_dir: &Path, arguments: &Json) -> TensorBoard {
    let count = |name: &str| arguments[name].as_u64().map(|count| count as usize);
    let callback = TensorBoard::new(log_dir)
        .histogram_freq(count("histogram_freq").unwrap_or(0))
        .write_graph(arguments["write_graph"] != false)
        .write_steps_per_second(arguments["write_steps_per_second"] == true);
    count("update_freq").into_iter().fold(callback, TensorBoard::update_freq)
}

/// The steps of each tag of a folder that was read.
fn tags(folder: &Json) -> BTreeMap<&str, Vec<i64>> {
    let kinds = ["scalars", "histograms"].into_iter().flat_map(|kind| folder[kind].as_object().unwrap());
    let steps = |values: &Json| values.as_array().unwrap().iter().map(|value| value[0].as_i64().unwrap()).collect();
    let mut tags: BTreeMap<_, _> = kinds.map(|(tag, values)| (tag.as_str(), steps(values))).collect();
    if !folder["keras"].is_null() {
        tags.insert("keras", vec![0]);
    }
    tags
}

fn near(found: &Json, expected: &Json) -> bool {
    match (found, expected) {
        (Json::Array(found), Json::Array(expected)) => {
            found.len() == expected.len() && found.iter().zip(expected).all(|(found, expected)| near(found, expected))
        }
        _ => (found.as_f64().unwrap() - expected.as_f64().unwrap()).abs() < 1e-6,
    }
}

#[test]
fn tensor_board_reads_what_keras_would_have_written() {
    let Some(mut python) = Python::start("callbacks/check.py") else { return };
    let cases: Json =
        serde_json::from_str(&std::fs::read_to_string(hub_fixtures::folder("callbacks/tensor_board.json")).unwrap())
            .unwrap();
    for case in cases.as_array().unwrap() {
        let (mut model, directory) = (model(&case["weights"]), tempfile::tempdir().unwrap());
        let history = fit(&mut model, callback(directory.path(), &case["arguments"]));
        let found = python.ask(json!({ "log_dir": directory.path() }));
        for (kind, folder) in case["folders"].as_object().unwrap() {
            let expected: BTreeMap<&str, Vec<i64>> = folder["tags"]
                .as_object()
                .unwrap()
                .iter()
                .map(|(tag, steps)| {
                    (tag.as_str(), steps.as_array().unwrap().iter().map(|step| step.as_i64().unwrap()).collect())
                })
                .collect();
            assert_eq!(tags(&found[kind]), expected, "{kind} with {}", case["arguments"]);
            for (tag, rows) in folder["rows"].as_object().unwrap() {
                let ours = &found[kind]["histograms"][tag][0][1];
                assert!(near(ours, rows), "{tag}: {ours}, expected {rows}");
            }
        }
        let losses = history.get("loss").iter().enumerate().map(|(epoch, loss)| json!([epoch, *loss as f32]));
        assert!(near(&found["train"]["scalars"]["epoch_loss"], &losses.collect()));
        let graph = case["arguments"]["write_graph"] != false;
        assert_eq!(found["train"]["nodes"].as_u64().unwrap() > 20, graph);
        if graph {
            assert_eq!(found["train"]["keras"], serde_json::from_str::<Json>(&model.to_json().unwrap()).unwrap());
        }
    }
}
