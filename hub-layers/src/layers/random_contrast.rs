//! [`RandomContrast`]: images paler or harder.

use hub_core::graph::Node;
use hub_core::{DType, Nest, Tensor};

use super::augmentation::{Factor, check_images, draw, refuse};
use super::options::{LayerOptions, option_answers, option_builders};
use crate::config::class;
use crate::error::Result;
use crate::layer::{Build, Call, Layer};

/// While training, (x - mean) · factor + mean, with the mean of each channel of each image and one random factor for the
/// batch; what comes out below 0 or above 255 is cut there.
///
/// | argument | meaning | default |
/// |---|---|---|
/// | `factor` | how far below 1 and how far above it the factor may be; one number is both | |
/// | `seed` | of the random choice | decided by the model's seed |
/// | `name`, `trainable`, `dtype`, `input_shape` | as for every layer | |
///
/// # Shapes
/// Input `[batch, height, width, channels]`, output the same.
///
/// ```
/// use hub_core::Tensor;
/// use hub_layers::{Sequential, layers::RandomContrast};
/// let model = Sequential::new().add(RandomContrast::new(0.3)).build()?;
/// let images = Tensor::new(&[1, 2, 2, 1], vec![1.0_f32, 2.0, 3.0, 4.0])?;
/// assert_eq!(model.predict(&images)?.tensor()?, &images, "predicting is not training");
/// # Ok::<(), hub_layers::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct RandomContrast {
    factor: Factor,
    seed: Option<u64>,
    options: LayerOptions,
}

impl RandomContrast {
    /// A layer that changes the contrast by these shares.
    pub fn new(factor: impl Into<Factor>) -> RandomContrast {
        RandomContrast { factor: factor.into(), seed: None, options: LayerOptions::default() }
    }

    /// The seed of the random choice. Default: the model's seed decides.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    option_builders!();

    /// How far below 1, and how far above.
    fn ends(&self) -> (f64, f64) {
        match self.factor {
            Factor::One(factor) => (factor, factor),
            Factor::Range(lower, upper) => (lower, upper),
        }
    }
}

impl Layer for RandomContrast {
    fn class_name(&self) -> &str {
        "RandomContrast"
    }

    option_answers!();

    fn build<'g>(&self, build: &mut Build<'g>, inputs: &Nest<Node<'g>>) -> Result<()> {
        let place = build.place();
        let (lower, upper) = self.ends();
        if !((0.0..=1.0).contains(&lower) && upper >= 0.0) {
            return Err(refuse(place, "factor", "a number from 0 to 1, and one of 0 or more", (lower, upper)));
        }
        if lower + upper <= 0.0 {
            return Err(refuse(place, "factor", "a range that is not empty", (lower, upper)));
        }
        check_images(place, &place.numbers(inputs)?.shape())
    }

    fn call<'g>(&self, call: &mut Call<'g>, inputs: Nest<Node<'g>>) -> Result<Nest<Node<'g>>> {
        let images = call.place().single(&inputs)?.cast(self.options.dtype);
        if !call.training() {
            return Ok(Nest::Leaf(images));
        }
        let (lower, upper) = self.ends();
        let scalar = images.scope().constant(Tensor::vector(Vec::<i32>::new()));
        let factor = draw(call, scalar, (1.0 - lower, 1.0 + upper), self.seed);
        Ok(Nest::Leaf(adjust(images, factor)))
    }
}

/// The images with their contrast changed by a factor: in float32 the numbers of `AdjustContrastv2`, up to rounding. That
/// op has no gradient: a saved model with it could not be trained in Python.
fn adjust<'g>(images: Node<'g>, factor: Node<'g>) -> Node<'g> {
    let scope = images.scope();
    let pixels = images.cast(DType::F32);
    let mean = scope.op("Mean").input(pixels).input(scope.constant([-3_i32, -2])).attr("keep_dims", true).build();
    let adjusted = ((pixels - mean) * factor + mean).cast(images.dtype());
    let bound = |value: f64| scope.constant(value).cast(images.dtype());
    adjusted.maximum(bound(0.0)).minimum(bound(255.0))
}

class! { RandomContrast = "RandomContrast", |config| RandomContrast::new(config.required::<Factor>("factor")?);
factor = factor, seed = seed; with options; ignored "rng_type" = "stateful" }

#[cfg(test)]
mod tests {
    use hub_core::graph::function;

    use super::*;

    /// What the layer of Keras gives where its draw is the factor of the case.
    #[test]
    fn contrast_is_kerass_by_the_same_factor() {
        let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/layers/contrast.json"));
        let golden: serde_json::Value = serde_json::from_str(&text.unwrap()).unwrap();
        for case in golden["cases"].as_array().unwrap() {
            let tensor = |json: &serde_json::Value| Tensor::from_json(json, None).unwrap();
            let (x, expected) = (tensor(&case["input"]), tensor(&case["output"]));
            let shape: Vec<_> = x.shape().iter().copied().map(Some).collect();
            let factor = case["factor"].as_f64().unwrap() as f32;
            let f = function("contrast", |s| {
                let x = s.placeholder("x", x.dtype(), shape.clone());
                s.output("y", adjust(x, s.constant(factor)))
            });
            let y = f.unwrap().call([("x", &x)]).unwrap();
            hub_fixtures::assert_close(&y["y"], &expected.into(), &format!("{factor}"));
        }
    }
}
