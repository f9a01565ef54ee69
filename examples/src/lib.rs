//! What the examples share: where their data lies and how it is read.
//!
//! The data are fixtures of the workspace; an example that takes a handle of your own says so in its header.

use std::path::{Path, PathBuf};

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

/// The handwritten digits 5 to 9 (UCI, CC BY 4.0; see `fixtures/digits/ATTRIBUTION.md`).
///
/// # Errors
/// Where the files cannot be read.
pub fn digits_5_to_9() -> Result<Digits> {
    let images: Array4<u8> = ndarray_npy::read_npy(fixture("digits/digits_5_to_9_images.npy"))?;
    let labels = ndarray_npy::read_npy(fixture("digits/digits_5_to_9_labels.npy"))?;
    Ok((images.mapv(|shade| f32::from(shade) / 16.0), labels))
}
