//! From training to a served model: train, save, take it up again, and what Python says to read it.
//!
//! Shows: `save`, `Sequential::load`, `hub_core::load` of what was saved, `export_for_inference`, `save_archive`.
//! Needs: nothing; the first run fetches TensorFlow (about 270 MB), later ones need no network.
//! Run: `cargo run --release --bin save_and_serve -- digits_model` (without a directory, in a temporary one)

use std::path::PathBuf;

use hub_core::Tensor;
use hub_examples::{Result, digits_5_to_9, model as fixture};
use hub_layers::losses::SparseCategoricalCrossentropy;
use hub_layers::optimizers::Adam;
use hub_layers::{Compile, Dense, Fit, KerasLayer, SaveOptions, Sequential};
use ndarray::s;

fn main() -> Result<()> {
    let (images, labels) = digits_5_to_9()?;
    let [x, few]: [Tensor; 2] = [images.clone().into(), images.slice_move(s![..3, .., .., ..]).into()];
    let y: Tensor = labels.mapv(|digit| digit - 5).into();
    let temporary = std::env::temp_dir().join(format!("save_and_serve_{}", std::process::id()));
    let directory = std::env::args().nth(1).map_or_else(|| temporary.join("digits_model"), PathBuf::from);

    let module = KerasLayer::new(fixture("digits_features"))?.name("module").trainable(true);
    let mut model = Sequential::new().add(module).add(Dense::new(5).name("digits")).seed(1).build()?;
    let loss = SparseCategoricalCrossentropy::new().from_logits(true);
    model.compile(Compile::new(Adam::new(1e-3), loss).metric("accuracy"))?;
    let fit = || Fit::new().batch_size(32).shuffle(false);
    model.fit((&x, &y), fit().epochs(2))?;
    model.save_with(&directory, &SaveOptions::new().overwrite(true))?;

    // Taken up again, training goes on with the numbers that it would have had.
    let mut again = Sequential::load(&directory)?;
    let losses = [&mut model, &mut again].map(|model| Ok(model.fit((&x, &y), fit().epochs(1))?.get("loss").to_vec()));
    let [one, other]: [Result<Vec<f64>>; 2] = losses;
    println!("taken up again, the next epoch's loss is the same: {}", one? == other?);

    // It is a SavedModel like any other: for `load`, and for another `KerasLayer`.
    let served = hub_core::load(&directory.display().to_string())?;
    let answer = served.signatures()["serving_default"].call(&few)?;
    println!("the signature gives: {:?} {:?}", answer.keys(), answer["digits"].tensor()?.shape());
    model.export_for_inference_with(directory.with_extension("frozen"), &SaveOptions::new().overwrite(true))?;
    model.save_archive_with(directory.with_extension("tar.gz"), &SaveOptions::new().overwrite(true))?;
    println!("beside it: constants only (`.frozen`), and one file for a server (`.tar.gz`)");

    println!("\nIn Python:\n{PYTHON}");
    match temporary.is_dir() {
        true => Ok(std::fs::remove_dir_all(temporary)?),
        false => Ok(()),
    }
}

/// The lines that read it in Python; a test runs them.
const PYTHON: &str = r#"
    import tensorflow as tf
    import tensorflow_hub as hub

    images = tf.zeros([3, 8, 8, 1])
    model = tf.saved_model.load("digits_model")
    print(model(images, training=False).shape)
    print(model.signatures["serving_default"](images)["digits"].shape)
    layer = hub.KerasLayer("digits_model", trainable=True)
    print(len(layer.trainable_weights), "weights can be trained on")
    print(hub.KerasLayer("digits_model.frozen")(images).shape)"#;
