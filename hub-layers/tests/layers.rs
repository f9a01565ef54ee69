//! Each layer against what tf_keras computes: `fixtures/layers`.

mod golden;

use golden::{assert_close, nest, read, text};
use hub_core::{DType, Tensor};
use hub_layers::initializers::{GlorotUniform, Initializer};
use hub_layers::{Activation, Dense, Dropout, Error, Flatten, Rescaling, Sequential, SequentialBuilder};
use serde_json::Value as Json;

/// Cases that this side cannot express, or that train (those are unit tests).
const LEFT_OUT: [&str; 3] = ["dense_negative_units", "dropout_rate_0_training", "dropout_rate_1_training"];

fn weight(case: &Json, name: &str) -> Option<Tensor> {
    let weights = case["weights"].as_array()?;
    let found = weights.iter().find(|weight| weight["name"] == name)?;
    Some(nest(&found["value"]).tensor().unwrap().clone())
}

fn dense(case: &Json) -> Dense {
    let kwargs = &case["kwargs"];
    let mut layer = Dense::new(kwargs["units"].as_u64().unwrap() as usize);
    if let Some(activation) = kwargs["activation"].as_str() {
        layer = layer.activation(activation);
    }
    if let Some(use_bias) = kwargs["use_bias"].as_bool() {
        layer = layer.use_bias(use_bias);
    }
    if let Some(dtype) = kwargs["dtype"].as_str() {
        layer = layer.dtype(dtype.parse().unwrap());
    }
    if let Some(kernel) = weight(case, "kernel") {
        layer = layer.kernel_initializer(kernel);
    }
    if let Some(bias) = weight(case, "bias") {
        layer = layer.bias_initializer(bias);
    }
    layer
}

fn rescaling(kwargs: &Json) -> Rescaling {
    let numbers = |json: &Json| json.as_array().map(|all| all.iter().map(|n| n.as_f64().unwrap()).collect::<Vec<_>>());
    let layer = match numbers(&kwargs["scale"]) {
        Some(scales) => Rescaling::new(scales),
        None => Rescaling::new(kwargs["scale"].as_f64().unwrap()),
    };
    match (numbers(&kwargs["offset"]), kwargs["offset"].as_f64()) {
        (Some(offsets), _) => layer.offset(offsets),
        (None, Some(offset)) => layer.offset(offset),
        (None, None) => layer,
    }
}

fn model(case: &Json) -> SequentialBuilder {
    let kwargs = &case["kwargs"];
    let model = Sequential::new();
    match text(&case["layer"]) {
        "Dense" => model.add(dense(case)),
        "Activation" => model.add(Activation::new(text(&kwargs["activation"]))),
        "Rescaling" => model.add(rescaling(kwargs)),
        "Dropout" => model.add(Dropout::new(kwargs["rate"].as_f64().unwrap())),
        "Flatten" => match kwargs["data_format"].as_str() {
            Some(data_format) => model.add(Flatten::new().data_format(data_format)),
            None => model.add(Flatten::new()),
        },
        other => panic!("no layer {other}"),
    }
}

#[test]
fn layers_compute_what_keras_computes() {
    let golden = read("layers/golden.json");
    let mut left_out = Vec::new();
    for case in golden["cases"].as_array().unwrap() {
        let name = text(&case["name"]);
        if LEFT_OUT.contains(&name) {
            left_out.push(name);
            continue;
        }
        let input = nest(&case["input"]);
        let answer = model(case).build().and_then(|model| {
            let y = model.predict(&input)?;
            Ok((model, y))
        });
        match (answer, case["error"].is_object()) {
            // Which elements of a row with a NaN become NaN and which 0 depends on oneDNN, in Python too.
            (Ok((_, found)), false) if name == "activation_softmax_not_finite" => {
                let rows = found.tensor().unwrap().as_slice::<f32>().unwrap().chunks(2);
                assert!(rows.map(|row| row.iter().filter(|value| value.is_nan()).count()).all(|count| count > 0));
            }
            (Ok((model, found)), false) => {
                assert_close(name, found.tensor().unwrap(), nest(&case["output"]).tensor().unwrap());
                assert_weights(name, &model, case);
                assert_output_shape(name, &model, &case["output_shape"]);
            }
            (Err(Error::InvalidArgument { .. } | Error::UnknownName { .. } | Error::InputMismatch { .. }), true) => {}
            (Ok(_), true) => panic!("{name}: expected {}", case["error"]),
            (Err(error), _) => panic!("{name}: {error:?}"),
        }
    }
    assert_eq!(left_out, LEFT_OUT, "a case has gone");
}

fn assert_weights(name: &str, model: &Sequential, case: &Json) {
    let expected = case["weights"].as_array().unwrap();
    let found = model.weights().unwrap();
    assert_eq!(found.len(), expected.len(), "{name}");
    for (found, expected) in found.iter().zip(expected) {
        let layer = text(&case["layer"]).to_lowercase();
        assert_eq!(found.name(), format!("{layer}/{}", text(&expected["name"])), "{name}");
        assert_eq!(found.is_trainable(), expected["trainable"].as_bool().unwrap(), "{name}");
        assert_eq!(&found.value().unwrap(), nest(&expected["value"]).tensor().unwrap(), "{name}");
    }
}

/// As in the summary: `[?, 3]`.
fn assert_output_shape(name: &str, model: &Sequential, expected: &Json) {
    let dimensions = expected.as_array().unwrap().iter();
    let dimensions: Vec<String> = dimensions.map(|d| d.as_u64().map_or("?".into(), |d| d.to_string())).collect();
    let shape = format!("[{}]", dimensions.join(", "));
    let summary = model.summary().to_string();
    assert!(summary.contains(&format!("┆ {shape} ")), "{name}: {shape} is not in\n{summary}");
}

#[test]
fn glorot_uniform_has_python_s_limits() {
    let golden = read("layers/golden.json");
    for case in golden["glorot_uniform"].as_array().unwrap() {
        let shape: Vec<usize> =
            case["shape"].as_array().unwrap().iter().map(|d| d.as_u64().unwrap() as usize).collect();
        let limit = case["limit"].as_f64().unwrap();
        let values = GlorotUniform::new().seed(7).values(&shape, DType::F64, 0).unwrap();
        let values = values.as_slice::<f64>().unwrap();
        let largest = values.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
        assert!(largest <= limit, "{shape:?}: {largest} over {limit}");
        assert!(values.len() < 1000 || largest > 0.98 * limit, "{shape:?}: {largest} far below {limit}");
    }
}
