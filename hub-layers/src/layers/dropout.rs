//! [`Dropout`]: forgets some inputs while training.

use hub_core::graph::Node;
use hub_core::{Nest, Tensor};

use super::options::{LayerOptions, option_answers, option_builders};
use crate::config::class;
use crate::error::Result;
use crate::layer::{Build, Call, Layer};

/// While training, x · 1/(1 - rate) with a share of `rate` set to 0; otherwise x.
///
/// | argument | meaning | default |
/// |---|---|---|
/// | `rate` | the share that is set to 0, from 0 to 1 | |
/// | `seed` | of the random choice | decided by the model's seed |
/// | `name`, `trainable`, `dtype`, `input_shape` | as for every layer | |
///
/// # Shapes
/// Input `[batch, ...]`, output the same.
///
/// ```
/// use hub_core::Tensor;
/// use hub_layers::{Sequential, layers::Dropout};
/// let model = Sequential::new().add(Dropout::new(0.5)).build()?;
/// let x = Tensor::from([[1.0_f32, 2.0, 3.0]]);
/// assert_eq!(model.predict(&x)?.tensor()?, &x, "predicting is not training");
/// # Ok::<(), hub_layers::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Dropout {
    rate: f64,
    seed: Option<u64>,
    options: LayerOptions,
}

impl Dropout {
    /// A layer that forgets this share of its inputs.
    pub fn new(rate: f64) -> Dropout {
        Dropout { rate, seed: None, options: LayerOptions::default() }
    }

    /// The seed of the random choice. Default: the model's seed decides.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    option_builders!();

    /// The inputs with some set to 0 and the others scaled up.
    fn forget<'g>(&self, call: &mut Call<'g>, x: Node<'g>) -> Node<'g> {
        let scope = x.scope();
        let random = call.random_uniform(x.shape_of(), x.dtype(), self.seed);
        let rate = scope.constant(Tensor::scalar(self.rate)).cast(x.dtype());
        let kept = scope.op("GreaterEqual").input(random).input(rate).build();
        // A choice and not a product with 0 or 1: what is forgotten is 0 even where it was infinite or no number.
        let zero = scope.constant(Tensor::scalar(0.0)).cast(x.dtype());
        scope.op("SelectV2").input(kept).input(x * (1.0 / (1.0 - self.rate))).input(zero).build()
    }
}

impl Layer for Dropout {
    fn class_name(&self) -> &str {
        "Dropout"
    }

    option_answers!();

    fn build<'g>(&self, build: &mut Build<'g>, _inputs: &Nest<Node<'g>>) -> Result<()> {
        match (0.0..=1.0).contains(&self.rate) {
            true => Ok(()),
            false => Err(build.place().invalid_argument("rate", "a number between 0 and 1", self.rate)),
        }
    }

    fn call<'g>(&self, call: &mut Call<'g>, inputs: Nest<Node<'g>>) -> Result<Nest<Node<'g>>> {
        let x = call.place().single(&inputs)?;
        if !call.training() || self.rate == 0.0 {
            return Ok(inputs);
        }
        if self.rate == 1.0 {
            return Err(call.place().invalid_argument("rate", "less than 1 while training", self.rate));
        }
        if !x.dtype().is_floating() {
            return Err(call.place().input_mismatch("floating-point numbers while training", x.dtype()));
        }
        Ok(Nest::Leaf(self.forget(call, x)))
    }

    fn supports_masking(&self) -> bool {
        true
    }
}

class! { Dropout = "Dropout", |config| Dropout::new(config.required("rate")?);
    rate = rate, seed = seed; with options; fixed "noise_shape" = ()
}
