//! Models declared in one place and checked against the real model they build on, before the program runs.
//!
//! Shows: `model!` as a list and as a graph, `hub_model!`, what the compiler reads of a model.
//! Needs: nothing; the first run fetches TensorFlow (about 270 MB), later ones need no network.
//! Run: `cargo run --release --bin declared_models`

use hub_core::Tensor;
use hub_examples::{Result, digits_5_to_9};
use hub_layers::model;
use ndarray::s;

/// The module's signatures as types, from its description.
mod digits {
    hub_layers::hub_model!(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/digits_features/model"));
}

fn main() -> Result<()> {
    let (images, _) = digits_5_to_9()?;
    let images = images.slice(s![..3, .., .., ..]).to_owned();

    // A list. The macro has read what the module takes: with `InputLayer([28, 28, 1])` in front this does not compile.
    let deep = std::env::args().count() > 1;
    let list = model!(<
        InputLayer([8, 8, 1]),
        KerasLayer(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/digits_features/model")),
        if deep { Dense(32, "relu"), Dropout(0.2) },
        scores = Dense(5, activation = "softmax", kernel_regularizer = L2(1e-4)),
    >)?;
    println!("{}\n", list.summary());

    // A graph: two inputs, a layer that is applied twice, two outputs by name.
    let graph = model! {
        input left: f32[batch, 8, 8, 1];
        input right: f32[batch, 8, 8, 1];
        let features = KerasLayer(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/digits_features/model"), trainable = true);
        let both = Concatenate()([features(left), features(right)]);
        output { both, same: Dense(1, activation = "sigmoid", kernel_initializer = GlorotUniform(seed = 7))(both) }
    }?;
    let pair = [("left", Tensor::from(&images)), ("right", Tensor::from(&images))];
    let outputs = graph.predict(pair)?;
    println!("both {:?}, same {:?}", outputs["both"].tensor()?.shape(), outputs["same"].tensor()?.shape());

    // A signature with its own types: a wrong name, element type or number of dimensions does not compile.
    let signature = digits::ServingDefault::load()?;
    let digits::ServingDefaultOutputs { features } = signature.call(digits::ServingDefaultInputs { inputs: images })?;
    println!(
        "{} gives {}: {:?}",
        digits::ServingDefault::SIGNATURE,
        digits::ServingDefault::OUTPUTS[0].name,
        features.dim()
    );
    Ok(())
}
