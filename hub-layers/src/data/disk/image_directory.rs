//! [`image_dataset_from_directory`]: a folder of images for each class.

use std::path::PathBuf;
use std::sync::Arc;

use super::directory::{Directory, bad, directory_arguments};
use super::directory_dataset::DirectoryDataset;
use super::image_decoder::ImageDecoder;
use super::labels::Labels;
use super::load::Reading;
use crate::error::Result;
use crate::images::Interpolation;

/// Images from a directory, as Keras's function of this name reads them: JPEG, PNG, BMP and GIF (its first picture),
/// each resized to `[height, width, channels]`, float32 from 0 to 255 (uint8 for `nearest`).
///
/// ```text
/// flowers/
///   daisy/      one.jpg, two.png, from_the_garden/three.jpg
///   tulip/      ...
/// ```
///
/// ```
/// use hub_layers::data::image_dataset_from_directory;
///
/// let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/folders/mixed");
/// let images = image_dataset_from_directory(folder).image_size((64, 48)).batch_size(4);
/// let (train, validation) = images.validation_split(0.2).seed(123).build_both()?;
/// assert_eq!(train.class_names(), ["cats", "dogs"]);
/// assert_eq!((train.file_paths().len(), validation.file_paths().len()), (8, 2));
/// let batch = train.iter()?.next().expect("a batch")?;
/// assert_eq!(batch.x.leaves()[0].shape(), [4, 64, 48, 3]);
/// # Ok::<(), hub_layers::Error>(())
/// ```
pub fn image_dataset_from_directory(directory: impl Into<PathBuf>) -> ImageDirectory {
    ImageDirectory {
        directory: Directory::new(directory.into()),
        reading: Reading::default(),
        color_mode: "rgb".into(),
        image_size: (256, 256),
        interpolation: "bilinear".into(),
        crop_to_aspect_ratio: false,
        max_pixels: 1 << 27,
    }
}

/// The arguments of [`image_dataset_from_directory`].
#[derive(Debug, Clone)]
pub struct ImageDirectory {
    directory: Directory,
    reading: Reading,
    color_mode: String,
    image_size: (usize, usize),
    interpolation: String,
    crop_to_aspect_ratio: bool,
    max_pixels: u64,
}

const FORMATS: &[&str] = &[".bmp", ".gif", ".jpeg", ".jpg", ".png"];

impl ImageDirectory {
    directory_arguments!();

    /// `grayscale`, `rgb` or `rgba`: 1, 3 or 4 channels. Default: `rgb`.
    pub fn color_mode(mut self, color_mode: impl Into<String>) -> Self {
        self.color_mode = color_mode.into();
        self
    }

    /// The height and the width of all images. Default: 256 by 256.
    pub fn image_size(mut self, image_size: (usize, usize)) -> Self {
        self.image_size = image_size;
        self
    }

    /// How images are resized: `bilinear`, `nearest`, `bicubic`, `area`, `lanczos3`, `lanczos5`, `gaussian` or
    /// `mitchellcubic`. Default: `bilinear`.
    pub fn interpolation(mut self, interpolation: impl Into<String>) -> Self {
        self.interpolation = interpolation.into();
        self
    }

    /// Whether images keep their proportions, and lose what then is too much at two sides. Default: false.
    pub fn crop_to_aspect_ratio(mut self, crop_to_aspect_ratio: bool) -> Self {
        self.crop_to_aspect_ratio = crop_to_aspect_ratio;
        self
    }

    /// How many pixels a file may have, all pictures of a moving one together; one with more counts as broken and is not
    /// decoded. Default: 2^27.
    pub fn max_pixels(mut self, max_pixels: u64) -> Self {
        self.max_pixels = max_pixels;
        self
    }

    /// The data set.
    ///
    /// # Errors
    /// [`Error::BadConfig`](crate::Error::BadConfig) for arguments that do not go together, or where there are no such
    /// files; [`Error::Core`](crate::Error::Core) where a folder cannot be read. A broken image is an error of its pass,
    /// [`Error::BrokenFile`](crate::Error::BrokenFile).
    pub fn build(self) -> Result<DirectoryDataset> {
        let decoder = self.decoder()?;
        self.reading.dataset(self.directory.index(FORMATS)?, decoder)
    }

    /// The data sets for training and for validation: what Python gives for the subset `both`. That for validation comes
    /// in the same order at each pass.
    ///
    /// # Errors
    /// As [`ImageDirectory::build`].
    pub fn build_both(self) -> Result<(DirectoryDataset, DirectoryDataset)> {
        let decoder = self.decoder()?;
        let (training, validation) = self.directory.index_both(FORMATS)?;
        Ok((self.reading.dataset(training, decoder.clone())?, self.reading.dataset(validation, decoder)?))
    }

    fn decoder(&self) -> Result<Arc<ImageDecoder>> {
        let channels = match self.color_mode.as_str() {
            "grayscale" => 1,
            "rgb" => 3,
            "rgba" => 4,
            other => return Err(bad("color_mode", "`grayscale`, `rgb` or `rgba`", format!("`{other}`"))),
        };
        let interpolation = Interpolation::named(&self.interpolation).ok_or_else(|| {
            bad(
                "interpolation",
                format!("one of {}", Interpolation::NAMES.join(", ")),
                format!("`{}`", self.interpolation),
            )
        })?;
        let side = |size: usize| i32::try_from(size).ok().filter(|size| *size > 0);
        let (height, width) = self.image_size;
        let (Some(height), Some(width)) = (side(height), side(width)) else {
            return Err(bad("image_size", "a height and a width", format!("{height} by {width}")));
        };
        let decoder =
            ImageDecoder::new(channels, [height, width], interpolation, self.crop_to_aspect_ratio, self.max_pixels)?;
        Ok(Arc::new(decoder))
    }
}
