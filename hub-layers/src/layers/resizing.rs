//! [`Resizing`]: images at one size.

use hub_core::graph::Node;
use hub_core::{DType, Nest};

use super::augmentation::check_images;
use super::options::{LayerOptions, option_answers, option_builders};
use crate::config::class;
use crate::error::Result;
use crate::images::{Interpolation, resize, smart_resize};
use crate::layer::{Build, Call, Layer, Place};

/// Images at another height and width.
///
/// | argument | meaning | default |
/// |---|---|---|
/// | `height`, `width` | of what comes out | |
/// | `interpolation` | `"bilinear"`, `"nearest"`, `"bicubic"`, `"area"`, `"lanczos3"`, `"lanczos5"`, `"gaussian"` or `"mitchellcubic"` | `"bilinear"` |
/// | `crop_to_aspect_ratio` | whether images keep their proportions, and lose what then is too much at two sides | false |
/// | `name`, `trainable`, `dtype`, `input_shape` | as for every layer | |
///
/// # Shapes
/// Input `[batch, any height, any width, channels]`, output `[batch, height, width, channels]`.
///
/// ```
/// use hub_core::Tensor;
/// use hub_layers::{Sequential, layers::Resizing};
/// let model = Sequential::new().add(Resizing::new(1, 2)).build()?;
/// let y = model.predict(Tensor::new(&[1, 2, 2, 1], vec![1.0_f32, 2.0, 3.0, 6.0])?)?;
/// assert_eq!(y.tensor()?.as_slice::<f32>()?, [2.0, 4.0]);
/// # Ok::<(), hub_layers::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Resizing {
    height: usize,
    width: usize,
    interpolation: String,
    crop_to_aspect_ratio: bool,
    options: LayerOptions,
}

impl Resizing {
    /// A layer that resizes to this height and width.
    pub fn new(height: usize, width: usize) -> Resizing {
        let (interpolation, options) = ("bilinear".into(), LayerOptions::default());
        Resizing { height, width, interpolation, crop_to_aspect_ratio: false, options }
    }

    /// How. Default: `"bilinear"`.
    pub fn interpolation(mut self, interpolation: impl Into<String>) -> Self {
        self.interpolation = interpolation.into();
        self
    }

    /// Whether images keep their proportions, and lose what then is too much at two sides. Default: false.
    pub fn crop_to_aspect_ratio(mut self, crop_to_aspect_ratio: bool) -> Self {
        self.crop_to_aspect_ratio = crop_to_aspect_ratio;
        self
    }

    option_builders!();

    fn interpolated(&self, place: &Place) -> Result<Interpolation> {
        let named = Interpolation::named(&self.interpolation);
        named.ok_or_else(|| place.unknown_name("interpolation", &self.interpolation, Interpolation::NAMES))
    }
}

/// Height and width as TensorFlow takes them.
pub(super) fn image_size(place: &Place, height: usize, width: usize) -> Result<[i32; 2]> {
    let side = |argument: &str, size: usize| {
        let size_i32 = i32::try_from(size).ok().filter(|size| *size > 0);
        size_i32.ok_or_else(|| place.invalid_argument(argument, "a number of pixels", size))
    };
    Ok([side("height", height)?, side("width", width)?])
}

impl Layer for Resizing {
    fn class_name(&self) -> &str {
        "Resizing"
    }

    option_answers!();

    fn build<'g>(&self, build: &mut Build<'g>, inputs: &Nest<Node<'g>>) -> Result<()> {
        let place = build.place();
        image_size(place, self.height, self.width)?;
        self.interpolated(place)?;
        check_images(place, &place.numbers(inputs)?.shape())
    }

    fn call<'g>(&self, call: &mut Call<'g>, inputs: Nest<Node<'g>>) -> Result<Nest<Node<'g>>> {
        let (place, dtype) = (call.place(), self.options.dtype);
        let interpolation = self.interpolated(place)?;
        let size = image_size(place, self.height, self.width)?;
        let x = place.single(&inputs)?;
        let images = x.cast(if interpolation == Interpolation::Nearest { dtype } else { DType::F32 });
        let resized = match self.crop_to_aspect_ratio {
            true => smart_resize(images, size, interpolation),
            false => resize(images, size, interpolation),
        };
        Ok(Nest::Leaf(with_channels(resized, x, size).cast(dtype)))
    }
}

/// Says of resized images that they have the channels of those that came in, where cropping has hidden it.
pub(super) fn with_channels<'g>(resized: Node<'g>, images: Node<'g>, [height, width]: [i32; 2]) -> Node<'g> {
    match images.shape().last() {
        Some(channels) if resized.shape().last().is_none() => resized.reshape(&[-1, height, width, channels as i32]),
        _ => resized,
    }
}

class! { Resizing = "Resizing", |config| Resizing::new(config.required("height")?, config.required("width")?);
height = height, width = width, interpolation = interpolation, crop_to_aspect_ratio = crop_to_aspect_ratio; with options }
