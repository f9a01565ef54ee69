//! From a handle to a prediction: a hub module and a layer of our own, on real images.
//!
//! Shows: loading a module by its handle, `model!`, `predict`, the summary.
//! Needs: nothing; the first run fetches TensorFlow (about 270 MB), later ones need no network.
//! Run: `cargo run --release --bin quickstart`

use hub_core::Tensor;
use hub_examples::{Result, digits_5_to_9, model as fixture};
use hub_layers::initializers::GlorotUniform;
use hub_layers::model;
use ndarray::{Array2, Axis, s};

fn main() -> Result<()> {
    // A feature extractor trained on the digits 0 to 4, and a layer of ten units that nobody has trained yet.
    let handle = fixture("digits_features");
    let model = model!(< KerasLayer(handle), Dense(10, kernel_initializer = GlorotUniform::new().seed(7)) >)?;

    let (images, labels) = digits_5_to_9()?;
    let images = images.slice(s![..8, .., .., ..]);
    let scores: Array2<f32> = model.predict(Tensor::from(images))?.try_into()?;

    println!("{}\n", model.summary());
    println!("image  shows  scores of the ten units, rounded");
    for (index, row) in scores.axis_iter(Axis(0)).enumerate() {
        let scores: Vec<String> = row.iter().map(|score| format!("{score:5.1}")).collect();
        println!("{index:5}  {:5}  {}", labels[index], scores.join(" "));
    }
    Ok(())
}
