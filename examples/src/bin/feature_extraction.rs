//! Feature extraction: images become vectors, and like ones are found by the angle between them.
//!
//! Shows: a loaded module called on batches from a folder, its features as an `ndarray`, search by cosine; nothing is trained.
//! Needs: nothing; the first run fetches TensorFlow (about 270 MB), later ones need no network.
//! Run: `cargo run --release --bin feature_extraction -- FOLDER HANDLE SIZE` for images in a folder for each kind and a module
//! of your own, such as `flower_photos google/mobilenet-v2/tensorFlow2/100-224-feature-vector 224` (without: digits that the
//! module has never seen)

use std::path::Path;

use hub_core::{LoadedModel, Tensor};
use hub_examples::{Result, digits_as_folders, model as fixture};
use hub_layers::data::image_dataset_from_directory;
use ndarray::{Array1, Array2, Array4, ArrayView1, Axis, concatenate};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let digits = digits_as_folders()?;
    let (folder, handle, size, color_mode) = match arguments.as_slice() {
        [] => (digits.path().to_owned(), fixture("digits_features"), 8, "grayscale"),
        [folder, handle, size] => (folder.into(), handle.clone(), size.parse()?, "rgb"),
        _ => return Err("give a folder, a handle and the module's image size".into()),
    };
    let module = hub_core::load(&handle)?;
    let images = image_dataset_from_directory(folder).image_size((size, size)).color_mode(color_mode).shuffle(false);
    let images = images.build()?;

    // A row for each image, of length 1: the product of two rows is the cosine of the angle between them.
    let (mut rows, mut labels) = (Vec::new(), Vec::new());
    for batch in images.iter()? {
        let batch = batch?;
        rows.push(features(&module, batch.x.leaves()[0])?);
        labels.extend_from_slice(batch.y.as_ref().ok_or("no labels")?.leaves()[0].as_slice::<i32>()?);
    }
    let rows: Array2<f32> = concatenate(Axis(0), &rows.iter().map(|rows| rows.view()).collect::<Vec<_>>())?;
    println!("{} images, {} features each", rows.nrows(), rows.ncols());

    println!("\nan image, and the three most like it, with the cosine");
    let name = |index: usize| place(&images.file_paths()[index]);
    for class in 0..images.class_names().len() {
        let query = labels.iter().position(|label| *label == class as i32).ok_or("a folder without images")?;
        let found = nearest(&rows, rows.row(query), query);
        let found = found.iter().take(3).map(|(index, cosine)| format!("{} {cosine:.2}", name(*index)));
        println!("{}: {}", name(query), found.collect::<Vec<_>>().join(", "));
    }

    let alike = |query: &usize| nearest(&rows, rows.row(*query), *query)[0].0;
    let right = (0..labels.len()).filter(|query| labels[alike(query)] == labels[*query]).count();
    println!("\nfor at least 90 % the one most like it is of the same kind: {}", right * 10 >= labels.len() * 9);
    Ok(())
}

/// What the module makes of images, each row divided by its length.
fn features(module: &LoadedModel, images: &Tensor) -> Result<Array2<f32>> {
    // Modules take colours from 0 to 1.
    let images = Array4::<f32>::try_from(images)? / 255.0;
    let mut rows: Array2<f32> = module.call(Tensor::from(images))?.try_into()?;
    for mut row in rows.rows_mut() {
        let length = row.dot(&row).sqrt().max(f32::MIN_POSITIVE);
        row /= length;
    }
    Ok(rows)
}

/// The other rows with their cosines, those most like the query first.
fn nearest(rows: &Array2<f32>, query: ArrayView1<'_, f32>, itself: usize) -> Vec<(usize, f32)> {
    let cosines: Array1<f32> = rows.dot(&query);
    let mut others: Vec<(usize, f32)> =
        cosines.iter().copied().enumerate().filter(|(index, _)| *index != itself).collect();
    others.sort_by(|one, other| other.1.total_cmp(&one.1));
    others
}

/// A file's name below the folder of all kinds.
fn place(path: &Path) -> String {
    let parts: Vec<_> = path.iter().rev().take(2).map(|part| part.to_string_lossy()).collect();
    parts.iter().rev().map(AsRef::as_ref).collect::<Vec<&str>>().join("/")
}
