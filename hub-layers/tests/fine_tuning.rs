//! Training through a `KerasLayer`: what Keras does with the models of `fixtures/`, in `fixtures/keras_layer/training.json`.

mod golden;

use golden::fixture;
use hub_core::Tensor;
use hub_layers::optimizers::SGD;
use hub_layers::{Compile, Dense, Error, Fit, KerasLayer, Sequential};

fn column(values: &[f32]) -> Tensor {
    Tensor::new(&[values.len(), 1], values.to_vec()).unwrap()
}

#[test]
fn a_trainable_layer_changes_a_frozen_one_does_not() {
    let mut model = Sequential::new()
        .add(KerasLayer::new(fixture("keras_mlp/model")).unwrap().trainable(true))
        .add(Dense::new(1))
        .seed(1)
        .build()
        .unwrap();
    model.compile(Compile::new(SGD::new(0.1), "mse")).unwrap();
    let x = Tensor::new(&[4, 4], (0..16).map(|i| (i as f32).sin()).collect()).unwrap();
    let data = || (x.clone(), column(&[1.0, 2.0, 3.0, 4.0]));
    let before = model.get_weights().unwrap();
    model.fit(data(), Fit::new()).unwrap();
    let after = model.get_weights().unwrap();
    assert!(before.iter().zip(&after).all(|(before, after)| before != after), "moving averages too");
    model.set_trainable("keras_layer", false).unwrap();
    model.fit(data(), Fit::new()).unwrap();
    let frozen = model.get_weights().unwrap();
    let changed: Vec<bool> = after.iter().zip(&frozen).map(|(after, frozen)| after != frozen).collect();
    assert_eq!(changed, [[false; 8].as_slice(), &[true; 2]].concat(), "the moving averages stand still too");
}

#[test]
fn a_signature_is_not_trained() {
    let layer = KerasLayer::new(fixture("affine/model")).unwrap().signature("serving_default").output_key("output_0");
    let mut model = Sequential::new().add(layer).add(Dense::new(1)).build().unwrap();
    model.compile(Compile::new("sgd", "mse")).unwrap();
    let data = || (Tensor::from([[1.0_f32, 2.0, 3.0]]), column(&[1.0]));
    model.fit(data(), Fit::new()).unwrap();
    model.set_trainable("keras_layer", true).unwrap();
    let Err(Error::Layer { layer, source, .. }) = model.fit(data(), Fit::new()) else { panic!("it was trained") };
    assert_eq!(layer, "keras_layer");
    assert!(matches!(*source, Error::Callable(hub_legacy::RuleError::TrainableSignature { .. })), "{source}");
}
