//! TF1 Hub modules as TF2 SavedModels, and modules written here, read again: by hub-core and by Python.
//!
//! Python's part needs `TFHUB_PYTHON` (current TensorFlow) for what was converted, `TFHUB_PYTHON_TF1` (TensorFlow 2.15
//! with tensorflow-hub 0.15, which has hub.Module) for what was exported.

use std::path::{Path, PathBuf};

use hub_core::{Arguments, Nest, Tensor, args};
use hub_fixtures::{Python, assert_close, folder, json, nest};
use hub_legacy::{ConvertOptions, Error, Module, ModuleOptions, convert_tf1, load_module_spec};
use serde_json::{Value as Json, json};

/// Modules whose signature `default` takes and gives plain tensors.
const PLAIN: [&str; 14] = [
    "affine",
    "affine_reference",
    "batch_norm",
    "branches_of_v1",
    "branches_of_v2",
    "colocated",
    "defaults",
    "image",
    "loops_of_v1",
    "loops_of_v2",
    "many_parts",
    "stateful",
    "tables",
    "text",
];

fn path(name: &str) -> String {
    folder(&format!("hub_modules/{name}/module")).to_str().unwrap().to_owned()
}

fn converted(directory: &Path, name: &str) -> PathBuf {
    let target = directory.join(name);
    let converted = convert_tf1(&load_module_spec(&path(name)).unwrap(), &target, &ConvertOptions::new()).unwrap();
    assert!(converted.refused.is_empty(), "{name}: {converted:?}");
    target
}

/// The answered calls of the variant without tags, with their outputs by name.
fn calls(name: &str) -> Vec<Json> {
    let golden = json(&format!("hub_modules/{name}/golden.json"));
    let cases = golden["calls"].as_array().unwrap().iter();
    let answered = |case: &&Json| case.get("error").is_none() && case["tags"].as_array().unwrap().is_empty();
    cases.filter(answered).cloned().collect()
}

#[test]
fn what_is_converted_answers_as_the_module() {
    let directory = tempfile::tempdir().unwrap();
    for name in PLAIN {
        let model = hub_core::load(converted(directory.path(), name).to_str().unwrap()).unwrap();
        let mut called = 0;
        for case in calls(name).iter().filter(|case| case["as_dict"] == false) {
            let what = format!("{name}: {}", case["name"]);
            let inputs = nest(&case["inputs"]);
            let found = match case["signature"].as_str() {
                None | Some("default") => match inputs {
                    // The only input goes without its name.
                    Nest::Dict(entries) if entries.len() == 1 => model.call(entries.into_values().next().unwrap()),
                    inputs => model.call(inputs),
                },
                Some(signature) => model.signatures()[signature].call(inputs).map(|outputs| outputs["default"].clone()),
            };
            assert_close(&found.unwrap(), &nest(&case["outputs"]), &what);
            called += 1;
        }
        assert!(called > 0, "{name}");
    }
}

#[test]
fn the_variant_for_training_is_called_while_training() {
    let directory = tempfile::tempdir().unwrap();
    let model = hub_core::load(converted(directory.path(), "batch_norm").to_str().unwrap()).unwrap();
    let golden = json("hub_modules/batch_norm/golden.json");
    let call = |name: &str| {
        let case = golden["calls"].as_array().unwrap().iter().find(|case| case["name"] == name).unwrap().clone();
        (nest(&case["inputs"]).tensor().unwrap().clone(), nest(&case["outputs"]))
    };
    let (inputs, training) = call("train");
    assert_close(&model.call(args![&inputs, training = true]).unwrap(), &training, "training");
    assert_eq!(model.trainable_variables().len(), 3);
    assert_eq!(model.regularization_losses().len(), 1);
    let trainability = model.trainability("__call__", &[("training", hub_core::Literal::Bool(true))]).unwrap();
    assert!(trainability.is_free() && trainability.unreached.is_empty(), "{trainability}");
    // Its moving averages have moved.
    assert_ne!(model.call(args![&inputs, training = false]).unwrap(), call("infer").1);
}

#[test]
fn what_cannot_be_converted_is_told() {
    let spec = load_module_spec(&path("affine")).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let target = directory.path().join("affine");
    let error = convert_tf1(&spec, &target, &ConvertOptions::new().tags(["serve"])).unwrap_err();
    assert!(matches!(error, Error::NoSuchVariant { .. }), "{error}");
    let error = convert_tf1(&spec, &target, &ConvertOptions::new().training_tags(["train"])).unwrap_err();
    assert!(matches!(error, Error::NoSuchVariant { .. }), "{error}");
    assert!(!target.exists());
    convert_tf1(&spec, &target, &ConvertOptions::new()).unwrap();
    let error = convert_tf1(&spec, &target, &ConvertOptions::new()).unwrap_err();
    assert!(matches!(error, Error::Core(hub_core::Error::SaveExists { .. })), "{error}");
    convert_tf1(&spec, &target, &ConvertOptions::new().overwrite(true)).unwrap();
}

#[test]
fn python_reads_what_is_converted() {
    let Some(mut python) = Python::start("saving/check.py") else { return };
    let directory = tempfile::tempdir().unwrap();
    for name in PLAIN {
        let model = converted(directory.path(), name);
        for case in calls(name).iter().filter(|case| case["as_dict"] == false) {
            let what = format!("{name}: {}", case["name"]);
            let inputs = &case["inputs"];
            let only = inputs["dict"].as_object().filter(|dict| dict.len() == 1).and_then(|dict| dict.values().next());
            let found = match case["signature"].as_str() {
                None | Some("default") => python.call(&model, &[only.unwrap_or(inputs).clone()]),
                Some(signature) => {
                    let key = || load_module_spec(&path(name)).unwrap().get_input_info_dict(Some(signature), &[]);
                    let named = inputs.get("dict").cloned();
                    let named = named.unwrap_or_else(|| json!({ key().unwrap().into_keys().next().unwrap(): inputs }));
                    let answer = python.ask(json!({"call": model, "args": named, "signature": signature}));
                    nest(&answer)["default"].clone()
                }
            };
            assert_close(&found, &nest(&case["outputs"]), &what);
        }
    }
    // As a layer: what may be trained, the losses, and a gradient for each variable.
    let case = calls("batch_norm").remove(0);
    let model = converted(&directory.path().join("again"), "batch_norm");
    let layer = python.ask(json!({"layer": model, "args": [case["inputs"]], "training": true}));
    assert_eq!(layer["trainable"].as_array().unwrap().len(), 3, "{layer}");
    assert_eq!(layer["losses"].as_array().unwrap().len(), 1);
    assert!(layer["gradients"].as_array().unwrap().iter().all(|gradient| !gradient.is_null()));
}

#[test]
fn python_reads_modules_that_are_exported() {
    let Some(mut python) = Python::start_in("TFHUB_PYTHON_TF1", "hub_modules/check.py") else { return };
    let directory = tempfile::tempdir().unwrap();
    for name in
        ["affine", "affine_reference", "batch_norm", "loops_of_v1", "sparse_inputs", "text", "two_assets_of_one_name"]
    {
        let module = Module::load_with(&path(name), ModuleOptions::new().trainable(true)).unwrap();
        halve(&module);
        let target = directory.path().join(name);
        module.export(&target).unwrap();
        for case in calls(name) {
            let what = format!("{name}: {}", case["name"]);
            let signature = case["signature"].as_str().unwrap_or("default");
            let question = json!({"module": target, "inputs": case["inputs"], "signature": signature, "tags": []});
            let inputs = match nest(&case["inputs"]) {
                Nest::None => Arguments::new(),
                inputs => Arguments::new().positional(inputs),
            };
            let own = module.call_as_dict(signature, inputs).unwrap();
            assert_close(&own, &nest(&python.ask(question)), &what);
        }
        let info = python.ask(json!({"info": target}));
        assert_eq!(info, python.ask(json!({"info": path(name)})), "{name}: as the original");
    }
}

/// Halves the variables, so that what is read is known to be what was written.
fn halve(module: &Module) {
    for variable in module.variables() {
        let value = variable.value().unwrap();
        let half: Vec<f32> = value.as_slice::<f32>().unwrap().iter().map(|one| one * 0.5).collect();
        variable.assign(&Tensor::new(value.shape(), half).unwrap()).unwrap();
    }
}
