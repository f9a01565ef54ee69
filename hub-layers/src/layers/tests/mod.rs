//! Each layer against what tf_keras computes, training and not: outputs, masks, penalties, and the weights afterwards.

mod cases;
#[path = "../../../tests/golden/mod.rs"]
mod golden;

use std::sync::Arc;

use golden::{assert_close, nest, read, text};
use hub_core::{DType, Nest, Structure, Tensor};
use serde_json::Value as Json;

use crate::Compile;
use crate::error::Error;
use crate::layer::Layer;
use crate::layers::InputLayer;
use crate::model::in_training::{Ran, chain, run};
use crate::optimizers::SGD;

/// Which elements of a row with a NaN become NaN and which 0 depends on oneDNN, in Python too; and a negative size.
const LEFT_OUT: [&str; 2] = ["activation_softmax_not_finite", "dense_negative_units"];

fn tensors(structure: &Structure) -> Nest<Tensor> {
    structure.try_map(&mut |leaf| Structure::Leaf(leaf.clone()).tensor().cloned()).unwrap()
}

fn masks(case: &Json) -> Vec<Option<Tensor>> {
    let mask = |mask: &Structure| mask.tensor().ok().cloned();
    match nest(&case["mask"]) {
        Nest::None => Vec::new(),
        Nest::List(masks) => masks.iter().map(mask).collect(),
        one => vec![mask(&one)],
    }
}

fn ran(case: &Json) -> Result<Ran, Error> {
    let training = case["training"].as_bool().unwrap_or_default();
    run(cases::layer(case), &tensors(&nest(&case["input"])), &masks(case), training, 1)
}

#[test]
fn layers_are_what_they_are_in_keras() {
    let golden = read("layers/golden.json");
    let (mut answered, mut refused) = (0, 0);
    for case in golden["cases"].as_array().unwrap() {
        let name = text(&case["name"]);
        match (LEFT_OUT.contains(&name), case["error"].is_object()) {
            (true, _) => {}
            (false, false) => {
                assert_ran(name, case, &ran(case).unwrap_or_else(|error| panic!("{name}: {error:?}")));
                answered += 1;
            }
            (false, true) => {
                assert_refused(name, ran(case).err());
                refused += 1;
            }
        }
    }
    assert!(answered > 250 && refused > 40, "{answered} answers, {refused} errors");
}

fn assert_ran(name: &str, case: &Json, ran: &Ran) {
    let tensor = |json: &Json| nest(json).tensor().unwrap().clone();
    let Nest::Leaf(output) = &ran.outputs else { panic!("{name}: {:?}", ran.outputs) };
    let dimensions = case["output_shape"].as_array().unwrap().iter();
    let shape: Vec<_> = dimensions.map(|size| size.as_u64().map(|size| size as usize)).collect();
    // Keras says `[?, ?]` there and gives `[?]`.
    assert!(ran.shape == shape.into() || name == "text_vectorization_whole", "{name}: {}", ran.shape);
    assert_close(name, output, &tensor(&case["output"]));
    let expected = case["losses"].as_array().map_or(Vec::new(), |losses| losses.iter().map(tensor).collect());
    assert_eq!(ran.losses.len(), expected.len(), "{name}: {:?}", ran.losses);
    // Keras has those of the outputs first or last, as the layer was built; their sum is what counts.
    let sorted = |losses: &[Tensor]| {
        let mut losses: Vec<f32> = losses.iter().map(|loss| loss.item::<f32>().unwrap()).collect();
        losses.sort_by(f32::total_cmp);
        Tensor::vector(losses)
    };
    assert_close(name, &sorted(&ran.losses), &sorted(&expected));
    let weights: Vec<&Json> = match case["after"].as_array() {
        Some(after) => after.iter().collect(),
        None => case["weights"].as_array().unwrap().iter().map(|weight| &weight["value"]).collect(),
    };
    assert_eq!(ran.weights.len(), weights.len(), "{name}");
    let named = case["weights"].as_array().unwrap().iter().map(|weight| (&weight["name"], &weight["trainable"]));
    for (((found, (weight, trainable)), expected), named) in ran.weights.iter().zip(&ran.slots).zip(weights).zip(named)
    {
        assert_close(&format!("{name}: {weight}"), found, &tensor(expected));
        let layer = ran.layer.as_str();
        assert_eq!(*weight, format!("{layer}/{}", text(named.0)), "{name}");
        // A frozen layer's weights are trainable by themselves here: the model knows that it is frozen.
        let frozen = case["kwargs"]["trainable"] == false;
        assert!(frozen || named.1 == *trainable, "{name}: {weight}");
    }
    if let Some(mask) = case.get("output_mask") {
        let expected = nest(mask).tensor().ok().cloned();
        assert_eq!(ran.mask, expected, "{name}");
    } else {
        assert_eq!(ran.mask, None, "{name}");
    }
}

fn assert_refused(name: &str, error: Option<Error>) {
    match error {
        Some(Error::InvalidArgument { .. } | Error::UnknownName { .. } | Error::InputMismatch { .. }) => {}
        Some(Error::Core(hub_core::Error::Engine { .. })) if name.starts_with("embedding_") => {}
        other => panic!("{name}: {other:?}"),
    }
}

/// Three steps of descent through the layers end where Keras's end.
#[test]
fn layers_are_trained_as_in_keras() {
    let golden = read("layers/golden.json");
    let recipes = golden["trained"].as_array().unwrap();
    for recipe in recipes {
        let name = text(&recipe["name"]);
        let tensor = |json: &Json| nest(json).tensor().unwrap().clone();
        let values = |key: &str| recipe[key].as_array().unwrap().iter().map(tensor).collect::<Vec<_>>();
        let (x, y) = (tensor(&recipe["x"]), tensor(&recipe["y"]));
        let mut model = trainable_model(recipe, &x);
        model.set_weights(&values("before")).unwrap();
        model.compile(Compile::new(SGD::new(0.125), "mse")).unwrap();
        for expected in recipe["losses"].as_array().unwrap() {
            let loss = model.train_on_batch((&x, &y)).unwrap().get("loss").unwrap();
            // Keras gives them in float32, whatever it computes with.
            let tolerance = if x.dtype() == DType::F32 { 1e-4 } else { 1e-6 };
            let expected = expected.as_f64().unwrap();
            assert!((loss - expected).abs() <= tolerance * expected, "{name}: {loss} is not {expected}");
        }
        for (found, expected) in model.get_weights().unwrap().iter().zip(values("after")) {
            assert_trained(name, found, &expected);
        }
    }
    assert!(recipes.len() >= 10, "{} recipes", recipes.len());
}

fn trainable_model(recipe: &Json, x: &Tensor) -> crate::Model {
    let example: Vec<_> = x.shape()[1..].iter().copied().map(Some).collect();
    let mut layers: Vec<Arc<dyn Layer>> = vec![Arc::new(InputLayer::new(example).dtype(x.dtype()))];
    layers.extend(recipe["layers"].as_array().unwrap().iter().map(cases::layer));
    chain(layers).unwrap()
}

/// Within 1e-9 in float64 (DESIGN.md, Numbers), and within 1e-4 of the largest in float32.
fn assert_trained(name: &str, found: &Tensor, expected: &Tensor) {
    let (found, expected, tolerance) = match expected.dtype() {
        DType::F64 => (found.clone(), expected.clone(), 1e-9),
        _ => (crate::cast::cast(found, DType::F64).unwrap(), crate::cast::cast(expected, DType::F64).unwrap(), 1e-4),
    };
    let (found, expected) = (found.as_slice::<f64>().unwrap(), expected.as_slice::<f64>().unwrap());
    let largest = expected.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= tolerance * largest, "{name}: {found} is not {expected}");
    }
}

/// Two runs move the averages twice, and not three times or once.
#[test]
fn averages_follow_once_a_step() {
    let x = Tensor::new(&[2, 1], vec![1.0_f64, 3.0]).unwrap();
    let layer = || crate::BatchNormalization::new().momentum(0.5).dtype(hub_core::DType::F64);
    let average = |layer: crate::BatchNormalization, training: bool| {
        let ran = run(Arc::new(layer), &Nest::Leaf(x.clone()), &[], training, 2).unwrap();
        (ran.weights[2].as_slice::<f64>().unwrap()[0], ran.weights[3].as_slice::<f64>().unwrap()[0])
    };
    // The mean 2: from 0 half way, and half way again. The variance is 1, as at the beginning.
    assert_eq!(average(layer(), true), (1.5, 1.0));
    assert_eq!(average(layer(), false), (0.0, 1.0));
    assert_eq!(average(layer().trainable(false), true), (0.0, 1.0), "frozen");
}

/// A seed fixes the whole series of random choices; it does not make them all alike.
#[test]
fn dropout_forgets_others_at_each_step() {
    let x = Nest::Leaf(Tensor::new(&[1, 1000], vec![1.0_f32; 1000]).unwrap());
    let after = |steps: usize| {
        let layer = Arc::new(crate::Dropout::new(0.5).seed(3));
        run(layer, &x, &[], true, steps).unwrap().outputs
    };
    assert_ne!(after(1), after(2));
    assert_eq!(after(2), after(2));
}

/// Means and variances found in data are Keras's, up to how Keras rounds.
#[test]
fn normalization_adapts_as_in_keras() {
    let golden = read("layers/adapted.json");
    for case in golden["cases"].as_array().unwrap() {
        let name = text(&case["name"]);
        let axes: Vec<i32> =
            case["axis"].as_array().unwrap().iter().map(|axis| axis.as_i64().unwrap() as i32).collect();
        let x = nest(&case["input"]).tensor().unwrap().clone();
        let batches = crate::Dataset::from_tensor_slices(&x).unwrap().batch(case["batch"].as_u64().unwrap() as usize);
        let layer = crate::Normalization::new().axis(axes).adapt(&batches).unwrap();
        let found = run(Arc::new(layer.clone()), &Nest::Leaf(x.clone()), &[], false, 1).unwrap().outputs;
        let expected = nest(&case["output"]).tensor().unwrap().clone();
        assert_close(name, found.leaves()[0], &expected);
        let back = run(Arc::new(layer.clone().invert(true)), &found, &[], false, 1).unwrap().outputs;
        assert_close(name, back.leaves()[0], &x);
        assert!(layer.adapt(&batches).is_err(), "it has been adapted");
    }
}

/// What is random alters each image in a way of its own, the same for a seed, and leaves what is predicted alone.
#[test]
fn images_are_altered_at_random() {
    use crate::{RandomContrast, RandomFlip, RandomRotation, RandomTranslation, RandomZoom};
    let one: Vec<f32> = (0..24).map(|pixel| (pixel * pixel % 19) as f32).collect();
    let x = Nest::Leaf(Tensor::new(&[40, 4, 6, 1], one.repeat(40)).unwrap());
    type Make = fn(u64) -> Arc<dyn Layer>;
    let layers: [(&str, Make); 5] = [
        ("flip", |seed| Arc::new(RandomFlip::new().seed(seed))),
        ("translation", |seed| Arc::new(RandomTranslation::new(0.5, 0.5).seed(seed))),
        ("rotation", |seed| Arc::new(RandomRotation::new(0.5).seed(seed))),
        ("zoom", |seed| Arc::new(RandomZoom::new(0.5).width_factor(0.3).seed(seed))),
        ("contrast", |seed| Arc::new(RandomContrast::new(0.9).seed(seed))),
    ];
    for (name, layer) in layers {
        let altered = |training: bool, steps: usize, seed: u64| {
            let ran = run(layer(seed), &x, &[], training, steps).unwrap();
            ran.outputs.leaves()[0].as_slice::<f32>().unwrap().to_vec()
        };
        assert_eq!(altered(false, 1, 3), one.repeat(40), "{name}: predicting");
        let first = altered(true, 1, 3);
        assert_eq!(first, altered(true, 1, 3), "{name}");
        assert_ne!(first, altered(true, 2, 3), "{name}: the next step");
        assert_ne!(first, altered(true, 1, 4), "{name}: another seed");
        let mut images: Vec<Vec<u32>> =
            first.chunks(24).map(|image| image.iter().map(|pixel| pixel.to_bits()).collect()).collect();
        images.sort();
        images.dedup();
        // One factor for all; four ways to mirror; or each image in its way.
        let expected = match name {
            "contrast" => 1..=1,
            "flip" => 4..=4,
            _ => 35..=40,
        };
        assert!(expected.contains(&images.len()), "{name}: {} kinds", images.len());
    }
}

/// The table is filled once, however often and wherever it is asked.
#[test]
fn words_are_looked_up_again_and_again() {
    let lookup = || crate::StringLookup::new().vocabulary(["a", "b"]);
    let words = Nest::Leaf(Tensor::from(["b", "c", "a"]));
    for training in [false, true] {
        let ran = run(Arc::new(lookup()), &words, &[], training, 3).unwrap();
        assert_eq!(ran.outputs.leaves(), [&Tensor::from([2_i64, 0, 1])]);
    }
    let model = crate::Sequential::new().add(lookup()).add(lookup().invert(true)).build().unwrap();
    for _ in 0..3 {
        let back = model.predict(Tensor::from(["b", "c", "a"])).unwrap();
        assert_eq!(back.tensor().unwrap(), &Tensor::from(["b", "[UNK]", "a"]));
    }
}

/// The words that layers find in data, in Keras's order.
#[test]
fn vocabularies_are_learned_as_in_keras() {
    let golden = read("layers/learned.json");
    let reviews = golden["reviews"].as_array().unwrap().iter().flat_map(|batch| batch.as_array().unwrap());
    let reviews: Vec<String> = reviews.map(|review| text(review).to_owned()).collect();
    let data = crate::Dataset::from_tensor_slices(Tensor::from(reviews)).unwrap();
    for case in golden["cases"].as_array().unwrap() {
        let expected: Vec<&str> = case["vocabulary"].as_array().unwrap().iter().map(text).collect();
        let kwargs = case["kwargs"].as_object().unwrap();
        let argument = |name: &str| kwargs.get(name);
        let most = argument("max_tokens").map(|most| most.as_u64().unwrap() as usize);
        // One by one, and in batches: what is counted is the same.
        for data in [data.clone(), data.batch(3)] {
            let found = match text(&case["layer"]) {
                "StringLookup" => {
                    let layer = most.into_iter().fold(crate::StringLookup::new(), |layer, most| layer.max_tokens(most));
                    let mask = argument("mask_token").map(text);
                    let layer = mask.into_iter().fold(layer, |layer, mask| layer.mask_token(mask));
                    layer.adapt(&data).unwrap().get_vocabulary()
                }
                _ => {
                    let layer = crate::TextVectorization::new();
                    let layer = most.into_iter().fold(layer, |layer, most| layer.max_tokens(most));
                    let layer = if kwargs.contains_key("standardize") { layer.standardize(None) } else { layer };
                    let layer = if kwargs.contains_key("split") { layer.split(None) } else { layer };
                    let modes = argument("output_mode").map(text);
                    let layer = modes.into_iter().fold(layer, |layer, mode| layer.output_mode(mode));
                    layer.adapt(&data).unwrap().get_vocabulary()
                }
            };
            assert_eq!(found, expected, "{case}");
        }
    }
}
