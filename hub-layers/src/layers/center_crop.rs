//! [`CenterCrop`]: the middle of images.

use hub_core::Nest;
use hub_core::graph::Node;

use super::augmentation::check_images;
use super::options::{LayerOptions, option_answers, option_builders};
use super::resizing::{image_size, with_channels};
use crate::config::class;
use crate::error::Result;
use crate::images::{Interpolation, smart_resize};
use crate::layer::{Build, Call, Layer, Place};

/// The middle of images; of those that are too small, the largest part of the same proportions, made larger.
///
/// | argument | meaning | default |
/// |---|---|---|
/// | `height`, `width` | of what comes out | |
/// | `name`, `trainable`, `dtype`, `input_shape` | as for every layer | |
///
/// # Shapes
/// Input `[batch, any height, any width, channels]`, both of them known; output `[batch, height, width, channels]`.
///
/// ```
/// use hub_core::Tensor;
/// use hub_layers::{Sequential, layers::CenterCrop};
/// let model = Sequential::new().add(CenterCrop::new(2, 1)).build()?;
/// let y = model.predict(Tensor::new(&[1, 2, 3, 1], vec![1.0_f32, 2.0, 3.0, 4.0, 5.0, 6.0])?)?;
/// assert_eq!(y.tensor()?.as_slice::<f32>()?, [2.0, 5.0]);
/// # Ok::<(), hub_layers::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct CenterCrop {
    height: usize,
    width: usize,
    options: LayerOptions,
}

impl CenterCrop {
    /// A layer that keeps this height and width.
    pub fn new(height: usize, width: usize) -> CenterCrop {
        CenterCrop { height, width, options: LayerOptions::default() }
    }

    option_builders!();
}

/// Height and width of what comes in.
fn given(place: &Place, images: Node<'_>) -> Result<[i32; 2]> {
    let shape = images.shape();
    check_images(place, &shape)?;
    let side = |axis: usize| shape.dimension(axis).and_then(|size| i32::try_from(size).ok());
    match (side(1), side(2)) {
        (Some(height), Some(width)) => Ok([height, width]),
        _ => Err(place.input_mismatch("images of a known height and width", shape)),
    }
}

impl Layer for CenterCrop {
    fn class_name(&self) -> &str {
        "CenterCrop"
    }

    option_answers!();

    fn build<'g>(&self, build: &mut Build<'g>, inputs: &Nest<Node<'g>>) -> Result<()> {
        image_size(build.place(), self.height, self.width)?;
        given(build.place(), build.place().numbers(inputs)?).map(|_| ())
    }

    fn call<'g>(&self, call: &mut Call<'g>, inputs: Nest<Node<'g>>) -> Result<Nest<Node<'g>>> {
        let images = call.place().single(&inputs)?.cast(self.options.dtype);
        let size = image_size(call.place(), self.height, self.width)?;
        let [given_height, given_width] = given(call.place(), images)?;
        let ([height, width], scope) = (size, call.scope());
        if given_height < height || given_width < width {
            let resized = smart_resize(images, size, Interpolation::Bilinear);
            return Ok(Nest::Leaf(with_channels(resized, images, size).cast(self.options.dtype)));
        }
        let begin = scope.constant([0, (given_height - height) / 2, (given_width - width) / 2, 0]);
        let extent = scope.constant([-1, height, width, -1]);
        Ok(Nest::Leaf(scope.op("Slice").input(images).input(begin).input(extent).build()))
    }
}

class! { CenterCrop = "CenterCrop", |config| CenterCrop::new(config.required("height")?, config.required("width")?);
height = height, width = width; with options }
