//! The preprocessor and the encoder of `bert_preprocess_encode`, one behind the other, give Python's numbers.
//!
//! Each by itself is held against its golden with hub-core; here the dict goes from one to the other, by hand and in a model.

mod text;

use hub_core::{DType, LoadOptions, OpLibraries, Structure, load, load_with};
use hub_fixtures::{Golden, assert_close, model};
use hub_layers::{InputLayer, KerasLayer, KerasTensor, Model};

/// The texts of a fixture's golden, or what comes of them.
fn case(fixture: &str) -> (Structure, Structure) {
    let golden = Golden::read(fixture);
    let case = golden.cases.into_iter().find(|case| case.name == "call").expect("it has this case");
    let input = case.arguments.positional.into_iter().next().expect("it has an argument");
    (input, case.answer.expect("Python answers"))
}

#[test]
fn what_is_prepared_is_encoded_as_in_python() {
    if !text::is_there() {
        return;
    }
    let (texts, prepared) = case("bert_preprocess");
    let (taken, expected) = case("bert_encoder");
    assert_eq!(prepared, taken, "the goldens are of the same texts");

    let options = LoadOptions::new().op_libraries(OpLibraries::new().tensorflow_text());
    let preprocess = load_with(&model("bert_preprocess"), &options).expect("it loads");
    let encode = load(&model("bert_encoder")).expect("it loads");
    let by_hand = encode.call(preprocess.call(texts.clone()).expect("it is called")).expect("it is called");
    assert_close(&by_hand, &expected, "step by step");

    let sentences = KerasTensor::input(InputLayer::new(()).dtype(DType::String));
    let prepared = sentences.then(KerasLayer::new(preprocess).expect("a layer"));
    let encoded = prepared.then(KerasLayer::new(encode).expect("a layer"));
    let both = Model::new(sentences, encoded).build().expect("it is built");
    assert_close(&both.predict(texts).expect("it predicts"), &expected, "as one model");
}
