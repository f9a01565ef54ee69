//! `KerasLayer` over TF1 Hub modules: by Python's goldens of `fixtures/hub_modules`, and trained through the Module view.

mod golden;

use golden::{assert_nest_close, fixture, nest, read};
use hub_core::Tensor;
use hub_layers::optimizers::SGD;
use hub_layers::{Compile, Error, Fit, InputLayer, KerasLayer, Sequential, losses};
use hub_legacy::{Module, ModuleOptions, ModuleSpec, RuleError};
use serde_json::Value as Json;

const MODULES: [&str; 6] = ["affine", "affine_reference", "batch_norm", "image", "several_signatures", "text"];

fn path(module: &str) -> String {
    fixture(&format!("hub_modules/{module}/module"))
}

fn layer(module: &str, case: &Json) -> Result<KerasLayer, Error> {
    let options = &case["options"];
    let mut layer = KerasLayer::new(path(module))?;
    if let Some(tags) = case["tags"].as_array() {
        layer = layer.tags(tags.iter().map(|tag| tag.as_str().unwrap()));
    }
    if let Some(signature) = options["signature"].as_str() {
        layer = layer.signature(signature);
    }
    if let Some(key) = options["output_key"].as_str() {
        layer = layer.output_key(key);
    }
    if options["signature_outputs_as_dict"] == true {
        layer = layer.signature_outputs_as_dict(true);
    }
    Ok(layer.trainable(case["trainable"] == true))
}

/// Catalogue 21, 30 and 31 among them.
#[test]
fn layers_answer_what_python_answers() {
    let (mut answers, mut errors) = (0, 0);
    for module in MODULES {
        let golden = read(&format!("hub_modules/{module}/golden.json"));
        for case in golden["tf2"].as_array().unwrap().iter().filter(|case| case["view"] == "layer") {
            let what = format!("{module}: {}", case["name"]);
            let found = layer(module, case).and_then(|layer| layer.call(nest(&case["inputs"])));
            match (found, case.get("error")) {
                (Ok(found), None) => {
                    assert_nest_close(&what, &found, &nest(&case["outputs"]));
                    answers += 1;
                }
                (Err(error), Some(expected)) => {
                    check(&what, &error, expected);
                    errors += 1;
                }
                (found, expected) => panic!("{what}: {found:?}, expected {expected:?}"),
            }
        }
    }
    assert!(answers >= 8 && errors >= 8, "{answers} answers, {errors} errors");
}

fn check(what: &str, error: &Error, expected: &Json) {
    let message = expected["message"].as_str().unwrap();
    let is_right = match error {
        Error::Callable(RuleError::TrainableHubFormat) => what.contains("trainable"),
        Error::Callable(RuleError::UnknownSignature { .. }) => message.contains("Unknown signature"),
        Error::Callable(RuleError::SignatureOutput { .. }) => message.contains("either output_key or"),
        Error::Core(hub_core::Error::TagsNotFound { .. }) => message.contains("associated with tags"),
        // Python says it within Keras's message about the layer.
        Error::Core(hub_core::Error::OutputKeyNotFound { .. }) => message.contains("Exception encountered"),
        _ => false,
    };
    assert!(is_right, "{what}: {error:?}, expected {message}");
}

/// Catalogue 10: shapes of a layer in a model, also where the layer is told them.
#[test]
fn a_module_of_tf1_is_a_layer_of_a_model() {
    let model =
        Sequential::new().add(InputLayer::new([3])).add(KerasLayer::new(path("affine")).unwrap()).build().unwrap();
    let layer = KerasLayer::new(path("affine")).unwrap();
    let shape = layer.compute_output_shape([None, Some(3)]).unwrap();
    assert_eq!(shape.leaves()[0].to_string(), "[?, 2]");
    let x = Tensor::from([[1.0_f32, 2.0, 3.0]]);
    let alone = KerasLayer::new(path("affine")).unwrap().call(&x).unwrap();
    let within = model.predict(&x).unwrap();
    assert_nest_close("inside a model", &within, &alone);
    let directory = tempfile::tempdir().unwrap();
    let saved = directory.path().join("saved");
    model.save(&saved).unwrap();
    let again = hub_core::load(saved.to_str().unwrap()).unwrap();
    assert_nest_close("saved with the model", &again.call(&x).unwrap(), &alone);
}

#[test]
fn tables_and_files_of_a_module_are_saved_with_the_model() {
    let layer = KerasLayer::new(path("text")).unwrap();
    let model = Sequential::new().add(layer).build().unwrap();
    let words = Tensor::from(["cat dog", "lizard"]);
    let directory = tempfile::tempdir().unwrap();
    let saved = directory.path().join("saved");
    model.save(&saved).unwrap();
    let again = hub_core::load(saved.to_str().unwrap()).unwrap();
    assert_nest_close("with its vocabulary", &again.call(&words).unwrap(), &model.predict(&words).unwrap());
}

/// What Python's TF2 refuses: a module of TF1 that is trained under a model, by its own variant for training.
#[test]
fn a_module_of_tf1_is_fine_tuned() {
    let options = ModuleOptions::new().trainable(true).training_tags(["train"]);
    let module = Module::load_with(&path("batch_norm"), options).unwrap();
    let layer = KerasLayer::new(&module).unwrap().trainable(true);
    let mut model = Sequential::new().add(InputLayer::new([3])).add(layer).build().unwrap();
    let before: Vec<Tensor> = module.variables().iter().map(|variable| variable.value().unwrap()).collect();
    model.compile(Compile::new(SGD::new(0.05), losses::MeanSquaredError::new())).unwrap();
    let x = Tensor::from([[1.0_f32, 2.0, 3.0], [0.5, -1.0, 2.0], [2.0, 0.0, 1.0], [-1.0, 1.0, 0.0]]);
    let y = Tensor::from([[1.0_f32, -1.0], [0.0, 1.0], [2.0, 0.0], [-1.0, 0.5]]);
    let history = model.fit((&x, &y), Fit::new().epochs(30)).unwrap();
    let losses = history.get("loss");
    assert!(losses[29] < 0.5 * losses[0], "{losses:?}");
    // The model has variables of its own; moving averages are among what has changed.
    let found = model.get_weights().unwrap();
    assert_eq!(found.len(), before.len());
    let names: Vec<String> = module.variables().iter().map(|variable| variable.name().to_owned()).collect();
    assert!(names.iter().any(|name| name.ends_with("moving_mean")));
    assert!(found.iter().all(|value| !before.contains(value)), "all of {names:?} change");
    for (variable, value) in module.variables().iter().zip(&before) {
        assert_eq!(&variable.value().unwrap(), value, "the module itself stays");
    }
}

#[test]
fn a_saved_model_of_tf1_is_a_layer_by_its_module_view() {
    let spec = ModuleSpec::from_saved_model(path("saved_model_of_tf1").as_ref()).unwrap();
    let module = Module::new(&spec, ModuleOptions::new().tags(["serve"])).unwrap();
    let layer = KerasLayer::new(&module).unwrap().signature("serving_default").output_key("y");
    let model = Sequential::new().add(layer).build().unwrap();
    let found = model.predict(Tensor::from([1.0_f32, 3.0, 4.0])).unwrap();
    assert_eq!(found.tensor().unwrap().as_slice::<f32>().unwrap(), [4.0, 8.0, 10.0]);
}
