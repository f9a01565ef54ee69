//! Configs in Keras's format, against tf_keras: `fixtures/configs/golden.json`. Python reads ours again where there is one.

mod golden;

use golden::{fixture, read, text};
use hub_core::{Nest, Tensor};
use hub_fixtures::Python;
use hub_layers::config::{Config, CustomObjects, Reading};
use hub_layers::initializers::Initializer;
use hub_layers::losses::{CosineSimilarity, Huber, Loss};
use hub_layers::metrics::MeanOf;
use hub_layers::optimizers::schedules::LearningRateSchedule;
use hub_layers::optimizers::{OptimizerChoice, SGD};
use hub_layers::{
    Build, Call, Compile, Dense, Error, InputLayer, KerasLayer, KerasTensor, Layer, Model, Result, Sequential,
};
use serde_json::{Value as Json, json};

/// A config without what makes no difference: arguments that are not given, what Python adds for its own use; an axis
/// is one or a list of one.
fn essence(json: &Json) -> Json {
    match json {
        Json::Object(entries) => entries
            .iter()
            .filter(|(name, value)| !value.is_null() && !["build_config", "fn", "optional"].contains(&name.as_str()))
            .filter(|(name, _)| !["use_ema", "ema_momentum", "ema_overwrite_frequency"].contains(&name.as_str()))
            .filter(|(name, _)| !["jit_compile", "is_legacy_optimizer"].contains(&name.as_str()))
            .map(|(name, value)| match value.as_array().map(Vec::as_slice) {
                Some([only]) if name == "axis" => (name.clone(), essence(only)),
                _ => (name.clone(), essence(value)),
            })
            .collect(),
        Json::Array(items) => items.iter().map(essence).collect(),
        // 2 and 2.0 are one number.
        Json::Number(number) => number.as_f64().map_or(Json::Null, Json::from),
        other => other.clone(),
    }
}

/// Handles of the golden as they are here.
fn with_fixtures(json: &Json) -> Json {
    match json {
        Json::Object(entries) => {
            let entry = |(name, value): (&String, &Json)| match value.as_str() {
                Some(handle) if name == "handle" => (name.clone(), fixture(handle).into()),
                _ => (name.clone(), with_fixtures(value)),
            };
            entries.iter().map(entry).collect()
        }
        Json::Array(items) => items.iter().map(with_fixtures).collect(),
        other => other.clone(),
    }
}

fn goldens() -> Json {
    with_fixtures(&read("configs/golden.json"))
}

/// A layer whose argument is the piece: pieces have no door of their own.
fn dense_with(argument: &str, piece: &Json) -> Json {
    json!({ "class_name": "Dense", "config": { "units": 3, argument: piece } })
}

#[test]
fn layers_go_round() {
    let goldens = goldens();
    for expected in goldens["layers"].as_array().unwrap() {
        let layer = CustomObjects::new().build_layer(expected).unwrap_or_else(|error| panic!("{expected}: {error}"));
        let mut found = layer.config().unwrap().to_json();
        // Python names a data format and the padding where nobody has.
        assert_eq!(essence(&found), essence(expected));
        found["config"].as_object_mut().unwrap().remove("name");
        let again = CustomObjects::new().build_layer(&found).unwrap();
        assert_eq!(again.config().unwrap().to_json(), found, "without a name");
    }
}

#[test]
fn pieces_of_layers_go_round() {
    let goldens = goldens();
    let mut count = 0;
    for (kind, argument) in [
        ("initializers", "kernel_initializer"),
        ("regularizers", "kernel_regularizer"),
        ("constraints", "kernel_constraint"),
    ] {
        for expected in goldens[kind].as_array().unwrap() {
            let layer = CustomObjects::new().build_layer(&dense_with(argument, expected));
            let layer = layer.unwrap_or_else(|error| panic!("{expected}: {error}"));
            assert_eq!(essence(&layer.config().unwrap().arguments()[argument]), essence(expected));
            count += 1;
        }
    }
    assert_eq!(count, 17 + 3 + 4);
}

fn compile(arguments: Json) -> Result<Compile> {
    Compile::from_config(&arguments, &CustomObjects::new())
}

#[test]
fn optimizers_schedules_losses_and_metrics_go_round() {
    let goldens = goldens();
    for expected in goldens["optimizers"].as_array().unwrap() {
        let compile = compile(json!({ "optimizer": expected })).unwrap_or_else(|error| panic!("{expected}: {error}"));
        assert_eq!(essence(&compile.config().unwrap()["optimizer"]), essence(expected));
    }
    for expected in goldens["schedules"].as_array().unwrap() {
        let optimizer = json!({ "class_name": "SGD", "config": { "learning_rate": expected } });
        let compile = compile(json!({ "optimizer": optimizer })).unwrap_or_else(|error| panic!("{expected}: {error}"));
        assert_eq!(essence(&compile.config().unwrap()["optimizer"]["config"]["learning_rate"]), essence(expected));
    }
    for expected in goldens["losses"].as_array().unwrap() {
        let compile = compile(json!({ "optimizer": "sgd", "loss": expected }));
        let compile = compile.unwrap_or_else(|error| panic!("{expected}: {error}"));
        let mut found = essence(&compile.config().unwrap()["loss"]);
        let mut expected = essence(expected);
        // Keras's own names of the same loss differ from release to release.
        for json in [&mut found, &mut expected] {
            json["config"].as_object_mut().unwrap().remove("name");
        }
        assert_eq!(found, expected);
    }
    for expected in goldens["metrics"].as_array().unwrap() {
        let compile = compile(json!({ "optimizer": "sgd", "metrics": [expected] }));
        let compile = compile.unwrap_or_else(|error| panic!("{expected}: {error}"));
        assert_eq!(essence(&compile.config().unwrap()["metrics"][0]), essence(expected));
    }
}

#[test]
fn models_go_round() {
    let goldens = goldens();
    for (name, expected) in goldens["models"].as_object().unwrap() {
        let model = Model::from_json(&expected.to_string()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(model.is_built(), "{name}");
        let json = model.to_json().unwrap();
        let found: Json = serde_json::from_str(&json).unwrap();
        let (mut found, mut expected) = (essence(&found), essence(expected));
        for json in [&mut found, &mut expected] {
            // What comes in is said by the shape of the first layer too, and by none where data has said it.
            json["config"].as_object_mut().unwrap().remove("build_input_shape");
        }
        assert_eq!(found, expected, "{name}");
        assert_eq!(Model::from_json(&json).unwrap().to_json().unwrap(), json, "{name}");
    }
}

#[test]
fn what_a_model_is_compiled_with_goes_round() {
    let goldens = goldens();
    let models = &goldens["models"];
    for (name, model) in [("names", "one_to_one"), ("objects", "one_to_one"), ("by_output", "branches")] {
        let expected = &goldens["compiled"][name]["config"];
        let mut model = Model::from_json(&models[model].to_string()).unwrap();
        model.compile_from_config(expected, &CustomObjects::new()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let found = model.compile_config().unwrap().unwrap();
        assert_eq!(essence(&found), essence(expected), "{name}");
        let again = Compile::from_config(&found, &CustomObjects::new()).unwrap();
        assert_eq!(again.config().unwrap(), found, "{name}");
    }
    // Lists in the order of the outputs need a model that knows them.
    let expected = &goldens["compiled_in_order"]["config"];
    assert!(matches!(Compile::from_config(expected, &CustomObjects::new()), Err(Error::BadConfig { .. })));
    let x = || KerasTensor::input(InputLayer::new([3]).name("x"));
    let input = x();
    let outputs = ["a", "b", "c"].map(|name| input.then(Dense::new(1).name(name)));
    let mut model = Model::new(input, KerasTensor::list(outputs)).build().unwrap();
    model.compile_from_config(expected, &CustomObjects::new()).unwrap();
    let found = model.compile_config().unwrap().unwrap();
    assert_eq!(found["loss"], json!({ "a": "mse", "b": "mae", "c": "mse" }));
    assert_eq!(found["loss_weights"], json!({ "a": 1.0, "b": 2.0, "c": 3.0 }));
    assert_eq!(found["metrics"], json!({ "a": ["mae"], "c": ["mse"] }));
}

#[test]
fn the_present_learning_rate_is_written() {
    let mut model = Sequential::new().add(InputLayer::new([2])).add(Dense::new(1)).build().unwrap();
    assert_eq!(model.compile_config().unwrap(), None);
    model.compile(Compile::new(SGD::new(0.5).momentum(0.9), "mse").metric("mae")).unwrap();
    let x = Tensor::from([[1.0_f32, 2.0]]);
    model.train_on_batch((x, Tensor::from([[1.0_f32]]))).unwrap();
    model.set_learning_rate(0.25).unwrap();
    let config = model.compile_config().unwrap().unwrap();
    assert_eq!(config["optimizer"]["config"]["learning_rate"], 0.25);
    assert_eq!(config["optimizer"]["config"]["momentum"], 0.9);
}

/// Values that count up; a class of one's own of each kind.
#[derive(Debug)]
struct Counting(f64);

impl Initializer for Counting {
    fn values(&self, shape: &[usize], _: hub_core::DType, _: u64) -> hub_core::Result<Tensor> {
        let count = shape.iter().product::<usize>();
        Tensor::new(shape, (0..count).map(|index| index as f32 + self.0 as f32).collect())
    }

    fn config(&self) -> Result<Config> {
        Config::new("Counting").with("from", &self.0)
    }
}

#[derive(Debug)]
struct Scale {
    factor: f64,
}

impl Layer for Scale {
    fn class_name(&self) -> &str {
        "Scale"
    }

    fn build<'g>(&self, build: &mut Build<'g>, _: &Nest<hub_core::graph::Node<'g>>) -> Result<()> {
        build.add_weight("bias", &[1], Counting(self.factor), true)
    }

    fn call<'g>(
        &self,
        call: &mut Call<'g>,
        inputs: Nest<hub_core::graph::Node<'g>>,
    ) -> Result<Nest<hub_core::graph::Node<'g>>> {
        Ok(Nest::Leaf(call.place().single(&inputs)? * self.factor + call.weight("bias")?))
    }

    fn config(&self) -> Result<Config> {
        Config::new("Scale").with("factor", &self.factor)
    }
}

fn custom() -> CustomObjects {
    CustomObjects::new()
        .layer("Scale", |config: &mut Reading<'_>| Ok(Scale { factor: config.required("factor")? }))
        .initializer("Counting", |config| Ok(Counting(config.optional("from")?.unwrap_or(0.0))))
}

#[test]
fn classes_of_ones_own() {
    let x = KerasTensor::input(InputLayer::new([2]).name("x"));
    let hidden = x.then(Dense::new(1).kernel_initializer(Counting(1.0)));
    let model = Model::new(x, hidden.then(Scale { factor: 2.0 })).build().unwrap();
    let json = model.to_json().unwrap();
    let again = Model::from_json_with(&json, &custom()).unwrap();
    assert_eq!(again.to_json().unwrap(), json);
    let input = Tensor::from([[1.0_f32, 10.0]]);
    assert_eq!(again.predict(&input).unwrap(), model.predict(&input).unwrap());
    assert_eq!(again.predict(&input).unwrap().tensor().unwrap(), &Tensor::from([[44.0_f32]]), "2 · (1 + 20) + 2");
    // A name alone is the class without arguments.
    let named = json!({ "class_name": "Dense", "config": { "units": 1, "kernel_initializer": "Counting" } });
    let layer = custom().build_layer(&named).unwrap();
    assert_eq!(layer.config().unwrap().arguments()["kernel_initializer"]["config"]["from"], 0.0);
    let error = Model::from_json(&json).unwrap_err();
    assert!(
        matches!(&error, Error::UnknownClass { kind: "initializer", found, .. } if found == "Counting"),
        "{error:?}"
    );
    assert!(error.hint().unwrap().contains("CustomObjects"));
}

#[derive(Debug)]
struct Plain;

impl Loss for Plain {
    fn name(&self) -> &str {
        "plain"
    }

    fn call<'g>(
        &self,
        y_true: hub_core::graph::Node<'g>,
        y_pred: hub_core::graph::Node<'g>,
    ) -> Result<hub_core::graph::Node<'g>> {
        Ok((y_pred - y_true).abs().reduce_mean([-1]))
    }
}

impl LearningRateSchedule for Plain {
    fn at<'g>(&self, step: hub_core::graph::Node<'g>) -> hub_core::graph::Node<'g> {
        step
    }
}

/// The mean of a loss that Keras has no metric of goes round here.
#[test]
fn a_metric_that_keras_has_not() {
    let metric = MeanOf::of(Huber::new().delta(0.5)).name("half");
    let config = Compile::new("sgd", "mse").metric(metric).config().unwrap();
    assert_eq!(config["metrics"][0]["registered_name"], "Huber", "to be made known to Python by this name");
    assert_eq!(config["metrics"][0]["config"], json!({ "delta": 0.5, "name": "half", "dtype": "float32" }));
    assert_eq!(compile(config.clone()).unwrap().config().unwrap(), config);
}

#[test]
fn what_has_no_config_is_named() {
    let message = |error: Error| error.to_string();
    assert_eq!(
        message(Compile::new("sgd", Plain).config().unwrap_err()),
        "`Plain` has no config: it does not say what it is made of"
    );
    let schedule = Compile::new(OptimizerChoice::from(SGD::new(Plain)), "mse").config().unwrap_err();
    assert!(message(schedule).starts_with("`learning_rate: Plain` has no config"));
    let cosine = MeanOf::of(CosineSimilarity::new());
    let cosine = Compile::new("sgd", "mse").metric(cosine).config().unwrap_err();
    assert!(matches!(cosine, Error::NoConfig { .. }), "the metric of this class has the other sign: {cosine:?}");
    let loaded = KerasLayer::new(hub_core::load(&fixture("affine/model")).unwrap()).unwrap();
    let model = Sequential::new().add(loaded.name("features")).add(Dense::new(1)).build().unwrap();
    let error = message(model.to_json().unwrap_err());
    assert_eq!(error, "`features: KerasLayer` has no config: it was made of something loaded, not of a handle");
    let infinite = Dense::new(1).kernel_regularizer(hub_layers::regularizers::L2::new(f64::INFINITY));
    assert!(matches!(infinite.config(), Err(Error::NoConfig { .. })));
}

#[test]
fn what_is_wrong_in_a_config_is_told() {
    let layer = |config: Json| CustomObjects::new().build_layer(&config).map(|_| ()).unwrap_err().to_string();
    let dense = |arguments: Json| layer(json!({ "class_name": "Dense", "config": arguments }));
    assert_eq!(dense(json!({})), "`Dense.units`: expected a value, found none");
    assert_eq!(dense(json!({ "units": "3" })), "`Dense.units`: expected a whole number, 0 or more, found \"3\"");
    assert_eq!(dense(json!({ "units": -3 })), "`Dense.units`: expected a whole number, 0 or more, found -3");
    assert_eq!(
        dense(json!({ "units": 3, "use_bais": true })),
        "`Dense`: the argument `use_bais` is unknown, did you mean `use_bias`?"
    );
    assert_eq!(
        dense(json!({ "units": 3, "kernel_initializer": { "class_name": "Ones", "config": { "value": 1 } } })),
        "`Dense.kernel_initializer.Ones`: the argument `value` is unknown"
    );
    assert_eq!(
        dense(json!({ "units": 3, "kernel_initializer": { "class_name": "Oness", "config": {} } })),
        "`Dense.kernel_initializer`: initializer `Oness` is unknown, did you mean `Ones`?"
    );
    assert_eq!(
        dense(json!({ "units": 3, "batch_input_shape": [2, 3] })),
        "`Dense.batch_input_shape`: expected a list that begins with null, for any number of examples, found [2, 3]"
    );
    assert!(
        dense(json!({ "units": 3, "dtype": { "class_name": "Policy", "config": { "name": "mixed_float16" } } }))
            .contains("mixed precision is not supported")
    );
    let dropout = json!({ "class_name": "Dropout", "config": { "rate": 0.5, "noise_shape": [1] } });
    assert_eq!(layer(dropout), "`Dropout.noise_shape`: expected null, found [1]");
    assert_eq!(layer(json!(3)), "``: expected a class with its `config`, found 3");

    let model = |json: &str| Model::from_json(json).map(|_| ()).unwrap_err();
    assert!(matches!(model("{"), Error::NotJson { .. }));
    assert!(matches!(model("{}"), Error::BadConfig { .. }));
    let other = r#"{"class_name": "Transformer", "config": {}}"#;
    assert!(matches!(model(other), Error::UnknownClass { kind: "model", .. }));
    let functional = goldens()["models"]["one_to_one"].to_string();
    let error = Sequential::from_json(&functional).unwrap_err();
    assert_eq!(error.to_string(), "`class_name`: expected `Sequential`, found \"Functional\"");

    let mut circle = goldens()["models"]["one_to_one"].clone();
    circle["config"]["layers"][1]["inbound_nodes"] = json!([[["y", 0, 0, {}]]]);
    assert_eq!(
        model(&circle.to_string()).to_string(),
        "`inbound_nodes`: expected connections without circles, found \"a circle\""
    );
    circle["config"]["layers"][1]["inbound_nodes"] = json!([[["x", 0, 3, {}]]]);
    assert!(model(&circle.to_string()).to_string().contains("`y`"), "{}", model(&circle.to_string()));
    circle["config"]["layers"][1]["inbound_nodes"] = json!([[["x", 0, 0, { "training": true }]]]);
    assert!(model(&circle.to_string()).to_string().contains("without further arguments"));
    circle["config"]["layers"][1]["inbound_nodes"] = json!([[["z", 0, 0, {}]]]);
    assert_eq!(
        model(&circle.to_string()).to_string(),
        "`inbound_nodes`: expected calls of the model's layers, found call 0 of `z`"
    );
    let unknown = compile(json!({ "optimizer": "sgd", "lose": "mse" })).unwrap_err();
    assert_eq!(unknown.to_string(), "`compile`: the argument `lose` is unknown, did you mean `loss`?");
    let reduction = json!({ "class_name": "Huber", "config": { "reduction": "sum" } });
    let error = compile(json!({ "optimizer": "sgd", "loss": reduction })).unwrap_err();
    assert_eq!(error.to_string(), "`loss.Huber.reduction`: expected `auto` or `sum_over_batch_size`, found sum");
}

/// Damaged configs are errors or models, and never the end of the process.
#[test]
fn damaged_configs_are_survived() {
    let goldens = goldens();
    let values = [json!(null), json!(-1), json!(1e300), json!("x"), json!([]), json!({}), json!([[["x", 0, 0, {}]]])];
    for (_, model) in goldens["models"].as_object().unwrap() {
        if model.to_string().contains("KerasLayer") {
            continue;
        }
        let text = model.to_string();
        for cut in (0..text.len()).step_by(97) {
            assert!(Model::from_json(&text[..cut]).is_err());
        }
        for pointer in pointers(model, "", 4) {
            for value in &values {
                let mut damaged = model.clone();
                *damaged.pointer_mut(&pointer).unwrap() = value.clone();
                let _ = Model::from_json(&damaged.to_string());
            }
        }
    }
}

/// Sizes that no machine has room for.
#[test]
fn weights_beyond_all_memory_are_refused() {
    let golden = goldens()["models"]["one_to_one"].clone();
    for units in [1_u64 << 40, 1 << 61, u64::MAX] {
        for initializer in ["glorot_uniform", "zeros", "orthogonal", "lecun_normal", "ones"] {
            let mut model = golden.clone();
            let config = model.pointer_mut("/config/layers/1/config").unwrap();
            config["units"] = units.into();
            config["kernel_initializer"] = initializer.into();
            let error = Model::from_json(&model.to_string()).map(drop).unwrap_err();
            assert!(matches!(error, Error::InvalidArgument { .. } | Error::BadConfig { .. }), "{units}: {error:?}");
        }
    }
}

/// The ways to all values, but for those deeper than `depth`.
fn pointers(json: &Json, here: &str, depth: usize) -> Vec<String> {
    let entries: Vec<(String, &Json)> = match json {
        Json::Object(entries) => entries.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Json::Array(items) => items.iter().enumerate().map(|(index, item)| (index.to_string(), item)).collect(),
        _ => Vec::new(),
    };
    let mut found = vec![here.to_owned()];
    for (name, value) in entries.into_iter().filter(|_| depth > 0) {
        found.extend(pointers(value, &format!("{here}/{name}"), depth - 1));
    }
    found
}

/// Python compiles a model with each optimizer, schedule, loss and metric that we have written, and writes the same.
#[test]
fn python_reads_our_optimizers_losses_and_metrics() {
    let Some(mut python) = Python::start("configs/check.py") else { return };
    let goldens = goldens();
    let model = Model::from_json(&goldens["models"]["one_to_one"].to_string()).unwrap().to_json().unwrap();
    let mut asked = 0;
    for kind in ["optimizers", "schedules", "losses", "metrics"] {
        for piece in goldens[kind].as_array().unwrap() {
            let (arguments, place) = match kind {
                "optimizers" => (json!({ "optimizer": piece }), "/optimizer"),
                "schedules" => {
                    let optimizer = json!({ "class_name": "SGD", "config": { "learning_rate": piece } });
                    (json!({ "optimizer": optimizer }), "/optimizer/config/learning_rate")
                }
                "losses" => (json!({ "optimizer": "sgd", "loss": piece }), "/loss"),
                _ => (json!({ "optimizer": "sgd", "metrics": [piece] }), "/metrics/0"),
            };
            let ours = compile(arguments).unwrap().config().unwrap();
            let answer = python.ask(json!({ "model": model, "compile": ours }));
            let found = answer["compiled"].pointer(place).unwrap_or_else(|| panic!("{answer}"));
            assert_eq!(essence(found), essence(ours.pointer(place).unwrap()), "{kind}");
            asked += 1;
        }
    }
    assert_eq!(asked, 5 + 7 + 15 + 24);
}

/// Python builds what we have written: every layer and model, and what they are compiled with.
#[test]
fn python_reads_our_configs() {
    let Some(mut python) = Python::start("configs/check.py") else { return };
    let goldens = goldens();
    for layer in goldens["layers"].as_array().unwrap() {
        let ours = CustomObjects::new().build_layer(layer).unwrap().config().unwrap().to_json();
        let answer = python.ask(json!({ "layer": ours }));
        assert_eq!(essence(&answer), essence(layer));
    }
    // What Python forgets itself does not disturb it.
    let options = hub_core::LoadOptions::new().io_device("/job:localhost");
    let layer = KerasLayer::new(fixture("affine/model")).unwrap().tags(["serve"]).load_options(options);
    let ours = layer.trainable(true).name("affine").config().unwrap();
    let answer = python.ask(json!({ "layer": ours.to_json() }));
    assert_eq!(answer["config"]["handle"], ours.arguments()["handle"]);
    assert_eq!((&answer["config"]["name"], &answer["config"]["trainable"]), (&json!("affine"), &json!(true)));
    for (name, model) in goldens["models"].as_object().unwrap() {
        let model = Model::from_json(&model.to_string()).unwrap();
        let answer = python.ask(json!({ "model": model.to_json().unwrap() }));
        let expected: Json = serde_json::from_str(&model.to_json().unwrap()).unwrap();
        assert_eq!(text(&answer["class_name"]), text(&expected["class_name"]), "{name}");
        let names = |json: &Json| -> Vec<String> {
            let layers = json["config"]["layers"].as_array().unwrap();
            let mut names: Vec<_> = layers.iter().map(|layer| text(&layer["config"]["name"]).to_owned()).collect();
            names.sort_unstable();
            names
        };
        assert_eq!(names(&answer), names(&expected), "{name}");
        let weights: Vec<usize> = model.weights().unwrap().iter().map(|w| w.shape().iter().product()).collect();
        assert_eq!(answer["parameters"], weights.iter().sum::<usize>(), "{name}");
    }
    for (name, compiled) in goldens["compiled"].as_object().unwrap() {
        let of = if name == "by_output" { "branches" } else { "one_to_one" };
        let mut model = Model::from_json(&goldens["models"][of].to_string()).unwrap();
        model.compile_from_config(&compiled["config"], &CustomObjects::new()).unwrap();
        let ours = json!({ "model": model.to_json().unwrap(), "compile": model.compile_config().unwrap() });
        let answer = python.ask(ours);
        assert_eq!(essence(&answer["compiled"]), essence(&compiled["config"]), "{name}");
    }
}
