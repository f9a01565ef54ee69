//! `hub_model!`: the types of fixtures' signatures, called.

use hub_layers::{DType, LoadedModel, Tensor};
use ndarray::array;

#[allow(unreachable_pub, reason = "the types are public wherever they are written")]
mod affine {
    hub_layers::hub_model!(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/affine/model"));
}

#[allow(unreachable_pub, reason = "the types are public wherever they are written")]
mod strings {
    hub_layers::hub_model!(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/strings/model"), tags = ["serve"]);
}

fn load(fixture: &str) -> LoadedModel {
    hub_core::load(&format!("{}/../fixtures/{fixture}/model", env!("CARGO_MANIFEST_DIR"))).expect("it loads")
}

#[test]
fn a_signature_is_called_with_its_types() {
    let sig = affine::Sig::load().expect("it loads");
    let (x1, x2) = (array![[1.0_f32, 2.0, 3.0]], array![[0.0_f32, 0.0, 1.0]]);
    let outputs = sig.call(affine::SigInputs { x1: x1.clone(), x2: x2.clone() }).expect("it runs");
    let by_name = load("affine").signatures()["sig"].call([("x1", &x1), ("x2", &x2)]).expect("it runs");
    assert_eq!(Tensor::from(&outputs.y), *by_name["y"].tensor().expect("a tensor"));
    assert_eq!(Tensor::from(&outputs.z), *by_name["z"].tensor().expect("a tensor"));
    let default = affine::ServingDefault::of(&load("affine")).expect("the same model");
    assert_eq!(
        default.call(affine::ServingDefaultInputs { x: x1 }).expect("it runs").output_0,
        array![[11.1_f32, 2.8]]
    );
}

#[test]
fn what_is_known_of_the_tensors() {
    let [x1, x2] = affine::Sig::INPUTS else { panic!("two inputs") };
    assert_eq!((x1.name, x1.dtype, x1.shape), ("x1", Some(DType::F32), Some(&[None, Some(3)][..])));
    assert_eq!(x2.name, "x2");
    assert_eq!(affine::Sig::OUTPUTS.len(), 2);
    assert_eq!(affine::Sig::SIGNATURE, "sig");
}

#[test]
fn strings_are_tensors() {
    assert!(strings::ServingDefault::INPUTS.iter().all(|input| input.dtype == Some(DType::String)));
    assert!(strings::ServingDefault::load().is_ok());
}

#[test]
fn another_model_is_refused() {
    let error = affine::Sig::of(&load("keras_mlp")).expect_err("no such signature");
    assert!(error.to_string().contains("sig"), "{error}");
    let error = affine::ServingDefault::of(&load("keras_mlp")).expect_err("other inputs");
    let text = "the inputs of the signature `serving_default`: expected `x`: float32 [?, 3], found `hidden_input`: float32 [?, 4]";
    assert_eq!(error.to_string(), text);
}
