//! SavedModels by other people answer as Python says; each test skips with a line where the model is not at hand.

#![cfg(feature = "engine")]

use hub_core::{Error, Tensor, args, load};
use hub_fixtures::{assert_close, foreign_model};

#[test]
fn tensorflow_serving_half_plus_two() {
    let Some(handle) = foreign_model("serving_half_plus_two_tf2") else { return };
    let model = load(&handle).unwrap();
    assert!(!model.is_callable());
    assert!(matches!(model.call([1.0_f32]), Err(Error::NotCallable { .. })));
    let signatures = model.signatures();
    assert_eq!(
        signatures.names(),
        [
            "classify_x2_to_y3",
            "classify_x_to_y",
            "regress_x2_to_y3",
            "regress_x_to_y",
            "regress_x_to_y2",
            "serving_default"
        ]
    );
    let half_plus_two = signatures["serving_default"].call([("x", [1.0_f32])]).unwrap();
    assert_close(&half_plus_two["y"], &[2.5_f32].into(), "y = 0.5 x + 2");
    let half_plus_three = signatures["regress_x2_to_y3"].call(args![inputs = [4.0_f32]]).unwrap();
    assert_close(&half_plus_three["outputs"], &[5.0_f32].into(), "y3 = 0.5 x2 + 3");
    // A serialized tf.Example with the feature x = [3.0], as bytes of a string tensor.
    let example = b"\n\r\n\x0b\n\x01x\x12\x06\x12\x04\n\x02\x00\x00".to_vec();
    let bad = signatures["regress_x_to_y"].call(Tensor::strings(&[1], [example]).unwrap());
    assert!(matches!(bad, Err(Error::Engine { .. })), "a cut tf.Example is TensorFlow's to refuse: {bad:?}");
    let whole = [&b"\x0a\x0f\x0a\x0d\x0a\x01x\x12\x08\x12\x06\x0a\x04"[..], &3.0_f32.to_le_bytes()].concat();
    let regressed = signatures["regress_x_to_y"].call(Tensor::strings(&[1], [whole]).unwrap()).unwrap();
    assert_close(&regressed["outputs"], &[[3.5_f32]].into(), "a tf.Example");
}

#[test]
fn a_keras_model_of_cppflow() {
    let Some(handle) = foreign_model("cppflow_load_model") else { return };
    let model = load(&handle).unwrap();
    let x = Tensor::new(&[2, 5], (0..10).map(|value| value as f32 / 4.0).collect()).unwrap();
    let expected = [[0.807_851_73_f32], [0.995_169_34]].into();
    assert_close(&model.call(&x).unwrap(), &expected, "by default");
    for training in [false, true] {
        assert_close(&model.call(args![&x, training = training]).unwrap(), &expected, "with a literal");
    }
    let served = model.signatures()["serving_default"].call(&x).unwrap();
    assert_close(&served["dense_1"], &expected, "the signature");
    assert_eq!(model.trainable_variables().len(), 4);
}

#[test]
fn a_tf1_model_of_tensorflow_serving() {
    let Some(handle) = foreign_model("serving_half_plus_two_tf1") else { return };
    let model = load(&handle).unwrap();
    assert!(!model.is_callable());
    let signatures = model.signatures();
    assert_eq!(
        signatures.names(),
        ["classify_x_to_y", "regress_x2_to_y3", "regress_x_to_y", "regress_x_to_y2", "serving_default"]
    );
    let y = signatures["serving_default"].call([("x", [[1.0_f32], [2.0]])]).unwrap();
    assert_close(&y["y"], &[[2.5_f32], [3.0]].into(), "y = 0.5 x + 2");
    let y3 = signatures["regress_x2_to_y3"].call(args![inputs = [[4.0_f32]]]).unwrap();
    assert_close(&y3["outputs"], &[[5.0_f32]].into(), "y3 = 0.5 x2 + 3");
    let example = [&b"\x0a\x0f\x0a\x0d\x0a\x01x\x12\x08\x12\x06\x0a\x04"[..], &3.0_f32.to_le_bytes()].concat();
    let example = Tensor::strings(&[1], [example]).unwrap();
    let scores = signatures["classify_x_to_y"].call(&example).unwrap();
    assert_close(&scores["scores"], &[[3.5_f32]].into(), "a tf.Example");
    let error = signatures["serving_default"].call([("x", [[1_i32]])]).unwrap_err();
    assert!(matches!(error, Error::DTypeMismatch { .. }), "{error}");
    assert!(matches!(model.instantiate(&hub_core::graph::Scope::new().unwrap()), Err(Error::Unsupported { .. })));
}
