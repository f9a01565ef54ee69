//! [`Activation`]: a function as a layer of its own.

use hub_core::Nest;
use hub_core::graph::Node;

use super::options::{LayerOptions, option_answers, option_builders};
use crate::activations::ActivationChoice;
use crate::config::class;
use crate::error::Result;
use crate::layer::{Build, Call, Layer};

/// activation(x), element by element; `softmax` along the last axis.
///
/// | argument | meaning | default |
/// |---|---|---|
/// | `activation` | a name or an [`ActivationFunction`](crate::ActivationFunction) | |
/// | `name`, `trainable`, `dtype`, `input_shape` | as for every layer | |
///
/// # Shapes
/// Input `[batch, ...]`, output the same.
///
/// ```
/// use hub_core::Tensor;
/// use hub_layers::{Sequential, layers::Activation};
/// let model = Sequential::new().add(Activation::new("relu6")).build()?;
/// let y = model.predict(Tensor::from([[-1.0_f32, 3.0, 9.0]]))?;
/// assert_eq!(y.tensor()?.as_slice::<f32>()?, [0.0, 3.0, 6.0]);
/// # Ok::<(), hub_layers::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Activation {
    activation: ActivationChoice,
    options: LayerOptions,
}

impl Activation {
    /// A layer that applies a function, given by name or itself.
    pub fn new(activation: impl Into<ActivationChoice>) -> Activation {
        Activation { activation: activation.into(), options: LayerOptions::default() }
    }

    option_builders!();
}

impl Layer for Activation {
    fn class_name(&self) -> &str {
        "Activation"
    }

    option_answers!();

    fn build<'g>(&self, build: &mut Build<'g>, _inputs: &Nest<Node<'g>>) -> Result<()> {
        self.activation.resolve(build.place(), "activation").map(drop)
    }

    fn call<'g>(&self, call: &mut Call<'g>, inputs: Nest<Node<'g>>) -> Result<Nest<Node<'g>>> {
        let x = call.place().single(&inputs)?;
        let activation = self.activation.resolve(call.place(), "activation")?;
        activation.apply_checked(call.place(), x).map(Nest::Leaf)
    }

    fn supports_masking(&self) -> bool {
        true
    }
}

class! { Activation = "Activation", |config| Activation::new("linear"); activation = activation; with options }
