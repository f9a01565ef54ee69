//! `KerasLayer` against Python's: `fixtures/keras_layer`, on its own and in a `Sequential`.

mod golden;

use std::collections::BTreeMap;

use golden::{assert_nest_close, fixture, literal, nest, read, text};
use hub_core::{Literal, Nest, Shape, Structure, Tensor, Value};
use hub_layers::layers::OutputShape;
use hub_layers::{Error, KerasLayer, Result, Sequential};
use serde_json::Value as Json;

/// Cases that Rust's types rule out, or where Rust has no such thing; each with the reason.
const LEFT_OUT: &[(&str, &str)] = &[
    ("output_shape_is_no_shape", "a text is no shape for the compiler"),
    ("bad_output_shape_before_bad_handle", "likewise"),
    ("handle_is_a_number", "a number is no handle for the compiler"),
    ("unknown_option", "an unknown method is an error of the compiler"),
    ("strings_list", "a list of strings is a tensor here"),
    ("signature_strings_list", "a list of strings is a tensor here, so that it works"),
    ("nested_list", "nested arrays are tensors here"),
];

fn option<'j>(kwargs: &'j Json, name: &str) -> Option<&'j Json> {
    kwargs.get(name).map(|value| value.get("literal").unwrap_or(value)).filter(|value| !value.is_null())
}

/// The layer of a case, and whether something of it is about training.
fn layer(kwargs: &Json) -> Result<KerasLayer> {
    let handle = &kwargs["handle"];
    let path = |path: &Json| fixture(text(path));
    let mut layer = match handle.as_str() {
        Some(handle) => KerasLayer::new(fixture(handle))?,
        None => {
            let model = hub_core::load(&path(&handle["loaded"]))?;
            match (handle["function"].as_str(), handle["signature"].as_str()) {
                (Some(function), _) => KerasLayer::new(model.function(function)?)?,
                (_, Some(signature)) => KerasLayer::new(model.signatures().get(signature)?)?,
                _ => KerasLayer::new(model)?,
            }
        }
    };
    if let Some(Nest::List(tags)) = option(kwargs, "tags").map(nest) {
        let tag = |tag: &Structure| match tag {
            Nest::Leaf(Value::Literal(Literal::String(tag))) => tag.clone(),
            other => panic!("{other} is no tag"),
        };
        layer = layer.tags(tags.iter().map(tag));
    }
    if option(kwargs, "load_options").is_some() {
        layer = layer.load_options(hub_core::LoadOptions::new());
    }
    if let Some(signature) = option(kwargs, "signature") {
        layer = layer.signature(text(signature));
    }
    if let Some(key) = option(kwargs, "output_key") {
        layer = layer.output_key(text(key));
    }
    if let Some(as_dict) = option(kwargs, "signature_outputs_as_dict") {
        layer = layer.signature_outputs_as_dict(as_dict.as_bool().unwrap());
    }
    if let Some(dtype) = option(kwargs, "dtype") {
        layer = layer.dtype(text(dtype).parse()?);
    }
    if let Some(Nest::Dict(arguments)) = kwargs.get("arguments").map(nest) {
        layer = layer.arguments(arguments);
    }
    if let Some(shape) = kwargs.get("output_shape").map(nest).and_then(|shape| output_shape(&shape)) {
        layer = layer.output_shape(shape);
    }
    Ok(layer.trainable(option(kwargs, "trainable").is_some_and(|value| value.as_bool().unwrap())))
}

/// Python ignores an empty list; in Rust one leaves it out.
fn output_shape(shape: &Structure) -> Option<OutputShape> {
    fn shapes(shape: &Structure) -> Nest<Shape> {
        match shape {
            Nest::Dict(entries) => {
                Nest::Dict(entries.iter().map(|(key, shape)| (key.clone(), shapes(shape))).collect::<BTreeMap<_, _>>())
            }
            Nest::List(items) | Nest::Tuple(items) => {
                let size = |item: &Structure| match item {
                    Nest::Leaf(Value::Literal(Literal::Int(size))) => Some(*size as usize),
                    _ => None,
                };
                Nest::Leaf(items.iter().map(size).collect::<Vec<_>>().into())
            }
            other => panic!("{other} is no shape"),
        }
    }
    match shape {
        Nest::List(items) if items.is_empty() => None,
        shape => Some(shapes(shape).into()),
    }
}

fn is_left_out(name: &str) -> bool {
    LEFT_OUT.iter().any(|(left_out, _)| *left_out == name)
}

fn is_unsupported(error: &Error) -> bool {
    matches!(error, Error::Core(hub_core::Error::Unsupported { .. }))
        || matches!(error, Error::Layer { source, .. } if is_unsupported(source))
}

#[test]
fn a_layer_on_its_own_answers_as_python_s() {
    let golden = read("keras_layer/golden.json");
    let (mut answered, mut refused) = (0, 0);
    for case in golden["cases"].as_array().unwrap().iter().filter(|case| !is_left_out(text(&case["name"]))) {
        let name = text(&case["name"]);
        let answer = layer(&case["kwargs"]).and_then(|layer| match case.get("input") {
            Some(input) => layer.call_with(nest(input), case["training"].as_bool().unwrap_or(false)).map(Some),
            // Without an input: whatever is wrong shows at the first call.
            None => layer.call(Nest::None).map(Some),
        });
        match (answer, case.get("error")) {
            (Ok(found), None) => {
                assert_nest_close(name, &found.unwrap(), &nest(&case["output"]));
                answered += 1;
            }
            (Err(error), Some(_)) => {
                assert!(!is_unsupported(&error), "{name}: {error}");
                refused += 1;
            }
            (Ok(found), Some(error)) => panic!("{name}: {found:?} instead of {error}"),
            (Err(error), None) => panic!("{name}: {error:?}"),
        }
    }
    assert!(answered > 40 && refused > 25, "{answered} answers, {refused} errors");
}

/// The kind of each error, where it matters which it is.
#[test]
fn errors_are_typed() {
    use hub_core::Error as Core;
    use hub_legacy::RuleError as Rules;
    let golden = read("keras_layer/golden.json");
    let error = |name: &str| {
        let case = golden["cases"].as_array().unwrap().iter().find(|case| case["name"] == name).unwrap();
        layer(&case["kwargs"]).and_then(|layer| layer.call(case.get("input").map_or(Nest::None, nest))).unwrap_err()
    };
    let rules = |name: &str| match error(name) {
        Error::Callable(rules) => rules,
        other => panic!("{name}: {other:?}"),
    };
    let core = |name: &str| match error(name) {
        Error::Core(core) => core,
        other => panic!("{name}: {other:?}"),
    };
    assert!(matches!(rules("signature_without_a_key"), Rules::SignatureOutput { both: false, .. }));
    assert!(matches!(rules("signature_with_both"), Rules::SignatureOutput { both: true, .. }));
    assert!(matches!(rules("no_key_before_unknown_signature"), Rules::SignatureOutput { both: false, .. }));
    assert!(matches!(rules("as_dict_without_signature"), Rules::OutputsAsDictWithoutSignature));
    assert!(matches!(rules("part_has_no_signatures"), Rules::NoSignatures { .. }));
    assert!(matches!(rules("signature_has_to_be_named"), Rules::SignatureNeeded { .. }));
    assert!(matches!(rules("handle_is_a_loaded_signature_only_model"), Rules::SignatureNeeded { .. }));
    assert!(matches!(rules("unknown_signature"), Rules::UnknownSignature { .. }));
    assert!(matches!(core("bad_handle_before_bad_key"), Core::NotAModel { .. } | Core::Io { .. }));
    assert!(matches!(core("unknown_tags"), Core::TagsNotFound { .. }));
    assert!(matches!(core("key_missing"), Core::OutputKeyNotFound { .. }));
    assert!(matches!(core("key_of_no_dict"), Core::StructureMismatch { .. }));
    assert!(matches!(core("output_shape_wrong"), Core::ShapeMismatch { .. }));
    assert!(matches!(core("arguments_no_trace"), Core::NoMatchingTrace { .. }));
    assert!(matches!(core("training_argument_where_there_is_none"), Core::Arguments { .. }));
    assert!(matches!(core("signature_missing_input"), Core::Arguments { .. }));
    assert!(matches!(rules("signature_trainable"), Rules::TrainableSignature { .. }));
}

#[test]
fn a_layer_in_a_model_answers_as_on_its_own() {
    let golden = read("keras_layer/golden.json");
    let (mut answered, mut refused) = (0, 0);
    for case in golden["cases"].as_array().unwrap() {
        let name = text(&case["name"]);
        let predicts = !case["training"].as_bool().unwrap_or(false) || option(&case["kwargs"], "trainable").is_none();
        let (false, true, Some(input)) = (is_left_out(name), predicts, case.get("input")) else { continue };
        let input = nest(input);
        let answer = layer(&case["kwargs"])
            .and_then(|layer| Sequential::new().add(layer).build())
            .and_then(|model| model.predict(&input));
        match (answer, case.get("error")) {
            (Ok(found), None) => {
                assert_nest_close(name, &found, &nest(&case["output"]));
                answered += 1;
            }
            (Err(_), Some(_)) => refused += 1,
            (Ok(found), Some(error)) => panic!("{name}: {found:?} instead of {error}"),
            (Err(error), None) => panic!("{name}: {error:?}"),
        }
    }
    assert!(answered > 35 && refused > 10, "{answered} answers, {refused} errors");
}

#[test]
fn weights_are_those_that_the_model_lists() {
    let golden = read("keras_layer/golden.json");
    for report in golden["reports"].as_array().unwrap() {
        let name = text(&report["name"]);
        if option(&report["kwargs"], "trainable").is_some() || report["weights"].as_array().unwrap().is_empty() {
            continue;
        }
        let model = Sequential::new().add(layer(&report["kwargs"]).unwrap()).build().unwrap();
        let found: Vec<_> = model
            .weights()
            .unwrap()
            .iter()
            .map(|weight| (format!("{}:0", weight.name()), weight.dtype().to_string(), weight.shape().to_vec()))
            .collect();
        let expected: Vec<_> = report["weights"]
            .as_array()
            .unwrap()
            .iter()
            .map(|weight| {
                let shape = weight["shape"].as_array().unwrap().iter().map(|d| d.as_u64().unwrap() as usize).collect();
                (text(&weight["name"]).to_owned(), text(&weight["dtype"]).to_owned(), shape)
            })
            .collect();
        assert_eq!(found, expected, "{name}");
        assert!(model.weights().unwrap().iter().all(|weight| !weight.is_trainable()), "{name}");
        assert_eq!(model.layers().next().unwrap().0, text(&report["layer_name"]), "{name}");
    }
}

#[test]
fn losses_are_those_that_the_model_lists() {
    let golden = read("keras_layer/golden.json");
    let mut written = 0;
    for report in golden["reports"].as_array().unwrap() {
        let name = text(&report["name"]);
        for report in [report, &report["toggled"]] {
            let layer = layer(&golden_kwargs(&golden, name)).unwrap().trainable(report["trainable"].as_bool().unwrap());
            let found: Vec<_> = layer.losses().unwrap().into_iter().map(Structure::from).collect();
            let expected: Vec<_> = report["losses"].as_array().unwrap().iter().map(nest).collect();
            assert_nest_close(name, &Nest::List(found), &Nest::List(expected.clone()));
            written += expected.len();
        }
    }
    assert_eq!(written, 12);
}

fn golden_kwargs(golden: &Json, report: &str) -> Json {
    let reports = golden["reports"].as_array().unwrap();
    reports.iter().find(|other| other["name"] == report).unwrap()["kwargs"].clone()
}

#[test]
fn layers_over_one_loaded_model_share_it() {
    let counter = hub_core::load(&fixture("stateful/model")).unwrap();
    let layer = || KerasLayer::new(&counter).unwrap().signature("increment").output_key("output_0");
    let model = Sequential::new().add(layer()).add(layer()).build().unwrap();
    let two = Tensor::from(2_i64);
    let together = model.predict(&two).unwrap();
    // The counter stands at 40: 40 + 2, then 42 + 42 where the second layer sees what the first has counted.
    assert_eq!(together.tensor().unwrap().item::<i64>().unwrap(), 84);
    assert_eq!(layer().call(&two).unwrap().tensor().unwrap().item::<i64>().unwrap(), 42, "the original is apart");
}

#[test]
fn literals_choose_the_trace() {
    let handle = fixture("polymorphic/model");
    let x = Tensor::from([[1.0_f32, 2.0]]);
    let plain = KerasLayer::new(&handle).unwrap();
    let halved = KerasLayer::new(&handle).unwrap().argument("mode", literal(&Json::from("halved")));
    assert_ne!(plain.call(&x).unwrap(), halved.call(&x).unwrap());
}
