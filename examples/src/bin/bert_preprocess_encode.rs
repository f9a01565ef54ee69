//! Texts through a preprocessor and an encoder, as BERT comes from a hub: two modules that hand a dict to one another.
//!
//! Shows: ops of TensorFlow Text, dicts in and out, a functional model of two modules, of which one is trained.
//! Needs: TensorFlow Text; the first run fetches it as it fetches TensorFlow (about 270 MB), later ones need no network.
//! Run: `cargo run --release --bin bert_preprocess_encode -- PREPROCESSOR ENCODER` for modules of your own, such as
//! `tensorflow/bert/tensorFlow2/en-uncased-preprocess tensorflow/bert/tensorFlow2/en-uncased-l-2-h-128-a-2` (without: a
//! vocabulary of 34 pieces of words, and a small encoder that nobody has trained yet)

use hub_core::{DType, LoadOptions, OpLibraries, Structure, Tensor, load, load_with};
use hub_examples::{Result, model as fixture};
use hub_layers::losses::BinaryCrossentropy;
use hub_layers::optimizers::Adam;
use hub_layers::{Compile, Dense, Fit, InputLayer, KerasLayer, KerasTensor, Model};

/// What there is to read, and whether it is about an animal.
const TEXTS: [(&str, f32); 4] = [
    ("The quick brown fox jumped over the lazy dog!", 1.0),
    ("TensorFlow hub, Rust: café?", 0.0),
    ("a lazy fox", 1.0),
    ("unaffable rust!", 0.0),
];

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (preprocessor, encoder) = match arguments.as_slice() {
        [] => (fixture("bert_preprocess"), fixture("bert_encoder")),
        [preprocessor, encoder] => (preprocessor.clone(), encoder.clone()),
        _ => return Err("give the handles of a preprocessor and of an encoder".into()),
    };
    let text = OpLibraries::new().tensorflow_text();
    text.load().map_err(|why| format!("TensorFlow Text is needed: {why}; {}", why.hint().unwrap_or_default()))?;
    let options = LoadOptions::new().op_libraries(text);

    // Step by step: what one gives is what the other takes.
    let (preprocess, encode) = (load_with(&preprocessor, &options)?, load(&encoder)?);
    let texts = Tensor::from(TEXTS.map(|(text, _)| text));
    let prepared = preprocess.call(&texts)?;
    show("prepared", &prepared);
    let ids = prepared["input_word_ids"].tensor()?;
    for ((text, _), row) in TEXTS.iter().zip(ids.as_slice::<i32>()?.chunks(ids.shape()[1])) {
        // The padding is left away.
        let row: Vec<String> = row.iter().take_while(|id| **id != 0).map(i32::to_string).collect();
        println!("  {}: {text}", row.join(" "));
    }
    show("encoded", &encode.call(prepared)?);

    // As one model: the preprocessor as it is, the encoder trained with a layer on it.
    let sentences = KerasTensor::input(InputLayer::new(()).dtype(DType::String).name("texts"));
    let prepared = sentences.then(KerasLayer::new(preprocess)?);
    let encoded = prepared.then(KerasLayer::new(encode)?.trainable(true));
    let animal = encoded.key("pooled_output").then(Dense::new(1));
    let mut model = Model::new(sentences, animal).seed(1).build()?;

    model.compile(Compile::new(Adam::new(3e-3), BinaryCrossentropy::new().from_logits(true)))?;
    let labels = Tensor::from(TEXTS.map(|(_, animal)| [animal]));
    let history = model.fit((&texts, &labels), Fit::new().epochs(30).seed(1))?;
    println!("the loss fell: {}", history.get("loss").last() < history.get("loss").first());
    let logits = model.predict(Tensor::from(["The dog jumped", "a hub"]))?;
    println!("one number for each text: {:?}", logits.tensor()?.shape());
    Ok(())
}

/// The element types and shapes in a dict.
fn show(what: &str, dict: &Structure) {
    println!("{what}:");
    for key in dict.keys() {
        let leaves = dict[key].tensors();
        let shapes: Vec<String> = leaves.iter().map(|leaf| format!("{} {:?}", leaf.dtype(), leaf.shape())).collect();
        println!("  {key}: {}", shapes.join(", "));
    }
}
