//! [`RandomRotation`]: images turned a little.

use std::f64::consts::TAU;

use hub_core::graph::Node;
use hub_core::{DType, Nest};

use super::augmentation::{Factor, Moving, check_images, matrix, moving_builders, sizes};
use super::options::{LayerOptions, option_answers, option_builders};
use crate::config::class;
use crate::error::Result;
use crate::layer::{Build, Call, Layer};

/// While training, each image turned by a random angle around its middle.
///
/// | argument | meaning | default |
/// |---|---|---|
/// | `factor` | the range of angles in full turns, counter-clockwise where positive; one number is a range in both directions | |
/// | `fill_mode`, `fill_value` | what lies beyond the edges | `"reflect"`, 0 |
/// | `interpolation` | `"nearest"` or `"bilinear"` | `"bilinear"` |
/// | `seed` | of the random choice | decided by the model's seed |
/// | `name`, `trainable`, `dtype`, `input_shape` | as for every layer | |
///
/// # Shapes
/// Input `[batch, height, width, channels]`, output the same.
///
/// ```
/// use hub_core::Tensor;
/// use hub_layers::{Sequential, layers::RandomRotation};
/// let model = Sequential::new().add(RandomRotation::new(0.1)).build()?;
/// let images = Tensor::new(&[1, 2, 2, 1], vec![1.0_f32, 2.0, 3.0, 4.0])?;
/// assert_eq!(model.predict(&images)?.tensor()?, &images, "predicting is not training");
/// # Ok::<(), hub_layers::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct RandomRotation {
    factor: Factor,
    moving: Moving,
    options: LayerOptions,
}

impl RandomRotation {
    /// A layer that turns images by these shares of a full turn.
    pub fn new(factor: impl Into<Factor>) -> RandomRotation {
        RandomRotation { factor: factor.into(), moving: Moving::default(), options: LayerOptions::default() }
    }

    moving_builders!();
    option_builders!();
}

impl Layer for RandomRotation {
    fn class_name(&self) -> &str {
        "RandomRotation"
    }

    option_answers!();

    fn build<'g>(&self, build: &mut Build<'g>, inputs: &Nest<Node<'g>>) -> Result<()> {
        let place = build.place();
        self.factor.check_order(place, "factor")?;
        self.moving.check(place)?;
        check_images(place, &place.numbers(inputs)?.shape())
    }

    fn call<'g>(&self, call: &mut Call<'g>, inputs: Nest<Node<'g>>) -> Result<Nest<Node<'g>>> {
        let images = call.place().single(&inputs)?.cast(self.options.dtype);
        if !call.training() {
            return Ok(Nest::Leaf(images));
        }
        let (lower, upper) = self.factor.symmetric();
        let angles = self.moving.draw(call, images, (lower * TAU, upper * TAU));
        let turned = |op: &str| images.scope().op(op).input(angles).build();
        let (sine, cosine) = (turned("Sin"), turned("Cos"));
        // From the middle of the first pixel to that of the last.
        let [height, width] = sizes(images).map(|size| size.cast(DType::F32) - 1.0);
        let right = (width - (cosine * width - sine * height)) / 2.0;
        let down = (height - (sine * width + cosine * height)) / 2.0;
        Ok(Nest::Leaf(self.moving.apply(images, matrix([cosine, -sine, right, sine, cosine, down]))))
    }
}

class! { RandomRotation = "RandomRotation", |config| RandomRotation::new(config.required::<Factor>("factor")?);
factor = factor, fill_mode = moving.fill_mode, fill_value = moving.fill_value, interpolation = moving.interpolation, seed = moving.seed; with options; ignored "rng_type" = "stateful" }
