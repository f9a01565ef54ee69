//! A new head on a hub module, once with the module frozen and once fine-tuned through it, side by side.
//!
//! Shows: `trainable`, `compile`, `fit` with validation data and a callback, `evaluate`.
//! Needs: nothing; the first run fetches TensorFlow (about 270 MB), later ones need no network.
//! Run: `cargo run --release --bin fine_tuning`

use hub_core::Tensor;
use hub_examples::{Result, digits_5_to_9, model as fixture};
use hub_layers::callbacks::EarlyStopping;
use hub_layers::losses::SparseCategoricalCrossentropy;
use hub_layers::optimizers::Adam;
use hub_layers::{Compile, Dense, Evaluate, Fit, KerasLayer, Sequential};
use ndarray::Axis;

fn main() -> Result<()> {
    // The module knows the digits 0 to 4 only; the head learns to tell 5 to 9 apart. Every fifth image is held out.
    let (images, labels) = digits_5_to_9()?;
    let held_out = |index: &usize| index.is_multiple_of(5);
    let (test, train): (Vec<usize>, Vec<usize>) = (0..labels.len()).partition(held_out);
    let pick = |rows: &[usize]| {
        let x = Tensor::from(images.select(Axis(0), rows));
        (x, Tensor::vector(rows.iter().map(|row| labels[*row] - 5).collect()))
    };
    let (train, test) = (pick(&train), pick(&test));

    for (name, trainable, goal) in [("frozen", false, 0.97), ("fine-tuned", true, 0.98)] {
        let mut model = Sequential::new()
            .add(KerasLayer::new(fixture("digits_features"))?.trainable(trainable))
            .add(Dense::new(5))
            .seed(7)
            .build()?;
        let loss = SparseCategoricalCrossentropy::new().from_logits(true);
        let rate = if trainable { 2e-3 } else { 2e-2 };
        model.compile(Compile::new(Adam::new(rate), loss).metric("accuracy"))?;

        let patience = EarlyStopping::monitor("val_accuracy").patience(8).restore_best_weights(true);
        let fit = Fit::new().epochs(40).seed(7).validation_data((&test.0, &test.1)).callback(patience);
        let history = model.fit((&train.0, &train.1), fit)?;
        let accuracy = model.evaluate((&test.0, &test.1), Evaluate::new())?.get("accuracy").unwrap_or(0.0);

        println!("the module {name}: {} weights trained", model.summary().trainable_params());
        println!("  the loss fell: {}", history.get("loss").last() < history.get("loss").first());
        println!("  at least {} % of {} held-out digits are right: {}", goal * 100.0, test.1.len(), accuracy >= goal);
    }
    Ok(())
}
