//! [`Dense`]: every output is a weighted sum of all inputs.

use hub_core::Nest;
use hub_core::graph::Node;

use super::options::{LayerOptions, option_answers, option_builders};
use super::weight_options::{WeightOptions, check_activity, penalise_activity, weight_builders};
use crate::activations::ActivationChoice;
use crate::config::class;
use crate::error::Result;
use crate::layer::{Build, Call, Layer};
use crate::regularizers::RegularizerChoice;
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
/// | `kernel_regularizer`, `bias_regularizer` | penalties on them | none |
/// | `activity_regularizer` | a penalty on the outputs, for each example | none |
/// | `kernel_constraint`, `bias_constraint` | what they are held to after each update | nothing |
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
    kernel: WeightOptions,
    bias: WeightOptions,
    activity_regularizer: Option<RegularizerChoice>,
    options: LayerOptions,
}

impl Dense {
    /// A layer with this many outputs.
    pub fn new(units: usize) -> Dense {
        Dense {
            units,
            activation: ActivationChoice::default(),
            use_bias: true,
            kernel: WeightOptions::new("glorot_uniform"),
            bias: WeightOptions::new("zeros"),
            activity_regularizer: None,
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

    /// A penalty on the outputs, for each example, by name or itself. Default: none.
    pub fn activity_regularizer(mut self, regularizer: impl Into<RegularizerChoice>) -> Self {
        self.activity_regularizer = Some(regularizer.into());
        self
    }

    weight_builders! {
        kernel: kernel_initializer = "glorot_uniform", kernel_regularizer, kernel_constraint;
        bias: bias_initializer = "zeros", bias_regularizer, bias_constraint;
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
        check_activity(build, self.activity_regularizer.as_ref())?;
        if !self.options.dtype.is_floating() {
            return Err(build.place().invalid_argument("dtype", "a floating-point type", self.options.dtype));
        }
        let shape = build.place().numbers(inputs)?.shape();
        if shape.rank().is_some_and(|rank| rank < 2) {
            return Err(build.place().input_mismatch("two dimensions or more", shape));
        }
        let features = build.place().features(inputs)?;
        self.kernel.add(build, "kernel", &[features, self.units])?;
        if self.use_bias {
            self.bias.add(build, "bias", &[self.units])?;
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
        let y = activation.apply_checked(call.place(), y)?;
        penalise_activity(call, self.activity_regularizer.as_ref(), y)?;
        Ok(Nest::Leaf(y))
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

class! { Dense = "Dense", |config| Dense::new(config.required("units")?);
    units = units, activation = activation, use_bias = use_bias, kernel_initializer = kernel.initializer, kernel_regularizer = kernel.regularizer, kernel_constraint = kernel.constraint,
    bias_initializer = bias.initializer, bias_regularizer = bias.regularizer, bias_constraint = bias.constraint,
    activity_regularizer = activity_regularizer; with options
}
