//! Text classification, the tutorial: folders of good and bad reviews, a hub module for texts, two layers on it.
//!
//! Shows: `text_dataset_from_directory`, a `KerasLayer` of texts that is trained too, Adam, binary accuracy, plots,
//! evaluation, predictions for sentences of one's own.
//! Needs: nothing; the first run fetches TensorFlow (about 270 MB), later ones need no network.
//! Run: `cargo run --release --bin text_classification -- FOLDER HANDLE OUT` for texts in `FOLDER/train` and `FOLDER/test` and
//! a module of your own, such as `aclImdb google/nnlm/tensorFlow2/en-dim50 reviews`, with `aclImdb/train/unsup` taken away
//! (without: small made-up reviews, and a temporary directory for what comes out)

use std::path::PathBuf;

use hub_core::{DType, Tensor};
use hub_examples::{Result, model as fixture, reviews};
use hub_layers::data::text_dataset_from_directory;
use hub_layers::losses::BinaryCrossentropy;
use hub_layers::metrics::BinaryAccuracy;
use hub_layers::optimizers::Adam;
use hub_layers::{Compile, Dense, Evaluate, Fit, InputLayer, KerasLayer, Sequential};

/// Sentences that the model has not been trained on.
const OWN: [&str; 4] = [
    "A wonderful film, I loved every minute.",
    "The plot is dull and the acting is wooden.",
    "It starts charming and funny, then it falls apart.",
    "The dialogue is never boring, and the ending is beautiful.",
];

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let temporary = tempfile::tempdir()?;
    let (folder, handle, out) = match arguments.as_slice() {
        [] => (reviews(), fixture("text_embedding"), temporary.path().to_owned()),
        [folder, handle, out] => (PathBuf::from(folder), handle.clone(), PathBuf::from(out)),
        _ => return Err("give a folder with `train` and `test`, a handle and a directory for what comes out".into()),
    };
    // The sizes and the rate of the tutorial are for 25,000 reviews.
    let (batch_size, rate) = if arguments.is_empty() { (32, 0.003) } else { (512, 0.001) };

    let texts = text_dataset_from_directory(folder.join("train")).batch_size(batch_size);
    let (train, validation) = texts.validation_split(0.25).seed(123).build_both()?;
    let test = text_dataset_from_directory(folder.join("test")).batch_size(batch_size).shuffle(false).build()?;
    let classes = train.class_names();
    println!("classes: {}", classes.join(", "));
    let sizes = [&train, &validation, &test].map(|part| part.file_paths().len());
    println!("reviews: {} to train, {} to validate, {} to test", sizes[0], sizes[1], sizes[2]);

    let module = KerasLayer::new(handle.as_str())?.trainable(true);
    let layers = Sequential::new().add(InputLayer::new(()).dtype(DType::String)).add(module);
    let mut model = layers.add(Dense::new(16).activation("relu")).add(Dense::new(1)).seed(1).build()?;

    // The model gives a logit: above 0 is the second class.
    let accuracy = BinaryAccuracy::new().threshold(0.0).name("accuracy");
    let loss = BinaryCrossentropy::new().from_logits(true);
    model.compile(Compile::new(Adam::new(rate), loss).metric(accuracy))?;
    let history = model.fit(&*train, Fit::new().epochs(40).validation_data(&*validation))?;
    let accuracy = model.evaluate(&*test, Evaluate::new())?.get("accuracy").unwrap_or(0.0);
    println!("the loss fell: {}", history.get("loss").last() < history.get("loss").first());
    println!("at least 80 % are right: {}", accuracy >= 0.8);

    let logits = model.predict(Tensor::from(OWN))?;
    for (sentence, logit) in OWN.iter().zip(logits.tensor()?.as_slice::<f32>()?) {
        println!("{}: {sentence}", classes[usize::from(*logit > 0.0)]);
    }

    std::fs::create_dir_all(&out)?;
    history.plot(out.join("history.svg"))?;
    Ok(())
}
