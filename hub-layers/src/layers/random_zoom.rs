//! [`RandomZoom`]: images made larger or smaller within their frame.

use hub_core::graph::Node;
use hub_core::{DType, Nest};

use super::augmentation::{Factor, Moving, check_images, matrix, moving_builders, refuse, sizes};
use super::options::{LayerOptions, option_answers, option_builders};
use crate::config::class;
use crate::error::Result;
use crate::layer::{Build, Call, Layer};

/// While training, each image zoomed by a random factor.
///
/// | argument | meaning | default |
/// |---|---|---|
/// | `height_factor` | the range of shares by which more (positive: zooming out) or less of the height is seen; one number is a range in both directions | |
/// | `width_factor` | likewise of the width | what is drawn for the height |
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
/// use hub_layers::{Sequential, layers::RandomZoom};
/// let model = Sequential::new().add(RandomZoom::new((-0.2, 0.0))).build()?;
/// let images = Tensor::new(&[1, 2, 2, 1], vec![1.0_f32, 2.0, 3.0, 4.0])?;
/// assert_eq!(model.predict(&images)?.tensor()?, &images, "predicting is not training");
/// # Ok::<(), hub_layers::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct RandomZoom {
    height_factor: Factor,
    width_factor: Option<Factor>,
    moving: Moving,
    options: LayerOptions,
}

impl RandomZoom {
    /// A layer that zooms by these shares.
    pub fn new(height_factor: impl Into<Factor>) -> RandomZoom {
        let height_factor = height_factor.into();
        RandomZoom { height_factor, width_factor: None, moving: Moving::default(), options: LayerOptions::default() }
    }

    /// The shares of the width. Default: what is drawn for the height.
    pub fn width_factor(mut self, width_factor: impl Into<Factor>) -> Self {
        self.width_factor = Some(width_factor.into());
        self
    }

    moving_builders!();
    option_builders!();
}

impl Layer for RandomZoom {
    fn class_name(&self) -> &str {
        "RandomZoom"
    }

    option_answers!();

    fn build<'g>(&self, build: &mut Build<'g>, inputs: &Nest<Node<'g>>) -> Result<()> {
        let place = build.place();
        self.height_factor.check_share(place, "height_factor")?;
        if let Some(range) = self.width_factor.map(Factor::symmetric).filter(|range| range.0 < -1.0 || range.1 < -1.0) {
            return Err(refuse(place, "width_factor", "numbers of -1 or more", range));
        }
        self.moving.check(place)?;
        check_images(place, &place.numbers(inputs)?.shape())
    }

    fn call<'g>(&self, call: &mut Call<'g>, inputs: Nest<Node<'g>>) -> Result<Nest<Node<'g>>> {
        let images = call.place().single(&inputs)?.cast(self.options.dtype);
        if !call.training() {
            return Ok(Nest::Leaf(images));
        }
        let mut draw = |factor: Factor| {
            let (lower, upper) = factor.symmetric();
            self.moving.draw(call, images, (1.0 + lower, 1.0 + upper))
        };
        let tall = draw(self.height_factor);
        let wide = self.width_factor.map_or(tall, draw);
        // What stays where it is, is the middle between the first pixel and the last.
        let [height, width] = sizes(images).map(|size| size.cast(DType::F32));
        let offset = |size: Node<'g>, zoom: Node<'g>| ((size - 1.0) / 2.0) * (1.0 - zoom);
        let (right, down, zero) = (offset(width, wide), offset(height, tall), tall * 0.0);
        Ok(Nest::Leaf(self.moving.apply(images, matrix([wide, zero, right, zero, tall, down]))))
    }
}

class! { RandomZoom = "RandomZoom", |config| RandomZoom::new(config.required::<Factor>("height_factor")?);
height_factor = height_factor, width_factor = width_factor, fill_mode = moving.fill_mode, fill_value = moving.fill_value, interpolation = moving.interpolation, seed = moving.seed; with options; ignored "rng_type" = "stateful" }
