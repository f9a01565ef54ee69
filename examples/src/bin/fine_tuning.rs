//! A new head on a hub module: first on the module as it is, then with the module trained too, side by side.
//!
//! Shows: `compile` with a schedule, `fit` with validation data, `set_trainable`, `evaluate`.
//! Needs: nothing; the first run fetches TensorFlow (about 270 MB), later ones need no network.
//! Run: `cargo run --release --bin fine_tuning`

use hub_core::Tensor;
use hub_examples::{Result, digits_5_to_9, model as fixture};
use hub_layers::losses::SparseCategoricalCrossentropy;
use hub_layers::optimizers::{Adam, schedules::CosineDecay};
use hub_layers::{Compile, Dense, Evaluate, Fit, KerasLayer, Sequential};
use ndarray::{Array4, ArrayView4, Axis, concatenate, s};

const BATCH_SIZE: usize = 32;

fn main() -> Result<()> {
    // The module knows the digits 0 to 4 only; the head learns to tell 5 to 9 apart. Every fifth image is held out.
    let (images, labels) = digits_5_to_9()?;
    let (test, train): (Vec<usize>, Vec<usize>) = (0..labels.len()).partition(|index| index.is_multiple_of(5));
    let pick = |rows: &[usize]| {
        let labels = rows.iter().map(|row| labels[*row] - 5).collect::<Vec<i64>>();
        (images.select(Axis(0), rows), labels)
    };
    let ((x, y), (test_x, test_y)) = (pick(&train), pick(&test));
    let more = (Tensor::from(shifted(x.view())?), Tensor::vector(y.repeat(SHIFTS.len())));
    let [train, test]: [(Tensor, Tensor); 2] = [(x.into(), y.into()), (test_x.into(), test_y.into())];

    let module = KerasLayer::new(fixture("digits_features"))?.name("module");
    let mut model = Sequential::new().add(module).add(Dense::new(5)).seed(1).build()?;

    // First the head alone, on features that are computed once; then all: an untrained head would spoil the module.
    let stages = [("frozen", &train, 40, 1e-2, 0.97), ("fine-tuned", &more, 12, 6e-3, 0.98)];
    for (stage, (x, y), epochs, rate, goal) in stages {
        model.set_trainable("module", stage == "fine-tuned")?;
        let loss = SparseCategoricalCrossentropy::new().from_logits(true);
        let steps = epochs * y.len().div_ceil(BATCH_SIZE);
        let optimizer = Adam::new(CosineDecay::new(rate, steps as f64));
        model.compile(Compile::new(optimizer, loss).metric("accuracy"))?;

        let fit = Fit::new().epochs(epochs).batch_size(BATCH_SIZE).seed(1).validation_data((&test.0, &test.1));
        let history = model.fit((x, y), fit)?;
        let accuracy = model.evaluate((&test.0, &test.1), Evaluate::new())?.get("accuracy").unwrap_or(0.0);

        println!("the module {stage}: {} weights trained", model.summary().trainable_params());
        println!("  the loss fell: {}", history.get("loss").last() < history.get("loss").first());
        println!("  at least {} % of {} held-out digits are right: {}", goal * 100.0, test.1.len(), accuracy >= goal);
    }
    Ok(())
}

/// How far down and right: not at all, and one pixel to each side.
const SHIFTS: [(usize, usize); 5] = [(1, 1), (0, 1), (2, 1), (1, 0), (1, 2)];

/// Images of 8 by 8, once for each shift: a digit is the same digit one pixel further.
fn shifted(images: ArrayView4<'_, f32>) -> Result<Array4<f32>> {
    let mut padded = Array4::zeros((images.len_of(Axis(0)), 10, 10, 1));
    padded.slice_mut(s![.., 1..9, 1..9, ..]).assign(&images);
    let views = SHIFTS.map(|(down, right)| padded.slice(s![.., 2 - down..10 - down, 2 - right..10 - right, ..]));
    Ok(concatenate(Axis(0), &views)?)
}
