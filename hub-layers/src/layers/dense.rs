//! [`Dense`]: every output is a weighted sum of all inputs.

use hub_core::Nest;
use hub_core::graph::Node;

use super::options::{LayerOptions, option_answers, option_builders};
use crate::activations::ActivationChoice;
use crate::error::Result;
use crate::initializers::InitializerChoice;
use crate::layer::{Build, Call, Layer};
use crate::shapes::leading_and;

/// activation(x · kernel + bias), along the last axis.
///
/// | argument | meaning | default |
/// |---|---|---|
/// | `units` | the number of outputs | |
/// | `activation` | a name or an [`ActivationFunction`](crate::ActivationFunction) | `"linear"` |
/// | `use_bias` | whether a bias is added | true |
/// | `kernel_initializer` | what the kernel begins with | `"glorot_uniform"` |
/// | `bias_initializer` | what the bias begins with | `"zeros"` |
/// | `name`, `trainable`, `dtype`, `input_shape` | as for every layer | |
///
/// Weights: `kernel` `[features, units]` and `bias` `[units]`. Inputs of another numeric type are cast.
///
/// # Shapes
/// Input `[batch, ..., features]`, output `[batch, ..., units]`.
///
/// ```
/// use hub_core::Tensor;
/// use hub_layers::{Sequential, layers::Dense};
/// let kernel = Tensor::from([[1.0_f32, -1.0], [1.0, 1.0]]);
/// let model = Sequential::new().add(Dense::new(2).activation("relu").kernel_initializer(kernel)).build()?;
/// let y = model.predict(Tensor::from([[2.0_f32, 1.0]]))?;
/// assert_eq!(y.tensor()?.as_slice::<f32>()?, [3.0, 0.0]);
/// # Ok::<(), hub_layers::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Dense {
    units: usize,
    activation: ActivationChoice,
    use_bias: bool,
    kernel_initializer: InitializerChoice,
    bias_initializer: InitializerChoice,
    options: LayerOptions,
}

impl Dense {
    /// A layer with this many outputs.
    pub fn new(units: usize) -> Dense {
        Dense {
            units,
            activation: ActivationChoice::default(),
            use_bias: true,
            kernel_initializer: "glorot_uniform".into(),
            bias_initializer: "zeros".into(),
            options: LayerOptions::default(),
        }
    }

    /// The function of the weighted sums, by name or itself. Default: `"linear"`.
    pub fn activation(mut self, activation: impl Into<ActivationChoice>) -> Self {
        self.activation = activation.into();
        self
    }

    /// Whether a bias is added. Default: true.
    pub fn use_bias(mut self, use_bias: bool) -> Self {
        self.use_bias = use_bias;
        self
    }

    /// What the kernel begins with, by name or itself. Default: `"glorot_uniform"`.
    pub fn kernel_initializer(mut self, initializer: impl Into<InitializerChoice>) -> Self {
        self.kernel_initializer = initializer.into();
        self
    }

    /// What the bias begins with, by name or itself. Default: `"zeros"`.
    pub fn bias_initializer(mut self, initializer: impl Into<InitializerChoice>) -> Self {
        self.bias_initializer = initializer.into();
        self
    }

    option_builders!();
}

impl Layer for Dense {
    fn class_name(&self) -> &str {
        "Dense"
    }

    option_answers!();

    fn build<'g>(&self, build: &mut Build<'g>, inputs: &Nest<Node<'g>>) -> Result<()> {
        self.activation.resolve(build.place(), "activation")?;
        if !self.options.dtype.is_floating() {
            return Err(build.place().invalid_argument("dtype", "a floating-point type", self.options.dtype));
        }
        let shape = build.place().numbers(inputs)?.shape();
        if shape.rank().is_some_and(|rank| rank < 2) {
            return Err(build.place().input_mismatch("two dimensions or more", shape));
        }
        let features = build.place().features(inputs)?;
        build.add_weight("kernel", &[features, self.units], &self.kernel_initializer, true)?;
        if self.use_bias {
            build.add_weight("bias", &[self.units], &self.bias_initializer, true)?;
        }
        Ok(())
    }

    fn call<'g>(&self, call: &mut Call<'g>, inputs: Nest<Node<'g>>) -> Result<Nest<Node<'g>>> {
        let x = call.place().single(&inputs)?.cast(self.options.dtype);
        let mut y = weighted_sums(x, call.weight("kernel")?);
        if self.use_bias {
            y = y.bias_add(call.weight("bias")?);
        }
        let activation = self.activation.resolve(call.place(), "activation")?;
        activation.apply_checked(call.place(), y).map(Nest::Leaf)
    }

    fn supports_masking(&self) -> bool {
        true
    }
}

/// x · kernel along the last axis of `x`, however many there are before it.
fn weighted_sums<'g>(x: Node<'g>, kernel: Node<'g>) -> Node<'g> {
    let shape = x.shape();
    let (Some(rank), Some(features), Some(units)) = (shape.rank(), shape.last(), kernel.shape().last()) else {
        // Without a rank there is no other way, and `matmul` takes stacks of matrices.
        return x.matmul(kernel);
    };
    if features == 0 || units == 0 {
        // Sums of nothing, or no sums: oneDNN's product ends the process over a kernel without elements.
        let zero = x.scope().constant(0.0_f32).cast(x.dtype());
        return x.scope().op("Fill").input(leading_and(x, rank - 1, units as i32)).input(zero).build();
    }
    match rank {
        2 => x.matmul(kernel),
        _ => {
            let rows = x.reshape(&[-1, features as i32]).matmul(kernel);
            rows.reshape_to(leading_and(x, rank - 1, units as i32))
        }
    }
}
