//! Upstream's cases of `hub.KerasLayer`, by their numbers, with models in TF2's format: `fixtures/keras_layer/catalogue.json`.
//!
//! Where a case is about the constructor's or a call's options alone, `keras_layer.rs` has more of it. Left out: 10, 21, 30
//! and 31, which need the TF1 Hub format; 14, mixed precision, of which there is none; 15 to 19, of estimators.

mod golden;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use golden::{assert_close, assert_nest_close, fixture, nest, read, text};
use hub_core::{DType, LoadOptions, Nest, OpPolicy, Shape, Structure, Tensor, args};
use hub_layers::config::CustomObjects;
use hub_layers::optimizers::SGD;
use hub_layers::{Compile, Dense, Error, Fit, InputLayer, KerasLayer, Layer, Model, Predict, Result, Sequential};
use serde_json::Value as Json;

fn catalogue() -> Json {
    read("keras_layer/catalogue.json")
}

fn tensor(json: &Json) -> Tensor {
    Tensor::from_json(json, None).unwrap()
}

fn half_plus_one(path: &str) -> KerasLayer {
    KerasLayer::new(fixture(&format!("conformance/{path}/model"))).unwrap()
}

fn plus_one() -> KerasLayer {
    half_plus_one("plus_one")
}

fn ten() -> Tensor {
    Tensor::from([10.0_f32])
}

/// A config with its handle in place.
fn with_fixtures(config: &Json) -> Json {
    let mut config = config.clone();
    config["handle"] = fixture(text(&config["handle"])).into();
    config
}

fn from_config(arguments: &Json) -> Result<Arc<dyn Layer>> {
    CustomObjects::new().build_layer(&serde_json::json!({ "class_name": "KerasLayer", "config": arguments }))
}

fn predict(layer: Arc<dyn Layer>, input: &Structure) -> Structure {
    // A layer that was built from its config goes into a model as one of a custom class.
    let config =
        serde_json::json!({ "class_name": "Sequential", "config": { "layers": [layer.config().unwrap().to_json()] } });
    Model::from_config(&config, &CustomObjects::new()).unwrap().predict_with(input, Predict::new()).unwrap()
}

#[test]
fn case_1_half_plus_one_is_retrained() {
    let catalogue = catalogue();
    for path in ["half_plus_one", "half_plus_one_raw"] {
        let expected = &catalogue["cases"][path];
        let layer = half_plus_one(path).trainable(true);
        let mut model = Sequential::new().add(InputLayer::new([1])).add(layer).build().unwrap();
        let shapes = |weights: Vec<hub_layers::Weight<'_>>| {
            Json::from(weights.iter().map(|w| w.shape().to_vec()).collect::<Vec<_>>())
        };
        assert_eq!(shapes(model.trainable_weights().unwrap()), expected["trainable"], "{path}");
        assert_eq!(shapes(model.non_trainable_weights().unwrap()), expected["non_trainable"], "{path}");
        let x = Tensor::from([[0.0_f32], [8.0], [10.0], [12.0]]);
        assert_close(path, model.predict(&x).unwrap().tensor().unwrap(), &tensor(&expected["before"]));
        model.compile(Compile::new(SGD::new(0.002), "mean_squared_error")).unwrap();
        let train = tensor(&expected["train"]);
        let labels: Vec<f32> = train.as_slice::<f32>().unwrap().iter().map(|x| x / 2.0 + 6.0).collect();
        let labels = Tensor::new(train.shape(), labels).unwrap();
        let fit = Fit::new().epochs(10).shuffle(false).verbose(hub_layers::callbacks::Verbose::Silent);
        let history = model.fit((train, labels), fit).unwrap();
        for (found, expected) in history.get("loss").iter().zip(expected["history"].as_array().unwrap()) {
            let expected = expected.as_f64().unwrap();
            assert!((found - expected).abs() <= 1e-4 * expected, "{path}: {found}, {expected}");
        }
        let after = model.predict(&x).unwrap();
        assert_close(path, after.tensor().unwrap(), &tensor(&expected["after"]));
        assert_eq!(after.tensor().unwrap().as_slice::<f32>().unwrap()[0], 1.0, "what is frozen stays: f(0) is 1");
        // What has been trained is a loaded model again, with its losses.
        let trained = KerasLayer::new(model.resolved_object("keras_layer").unwrap()).unwrap().trainable(true);
        let losses = trained.losses().unwrap();
        assert_eq!(losses.len(), 1);
        assert_close(path, &losses[0], &tensor(&expected["losses_after"][0]));
    }
}

#[test]
fn case_2_and_267_losses_follow_the_flag() {
    let catalogue = catalogue();
    for path in ["half_plus_one", "half_plus_one_raw"] {
        let turns = catalogue["cases"][path]["toggled"].as_array().unwrap();
        for (trainable, expected) in [false, true, false].into_iter().zip(turns) {
            let losses = half_plus_one(path).trainable(trainable).losses().unwrap();
            let expected: Vec<Tensor> = expected.as_array().unwrap().iter().map(tensor).collect();
            assert_eq!(losses.len(), expected.len(), "{path}: a frozen layer has as many");
            losses.iter().zip(&expected).for_each(|(found, expected)| assert_close(path, found, expected));
        }
        // In a model, what is evaluated counts the loss of the weights by the flag of that moment.
        let mut model = Sequential::new().add(InputLayer::new([1])).add(half_plus_one(path)).build().unwrap();
        model.compile(Compile::new("sgd", "mse")).unwrap();
        let loss = |model: &mut Sequential| {
            let x = Tensor::from([[0.0_f32], [8.0]]);
            model
                .evaluate((x, Tensor::from([[1.0_f32], [5.0]])), hub_layers::Evaluate::new())
                .unwrap()
                .get("loss")
                .unwrap()
        };
        for (trainable, expected) in [(false, 0.0), (true, 0.0025), (false, 0.0)] {
            model.set_trainable("keras_layer", trainable).unwrap();
            assert!((loss(&mut model) - expected).abs() < 1e-7, "{path}, {trainable}");
        }
    }
}

/// A `KerasLayer` over the batch normalization, with a head or not, trained as Python's.
fn batch_norm(expected: &Json, trainable: bool) -> Sequential {
    let layer = half_plus_one("keras2_batch_norm").trainable(trainable);
    let mut model = Sequential::new().add(InputLayer::new([2])).add(layer);
    if !trainable {
        model = model.add(Dense::new(1).kernel_initializer("ones"));
    }
    let mut model = model.build().unwrap();
    model.compile(Compile::new(SGD::new(0.1), "mse")).unwrap();
    let data = (tensor(&expected["x"]), tensor(&expected["y"]));
    model.fit(data, Fit::new().epochs(20).batch_size(3).shuffle(false)).unwrap();
    model
}

fn assert_weights(model: &Sequential, expected: &Json) {
    for weight in model.weights().unwrap() {
        let Some(expected) = expected["weights"].get(weight.name()) else { continue };
        let (found, expected) = (weight.value().unwrap(), tensor(expected));
        let largest = 1e-4 * expected.as_slice::<f32>().unwrap().iter().fold(1.0_f32, |a, b| a.max(b.abs()));
        for (found, expected) in found.as_slice::<f32>().unwrap().iter().zip(expected.as_slice::<f32>().unwrap()) {
            assert!((found - expected).abs() <= largest, "{}: {found}, {expected}", weight.name());
        }
    }
}

#[test]
fn case_3_batch_normalization_is_retrained() {
    let catalogue = catalogue();
    let expected = &catalogue["cases"]["batch_norm_trained"];
    let model = batch_norm(expected, true);
    assert_eq!(expected["weights"].as_object().unwrap().len(), model.weights().unwrap().len());
    assert_weights(&model, expected);
    let before = model.get_weights().unwrap();
    for _ in 0..100 {
        model.predict(tensor(&expected["x"])).unwrap();
    }
    assert_eq!(model.get_weights().unwrap(), before, "inference changes nothing");
}

#[test]
fn case_4_frozen_batch_normalization_stays() {
    let catalogue = catalogue();
    let expected = &catalogue["cases"]["batch_norm_frozen"];
    let model = batch_norm(expected, false);
    assert_weights(&model, expected);
    let named =
        |end: &str| model.weights().unwrap().into_iter().find(|w| w.name().ends_with(end)).unwrap().value().unwrap();
    assert_eq!(named("moving_mean"), Tensor::from([0.0_f32, 0.0]));
    assert_eq!(named("moving_variance"), Tensor::from([1.0_f32, 1.0]));
}

#[test]
fn case_5_attributes_of_the_model_are_there() {
    // Another of its functions reads whatever file it is told to.
    let trust = LoadOptions::new().op_policy(OpPolicy::Trust);
    let loaded = hub_core::load_with(&fixture("conformance/assets/model"), &trust).unwrap();
    let layer = KerasLayer::new(&loaded).unwrap();
    let model = layer.resolved_object().unwrap();
    assert_eq!(model.variable("sample_output").unwrap().value().unwrap(), Tensor::from(12345.0_f32));
    let file = model.asset("sample_input").unwrap();
    assert!(file.starts_with(model.path()), "in the model, not where it was written: {}", file.display());
    let text = std::fs::read_to_string(file).unwrap();
    assert_eq!(layer.call(text.as_str()).unwrap().tensor().unwrap(), &Tensor::from(12345.0_f32));
    assert!(model.asset("more.1.raw").is_ok());
    let error = model.asset("sample_output").unwrap_err();
    assert!(matches!(error, hub_core::Error::ObjectNotFound { .. }), "{error}");
}

/// 6: a dict in and out; 7: a list of shapes; 11: any layer; 12: arguments; 24: signatures.
#[test]
fn case_6_7_11_12_and_24_configs_go_round() {
    let catalogue = catalogue();
    for (name, case) in catalogue["configs"].as_object().unwrap() {
        let config = with_fixtures(&case["config"]);
        let layer = from_config(&config).unwrap_or_else(|error| panic!("{name}: {error}"));
        let written = layer.config().unwrap();
        assert_eq!(Json::from(written.arguments().clone()), config, "{name}");
        let json = serde_json::to_string(&written.to_json()).unwrap();
        let again = CustomObjects::new().build_layer(&serde_json::from_str(&json).unwrap()).unwrap();
        assert_eq!(again.config().unwrap(), written, "{name}");
        let [input] = case["inputs"].as_array().unwrap().as_slice() else { panic!("{name}: one input") };
        let expected = nest(&case["outputs"][0]);
        assert_nest_close(name, &predict(again, &nest(input)), &expected);
    }
}

#[test]
fn case_7_shapes_are_held_to() {
    let handle = fixture("conformance/obscure_shapes/model");
    let shapes = |shapes: [Shape; 3]| Nest::List(shapes.map(Nest::Leaf).to_vec());
    let declared = shapes([Shape::from([] as [usize; 0]), Shape::from([1]), Shape::from([1, 1])]);
    let layer = KerasLayer::new(&handle).unwrap().output_shape(declared);
    let text = |text: &str| Tensor::from([text]).reshape(&[1, 1]).unwrap();
    assert!(layer.call(text("a")).is_ok());
    let error = layer.call(text("ab")).unwrap_err();
    assert!(matches!(error, Error::Core(hub_core::Error::ShapeMismatch { .. })), "{error}");
    let known = layer.compute_output_shape([Some(2), Some(1)]).unwrap();
    assert_eq!(known, shapes([Shape::from([2]), Shape::from([2, 1]), Shape::from([2, 1, 1])]));
}

#[test]
fn case_8_and_9_shapes_are_computed() {
    let catalogue = catalogue();
    let shape = |json: &Json| -> Shape {
        json.as_array().unwrap().iter().map(|size| size.as_u64().map(|size| size as usize)).collect::<Vec<_>>().into()
    };
    for path in ["half_plus_one", "half_plus_one_raw"] {
        let expected = &catalogue["cases"][path]["shape_of"];
        let found = half_plus_one(path).compute_output_shape(shape(&expected["input"])).unwrap();
        assert_eq!(found, Nest::Leaf(shape(&expected["output"])), "{path}");
    }
    let strings = KerasLayer::new(fixture("strings/model")).unwrap().output_shape([2]);
    for case in catalogue["cases"]["9_shapes"].as_array().unwrap() {
        assert_eq!(strings.compute_output_shape(shape(&case[0])).unwrap(), Nest::Leaf(shape(&case[1])));
    }
}

#[test]
fn case_13_a_model_goes_through_json() {
    let catalogue = catalogue();
    let mut python = catalogue["cases"]["13_json"].clone();
    let config = python.pointer_mut("/config/layers/1/config").unwrap();
    *config = with_fixtures(config);
    let model = Model::from_json(&python.to_string()).unwrap();
    let ours: Json = serde_json::from_str(&model.to_json().unwrap()).unwrap();
    let layer = |json: &Json, index: usize| json["config"]["layers"][index]["config"].clone();
    assert_eq!(layer(&ours, 1), layer(&python, 1));
    assert_eq!(layer(&ours, 2), layer(&python, 2));
    assert_eq!(ours["config"]["layers"][1]["module"], python["config"]["layers"][1]["module"]);
    assert_eq!(ours["config"]["layers"][1]["registered_name"], python["config"]["layers"][1]["registered_name"]);
    assert!(model.is_trainable(text(&layer(&ours, 1)["name"])).unwrap());
}

#[test]
fn case_20_defaults() {
    assert_eq!(plus_one().call(ten()).unwrap().tensor().unwrap(), &Tensor::from([11.0_f32]));
}

#[test]
fn case_22_and_23_signatures_of_a_callable_model() {
    let eleven = Tensor::from([11.0_f32]);
    for signature in ["serving_default", "plus_one"] {
        // The object has `training`, the signature has not: nobody passes it.
        let as_dict = plus_one().signature(signature).signature_outputs_as_dict(true).call(ten()).unwrap();
        assert_eq!(as_dict.keys(), ["output_0"]);
        assert_eq!(as_dict["output_0"].tensor().unwrap(), &eleven);
        let by_key = plus_one().signature(signature).output_key("output_0").call(ten()).unwrap();
        assert_eq!(by_key.tensor().unwrap(), &eleven);
    }
}

#[test]
fn case_25_to_29_and_32_options_that_do_not_fit() {
    use hub_legacy::RuleError as Rules;
    let rules = |layer: KerasLayer| match layer.call(ten()).unwrap_err() {
        Error::Callable(rules) => rules,
        other => panic!("{other:?}"),
    };
    assert!(matches!(rules(plus_one().signature("serving_default")), Rules::SignatureOutput { both: false, .. }), "25");
    assert_eq!(rules(plus_one().signature_outputs_as_dict(true)), Rules::OutputsAsDictWithoutSignature, "26");
    let error = plus_one().tags(["train"]).call(ten()).unwrap_err();
    let available = |error: &Error| matches!(error, Error::Core(hub_core::Error::TagsNotFound { available, .. }) if !available.is_empty());
    assert!(available(&error), "27: {error:?}");
    let both = plus_one().signature("default").output_key("default").signature_outputs_as_dict(true);
    assert!(matches!(rules(both), Rules::SignatureOutput { both: true, .. }), "28: before the name is looked up");
    let error = plus_one().output_key("output_0").call(ten()).unwrap_err();
    assert!(matches!(error, Error::Core(hub_core::Error::StructureMismatch { .. })), "29: {error:?}");
    let trainable = plus_one().signature("serving_default").output_key("output_0").trainable(true);
    assert!(matches!(rules(trainable), Rules::TrainableSignature { .. }), "32");
}

/// Counts the errors about weights in the log of this thread.
struct Counter(Arc<AtomicUsize>);

impl tracing::Subscriber for Counter {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        *metadata.level() == tracing::Level::ERROR
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        struct Message<'c>(&'c AtomicUsize);
        impl tracing::field::Visit for Message<'_> {
            fn record_debug(&mut self, _: &tracing::field::Field, value: &dyn std::fmt::Debug) {
                let found = format!("{value:?}").contains("zero trainable weights");
                self.0.fetch_add(usize::from(found), Ordering::Relaxed);
            }
        }
        event.record(&mut Message(&self.0));
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

#[test]
fn case_33_nothing_to_train_is_told_once() {
    let count = Arc::new(AtomicUsize::new(0));
    tracing::subscriber::with_default(Counter(count.clone()), || {
        let layer = plus_one().trainable(true);
        layer.call(ten()).unwrap();
        layer.call_with(ten(), true).unwrap();
        layer.clone().call(ten()).unwrap();
        assert_eq!(count.load(Ordering::Relaxed), 1, "once for a layer");
        plus_one().trainable(true).call(ten()).unwrap();
        assert_eq!(count.load(Ordering::Relaxed), 2, "and for another");
        plus_one().call(ten()).unwrap();
        assert_eq!(count.load(Ordering::Relaxed), 2, "a frozen one has nothing to say");
    });
}

#[test]
fn case_263_to_265_and_268() {
    // 263: Python ignores an empty shape, here it is a scalar for each example.
    let error = plus_one().output_shape(Shape::from([] as [usize; 0])).call(Tensor::from([[1.0_f32]]));
    assert!(error.is_err(), "{error:?}");
    // 264: an empty key takes the whole dict.
    let whole = plus_one().signature("serving_default").output_key("").call(ten()).unwrap();
    assert_eq!(whole.keys(), ["output_0"]);
    // 265: as in Python, the layer's own word counts.
    let overridden = plus_one().argument("training", hub_core::Literal::Bool(true)).call(ten()).unwrap();
    assert_eq!(overridden.tensor().unwrap(), &Tensor::from([11.0_f32]));
    // 268: floats are cast by the layer, and not by the loaded model.
    let wide = Tensor::from([10.0_f64]);
    assert_eq!(plus_one().call(&wide).unwrap().tensor().unwrap(), &Tensor::from([11.0_f32]));
    assert!(plus_one().resolved_object().unwrap().call(args![&wide]).is_err());
}

/// 266: Python forgets tags and options of loading.
#[test]
fn case_266_tags_and_load_options_are_kept() {
    let options = LoadOptions::new().allow_partial_checkpoint(true).io_device("/job:localhost");
    let layer = half_plus_one("half_plus_one").tags(["serve"]).load_options(options);
    let config = layer.config().unwrap();
    assert_eq!(config.arguments()["tags"], serde_json::json!(["serve"]), "an argument that Python takes");
    assert!(!config.arguments().contains_key("load_options"), "Python would stumble over it");
    assert_eq!(config.to_json()["load_options"]["experimental_io_device"], "/job:localhost");
    let again = CustomObjects::new().build_layer(&config.to_json()).unwrap();
    assert_eq!(again.config().unwrap(), config);
}

#[test]
fn a_loaded_handle_takes_no_tags_and_no_options() {
    let loaded = hub_core::load(&fixture("conformance/plus_one/model")).unwrap();
    let layer = || KerasLayer::new(&loaded).unwrap();
    let rules = |layer: KerasLayer| match layer.call(ten()).unwrap_err() {
        Error::Callable(rules) => rules,
        other => panic!("{other:?}"),
    };
    assert_eq!(rules(layer().tags(["serve"])), hub_legacy::RuleError::LoadedWithTags);
    let options = LoadOptions::new();
    assert_eq!(rules(layer().load_options(options.clone())), hub_legacy::RuleError::LoadedWithLoadOptions);
    assert_eq!(rules(layer().load_options(options).tags(["serve"])), hub_legacy::RuleError::LoadedWithTags, "first");
    let error = layer().config().unwrap_err();
    assert!(matches!(error, Error::NoConfig { .. }), "{error:?}");
    let with_tensor = plus_one().argument("x", Tensor::from(1.0_f32)).config().unwrap_err();
    assert!(with_tensor.to_string().contains("arguments[\"x\"]"), "{with_tensor}");
}

#[test]
fn load_options_are_those_of_loading() {
    let empty = half_plus_one("half_plus_one").load_options(LoadOptions::new().skip_checkpoint(true));
    assert!(empty.call(Tensor::from([[1.0_f32]])).is_err(), "no variable has a value");
}

#[test]
fn a_model_gives_its_loaded_models_back() {
    let mut model = Sequential::new()
        .add(half_plus_one("half_plus_one").trainable(true))
        .add(Dense::new(1).trainable(false))
        .build()
        .unwrap();
    let x = Tensor::from([[8.0_f32]]);
    let original = half_plus_one("half_plus_one").call(&x).unwrap();
    let weights = [Tensor::from([[2.0_f32]]), Tensor::from([[1.0_f32]]), Tensor::from([3.0_f32])];
    model.set_layer_weights("keras_layer", &weights).unwrap();
    let inside = model.resolved_object("keras_layer").unwrap();
    assert_eq!(inside.call(&x).unwrap().tensor().unwrap(), &Tensor::from([[19.0_f32]]), "8 · 2 · 1 + 3");
    assert_eq!(half_plus_one("half_plus_one").call(&x).unwrap(), original, "the original is apart");
    inside.all_variables()[0].assign(&Tensor::from([[0.0_f32]])).unwrap();
    let again = model.resolved_object("keras_layer").unwrap();
    assert_eq!(again.call(&x).unwrap().tensor().unwrap(), &Tensor::from([[19.0_f32]]), "and so is the copy");
    assert!(matches!(model.resolved_object("dense"), Err(Error::BadConfig { .. })));
    assert_eq!(model.layer_weights("keras_layer").unwrap()[0].dtype(), DType::F32);
}
