//! What the examples share: where their data lies and how it is read.
//!
//! The data are fixtures of the workspace; an example that takes a handle of your own says so in its header.

use std::path::{Path, PathBuf};

use hub_core::graph::Program;
use hub_core::{DType, SessionOptions, Tensor};
use ndarray::{Array1, Array4};

/// Errors of an example end it with their message.
pub type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

/// Images `[count, 8, 8, 1]` with values from 0 to 1, and the digit that each one shows.
pub type Digits = (Array4<f32>, Array1<i64>);

/// A folder or file among the fixtures.
fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join(name)
}

/// The handle of a fixture's model: a directory.
pub fn model(name: &str) -> String {
    fixture(name).join("model").display().to_string()
}

/// The folder of reviews of films, `train/neg/000.txt`, ...; written for this project.
pub fn reviews() -> PathBuf {
    fixture("reviews")
}

/// The handwritten digits 5 to 9 (UCI, CC BY 4.0; see `fixtures/digits/ATTRIBUTION.md`).
///
/// # Errors
/// Where the files cannot be read.
pub fn digits_5_to_9() -> Result<Digits> {
    let images: Array4<u8> = ndarray_npy::read_npy(fixture("digits/digits_5_to_9_images.npy"))?;
    let labels = ndarray_npy::read_npy(fixture("digits/digits_5_to_9_labels.npy"))?;
    Ok((images.mapv(|shade| f32::from(shade) / 16.0), labels))
}

/// The same digits as folders of images, `five/0.png`, ..., in a new directory.
///
/// # Errors
/// Where the digits cannot be read or the images cannot be written.
pub fn digits_as_folders() -> Result<tempfile::TempDir> {
    let images: Array4<u8> = ndarray_npy::read_npy(fixture("digits/digits_5_to_9_images.npy"))?;
    let labels: Array1<i64> = ndarray_npy::read_npy(fixture("digits/digits_5_to_9_labels.npy"))?;
    let program = Program::new(&SessionOptions::new())?;
    let pixels = program.scope().placeholder("pixels", DType::U8, [Some(8), Some(8), Some(1)]);
    let png = program.scope().op("EncodePng").input(pixels).build();
    let encode = program.prepare(&[pixels], &[png], &[])?;
    let folder = tempfile::tempdir()?;
    for (index, (image, label)) in images.outer_iter().zip(&labels).enumerate() {
        let class = folder.path().join(["five", "six", "seven", "eight", "nine"][usize::try_from(label - 5)?]);
        std::fs::create_dir_all(&class)?;
        let shades = Tensor::from(image.mapv(|shade| (f32::from(shade) * 255.0 / 16.0).round() as u8));
        let file = program.run(&encode, &[&shades])?;
        std::fs::write(class.join(format!("{index:03}.png")), &file[0].as_strings()?[0])?;
    }
    Ok(folder)
}
