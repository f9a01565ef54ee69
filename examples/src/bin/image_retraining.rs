//! Image retraining, the tutorial: a folder of images for each class, a hub module, a new head on it.
//!
//! Shows: `image_dataset_from_directory`, augmentation, a fine-tuned `KerasLayer`, SGD with momentum, label smoothing, plots,
//! a run that was broken off and goes on, the prediction for one image by name, saving and loading.
//! Needs: nothing; the first run fetches TensorFlow (about 270 MB), later ones need no network.
//! Run: `cargo run --release --bin image_retraining -- FOLDER HANDLE SIZE OUT` for images and a module of your own, such as
//! `flower_photos google/mobilenet-v2/tensorFlow2/100-224-feature-vector 224 flowers` (without: digits, in a temporary one);
//! with `OUT` alone for the digits. Started again with the same arguments, a run that was killed goes on where it was.

use std::path::PathBuf;

use hub_core::Tensor;
use hub_examples::{Result, digits_as_folders, model as fixture};
use hub_layers::callbacks::BackupAndRestore;
use hub_layers::data::image_dataset_from_directory;
use hub_layers::losses::CategoricalCrossentropy;
use hub_layers::optimizers::SGD;
use hub_layers::regularizers::L2;
use hub_layers::{
    Compile, ConfusionMatrix, Dense, Dropout, Evaluate, Fit, InputLayer, KerasLayer, RandomFlip, RandomRotation,
    RandomTranslation, RandomZoom, Rescaling, SaveOptions, Sequential,
};

/// Passes over the training images.
const EPOCHS: usize = 15;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let digits = digits_as_folders()?;
    let (folder, handle, size, out, photographs) = match arguments.as_slice() {
        [] => (digits.path().to_owned(), fixture("digits_features"), 8, digits.path().join("out"), false),
        [out] => (digits.path().to_owned(), fixture("digits_features"), 8, PathBuf::from(out), false),
        [folder, handle, size, out] => (folder.into(), handle.clone(), size.parse()?, PathBuf::from(out), true),
        _ => return Err("give a folder, a handle, the module's image size and a directory for what comes out".into()),
    };

    let images = image_dataset_from_directory(folder).label_mode("categorical").image_size((size, size)).batch_size(16);
    let images = images.color_mode(if photographs { "rgb" } else { "grayscale" });
    let (train, validation) = images.validation_split(0.2).seed(123).build_both()?;
    let (classes, channels) = (train.class_names(), if photographs { 3 } else { 1 });
    println!("classes: {}", classes.join(", "));
    println!("images: {} to train, {} to validate", train.file_paths().len(), validation.file_paths().len());

    // A digit in a mirror is none; photographs may be turned, moved, scaled and mirrored.
    let mut layers = Sequential::new().add(InputLayer::new([size, size, channels])).add(Rescaling::new(1.0 / 255.0));
    layers = match photographs {
        true => layers.add(RandomRotation::new(40.0 / 360.0)).add(RandomFlip::new().mode("horizontal")),
        false => layers.add(RandomRotation::new(0.02)),
    };
    layers = layers.add(RandomTranslation::new(0.1, 0.1)).add(RandomZoom::new(0.1));
    let module = KerasLayer::new(handle.as_str())?.trainable(true);
    let head = Dense::new(classes.len()).kernel_regularizer(L2::new(1e-4));
    let mut model = layers.add(module).add(Dropout::new(0.2)).add(head).seed(1).build()?;

    let loss = CategoricalCrossentropy::new().from_logits(true).label_smoothing(0.1);
    model.compile(Compile::new(SGD::new(0.005).momentum(0.9), loss).metric("accuracy"))?;
    let fit = Fit::new().epochs(EPOCHS).validation_data(&*validation);
    let history = model.fit(&*train, fit.callback(BackupAndRestore::new(out.join("backup"))))?;
    let accuracy = model.evaluate(&*validation, Evaluate::new())?.get("accuracy").unwrap_or(0.0);
    println!("the loss fell: {}", history.get("loss").last() < history.get("loss").first());
    println!("at least 95 % are right: {}", accuracy >= 0.95);

    // What each image was taken for.
    let (mut labels, mut predictions) = (Vec::new(), Vec::new());
    for batch in validation.iter()? {
        let batch = batch?;
        let scores = model.predict(batch.x.leaves()[0])?;
        labels.extend(largest(batch.y.as_ref().ok_or("no labels")?.leaves()[0])?);
        predictions.extend(largest(scores.tensor()?)?);
    }
    let named =
        |class: i64| usize::try_from(class).ok().and_then(|class| classes.get(class)).map_or("?", String::as_str);
    println!("an image of `{}` was taken for `{}`", named(labels[0]), named(predictions[0]));
    let confused = ConfusionMatrix::new(&Tensor::vector(labels), &Tensor::vector(predictions))?.class_names(classes)?;

    std::fs::create_dir_all(&out)?;
    std::fs::write(out.join("history.txt"), format!("{history:#?}\nright in the end: {accuracy}\n"))?;
    history.plot(out.join("history.svg"))?;
    confused.plot(out.join("confusion.svg"))?;
    model.plot(out.join("model.svg"))?;
    model.save_with(out.join("model"), &SaveOptions::new().overwrite(true))?;
    let mut again = Sequential::load(out.join("model"))?;
    let same = again.evaluate(&*validation, Evaluate::new())?.get("accuracy") == Some(accuracy);
    println!("saved and loaded, it is as good: {same}");
    Ok(())
}

/// The class with the largest score in each row.
fn largest(scores: &Tensor) -> Result<Vec<i64>> {
    let width = scores.shape().last().copied().unwrap_or(1).max(1);
    let best = |row: &[f32]| (0..row.len()).max_by(|one, other| row[*one].total_cmp(&row[*other])).unwrap_or(0) as i64;
    Ok(scores.as_slice::<f32>()?.chunks(width).map(best).collect())
}
