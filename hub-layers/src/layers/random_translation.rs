//! [`RandomTranslation`]: images moved a little.

use hub_core::Nest;
use hub_core::graph::Node;

use super::augmentation::{Factor, Moving, check_images, matrix, moving_builders, sizes};
use super::options::{LayerOptions, option_answers, option_builders};
use crate::config::class;
use crate::error::Result;
use crate::layer::{Build, Call, Layer};

/// While training, each image moved by a random share of its height and width.
///
/// | argument | meaning | default |
/// |---|---|---|
/// | `height_factor` | the range of shares of the height, up (negative) and down; one number is a range in both directions | |
/// | `width_factor` | likewise of the width, left and right | |
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
/// use hub_layers::{Sequential, layers::RandomTranslation};
/// let model = Sequential::new().add(RandomTranslation::new(0.1, (-0.2, 0.2)).fill_mode("nearest")).build()?;
/// let images = Tensor::new(&[1, 2, 2, 1], vec![1.0_f32, 2.0, 3.0, 4.0])?;
/// assert_eq!(model.predict(&images)?.tensor()?, &images, "predicting is not training");
/// # Ok::<(), hub_layers::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct RandomTranslation {
    height_factor: Factor,
    width_factor: Factor,
    moving: Moving,
    options: LayerOptions,
}

impl RandomTranslation {
    /// A layer that moves images by these shares.
    pub fn new(height_factor: impl Into<Factor>, width_factor: impl Into<Factor>) -> RandomTranslation {
        let (height_factor, width_factor) = (height_factor.into(), width_factor.into());
        RandomTranslation { height_factor, width_factor, moving: Moving::default(), options: LayerOptions::default() }
    }

    moving_builders!();
    option_builders!();
}

impl Layer for RandomTranslation {
    fn class_name(&self) -> &str {
        "RandomTranslation"
    }

    option_answers!();

    fn build<'g>(&self, build: &mut Build<'g>, inputs: &Nest<Node<'g>>) -> Result<()> {
        let place = build.place();
        for (argument, factor) in [("height_factor", self.height_factor), ("width_factor", self.width_factor)] {
            factor.check_order(place, argument)?;
            factor.check_share(place, argument)?;
        }
        self.moving.check(place)?;
        check_images(place, &place.numbers(inputs)?.shape())
    }

    fn call<'g>(&self, call: &mut Call<'g>, inputs: Nest<Node<'g>>) -> Result<Nest<Node<'g>>> {
        let images = call.place().single(&inputs)?.cast(self.options.dtype);
        if !call.training() {
            return Ok(Nest::Leaf(images));
        }
        let [height, width] = sizes(images);
        let size = |size: Node<'g>| size.cast(hub_core::DType::F32);
        let down = self.moving.draw(call, images, self.height_factor.symmetric()) * size(height);
        let right = self.moving.draw(call, images, self.width_factor.symmetric()) * size(width);
        let (zero, one) = (down * 0.0, down * 0.0 + 1.0);
        Ok(Nest::Leaf(self.moving.apply(images, matrix([one, zero, -right, zero, one, -down]))))
    }
}

class! { RandomTranslation = "RandomTranslation",
|config| RandomTranslation::new(config.required::<Factor>("height_factor")?, config.required::<Factor>("width_factor")?);
height_factor = height_factor, width_factor = width_factor, fill_mode = moving.fill_mode, fill_value = moving.fill_value, interpolation = moving.interpolation, seed = moving.seed; with options; ignored "rng_type" = "stateful" }
