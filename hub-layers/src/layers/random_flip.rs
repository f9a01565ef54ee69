//! [`RandomFlip`]: images mirrored or not.

use hub_core::graph::Node;
use hub_core::{DType, Nest};

use super::augmentation::{batch, check_images};
use super::options::{LayerOptions, option_answers, option_builders};
use crate::config::class;
use crate::error::Result;
use crate::layer::{Build, Call, Layer};

/// While training, each image mirrored or left as it is, with equal chances.
///
/// | argument | meaning | default |
/// |---|---|---|
/// | `mode` | `"horizontal"`, `"vertical"` or `"horizontal_and_vertical"` | both |
/// | `seed` | of the random choice | decided by the model's seed |
/// | `name`, `trainable`, `dtype`, `input_shape` | as for every layer | |
///
/// # Shapes
/// Input `[batch, height, width, channels]`, output the same.
///
/// ```
/// use hub_core::Tensor;
/// use hub_layers::{Sequential, layers::RandomFlip};
/// let model = Sequential::new().add(RandomFlip::new().mode("horizontal")).build()?;
/// let images = Tensor::new(&[1, 2, 2, 1], vec![1.0_f32, 2.0, 3.0, 4.0])?;
/// assert_eq!(model.predict(&images)?.tensor()?, &images, "predicting is not training");
/// # Ok::<(), hub_layers::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct RandomFlip {
    mode: String,
    seed: Option<u64>,
    options: LayerOptions,
}

impl Default for RandomFlip {
    fn default() -> RandomFlip {
        RandomFlip::new()
    }
}

/// What each mode mirrors: the axes of images.
const MODES: [(&str, &[i32]); 3] = [("horizontal", &[2]), ("vertical", &[1]), ("horizontal_and_vertical", &[2, 1])];

impl RandomFlip {
    /// A layer that mirrors in both directions.
    pub fn new() -> RandomFlip {
        RandomFlip { mode: "horizontal_and_vertical".into(), seed: None, options: LayerOptions::default() }
    }

    /// `"horizontal"`, `"vertical"` or `"horizontal_and_vertical"`. Default: both.
    pub fn mode(mut self, mode: impl Into<String>) -> Self {
        self.mode = mode.into();
        self
    }

    /// The seed of the random choice. Default: the model's seed decides.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    option_builders!();
}

impl Layer for RandomFlip {
    fn class_name(&self) -> &str {
        "RandomFlip"
    }

    option_answers!();

    fn build<'g>(&self, build: &mut Build<'g>, inputs: &Nest<Node<'g>>) -> Result<()> {
        let place = build.place();
        if !MODES.iter().any(|(mode, _)| *mode == self.mode) {
            return Err(place.unknown_name("mode", &self.mode, MODES.iter().map(|(mode, _)| *mode)));
        }
        check_images(place, &place.numbers(inputs)?.shape())
    }

    fn call<'g>(&self, call: &mut Call<'g>, inputs: Nest<Node<'g>>) -> Result<Nest<Node<'g>>> {
        let mut images = call.place().single(&inputs)?.cast(self.options.dtype);
        if !call.training() {
            return Ok(Nest::Leaf(images));
        }
        let axes = MODES.iter().find(|(mode, _)| *mode == self.mode).map_or(&[][..], |(_, axes)| axes);
        for axis in axes {
            let scope = images.scope();
            let shape = scope.op("Pack").input_list([batch(images)]).build();
            let random = call.random_uniform(shape, DType::F32, self.seed);
            images = flip(images, *axis, random);
        }
        Ok(Nest::Leaf(images))
    }
}

/// The images mirrored along an axis where their number is more than a half.
fn flip<'g>(images: Node<'g>, axis: i32, random: Node<'g>) -> Node<'g> {
    let scope = images.scope();
    let chosen = scope.op("Greater").input(random).input(scope.constant(0.5_f32)).build().reshape(&[-1, 1, 1, 1]);
    let mirrored = scope.op("ReverseV2").input(images).input(scope.constant([axis])).build();
    scope.op("SelectV2").input(chosen).input(mirrored).input(images).build()
}

class! { RandomFlip = "RandomFlip", |config| RandomFlip::new();
mode = mode, seed = seed; with options; ignored "rng_type" = "stateful" }

#[cfg(test)]
mod tests {
    use hub_core::Tensor;
    use hub_core::graph::function;

    use super::*;

    /// As `flip_left_right` and `flip_up_down`.
    #[test]
    fn each_image_is_mirrored_by_its_number() {
        let images = Tensor::new(&[3, 2, 2, 1], (0..12).map(|pixel| pixel as f32).collect()).unwrap();
        let flipped = |axis: i32| {
            let f = function("flip", |s| {
                let x = s.placeholder("x", DType::F32, [None, Some(2), Some(2), Some(1)]);
                s.output("y", flip(x, axis, s.constant([0.5_f32, 0.51, 0.99])))
            });
            let y = f.unwrap().call([("x", &images)]).unwrap();
            y["y"].tensor().unwrap().as_slice::<f32>().unwrap().to_vec()
        };
        assert_eq!(flipped(2), [0., 1., 2., 3., 5., 4., 7., 6., 9., 8., 11., 10.]);
        assert_eq!(flipped(1), [0., 1., 2., 3., 6., 7., 4., 5., 10., 11., 8., 9.]);
    }
}
