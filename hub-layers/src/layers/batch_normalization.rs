//! [`BatchNormalization`]: each channel with mean 0 and deviation 1.

use hub_core::graph::{Node, Variable};
use hub_core::{DType, Nest, Shape};

use super::axes::{Axes, axis_of};
use super::moments::Moments;
use super::options::{LayerOptions, option_answers, option_builders};
use super::weight_options::{WeightOptions, weight_builders};
use crate::config::class;
use crate::error::Result;
use crate::initializers::InitializerChoice;
use crate::layer::{Build, Call, Layer};

/// (x - mean) / √(variance + epsilon) · gamma + beta, for each element of `axis`.
///
/// While training, mean and variance are those of the batch, and the moving averages follow them, once in a step:
/// moving · momentum + batch · (1 - momentum). Otherwise, and while the layer is frozen, the moving averages are used.
///
/// | argument | meaning | default |
/// |---|---|---|
/// | `axis` | the axis of the channels, or several | -1 |
/// | `momentum` | how slowly the moving averages follow | 0.99 |
/// | `epsilon` | added to the variance | 0.001 |
/// | `center` | whether `beta` is added | true |
/// | `scale` | whether to multiply by `gamma` | true |
/// | `beta_initializer`, `gamma_initializer` | what they begin with | `"zeros"`, `"ones"` |
/// | `moving_mean_initializer`, `moving_variance_initializer` | likewise | `"zeros"`, `"ones"` |
/// | `beta_regularizer`, `gamma_regularizer` | penalties on them | none |
/// | `beta_constraint`, `gamma_constraint` | what they are held to | nothing |
/// | `name`, `trainable`, `dtype`, `input_shape` | as for every layer | |
///
/// Weights: `gamma`, `beta`, `moving_mean`, `moving_variance`, `[channels]` each; the last two are not trained. As in
/// Keras, images in float32 (four or five dimensions, channels last or at axis 1) are normalized by TensorFlow's fused
/// operation, which keeps the variance of the batch with n - 1 in the moving average and knows no masks; everything
/// else, float64 included, keeps it with n, and steps that a mask leaves out do not count.
///
/// # Shapes
/// Input `[batch, ..., channels]`, output the same.
///
/// ```
/// use hub_core::Tensor;
/// use hub_layers::{Sequential, layers::BatchNormalization};
/// let layer = BatchNormalization::new().epsilon(0.0).moving_mean_initializer(Tensor::from([1.0_f32, 2.0]));
/// let model = Sequential::new().add(layer).build()?;
/// let y = model.predict(Tensor::from([[1.0_f32, 4.0]]))?;
/// assert_eq!(y.tensor()?.as_slice::<f32>()?, [0.0, 2.0]);
/// # Ok::<(), hub_layers::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct BatchNormalization {
    axis: Axes,
    momentum: f64,
    epsilon: f64,
    center: bool,
    scale: bool,
    beta: WeightOptions,
    gamma: WeightOptions,
    moving_mean_initializer: InitializerChoice,
    moving_variance_initializer: InitializerChoice,
    options: LayerOptions,
}

impl Default for BatchNormalization {
    fn default() -> BatchNormalization {
        BatchNormalization::new()
    }
}

impl BatchNormalization {
    /// A layer that normalizes along the last axis.
    pub fn new() -> BatchNormalization {
        BatchNormalization {
            axis: (-1).into(),
            momentum: 0.99,
            epsilon: 1e-3,
            center: true,
            scale: true,
            beta: WeightOptions::new("zeros"),
            gamma: WeightOptions::new("ones"),
            moving_mean_initializer: "zeros".into(),
            moving_variance_initializer: "ones".into(),
            options: LayerOptions::default(),
        }
    }

    /// The axis of the channels, or several. Default: -1.
    pub fn axis(mut self, axis: impl Into<Axes>) -> Self {
        self.axis = axis.into();
        self
    }

    /// How slowly the moving averages follow. Default: 0.99.
    pub fn momentum(mut self, momentum: f64) -> Self {
        self.momentum = momentum;
        self
    }

    /// What is added to the variance. Default: 0.001.
    pub fn epsilon(mut self, epsilon: f64) -> Self {
        self.epsilon = epsilon;
        self
    }

    /// Whether `beta` is added. Default: true.
    pub fn center(mut self, center: bool) -> Self {
        self.center = center;
        self
    }

    /// Whether to multiply by `gamma`. Default: true.
    pub fn scale(mut self, scale: bool) -> Self {
        self.scale = scale;
        self
    }

    /// What the moving mean begins with, by name or itself. Default: `"zeros"`.
    pub fn moving_mean_initializer(mut self, initializer: impl Into<InitializerChoice>) -> Self {
        self.moving_mean_initializer = initializer.into();
        self
    }

    /// What the moving variance begins with, by name or itself. Default: `"ones"`.
    pub fn moving_variance_initializer(mut self, initializer: impl Into<InitializerChoice>) -> Self {
        self.moving_variance_initializer = initializer.into();
        self
    }

    weight_builders! {
        beta: beta_initializer = "zeros", beta_regularizer, beta_constraint;
        gamma: gamma_initializer = "ones", gamma_regularizer, gamma_constraint;
    }

    option_builders!();

    /// The layout that TensorFlow's fused operation takes for such inputs, where Keras uses it.
    fn fused_format(&self, dtype: DType, rank: usize) -> Option<&'static str> {
        let axis = self.axis.only().filter(|_| matches!(dtype, DType::F32 | DType::F16 | DType::BF16))?;
        match (rank, axis_of(axis, rank)?) {
            (4, 1) => Some("NCHW"),
            (4, 3) => Some("NHWC"),
            (5, 1) => Some("NCDHW"),
            (5, 4) => Some("NDHWC"),
            _ => None,
        }
    }

    /// Normalizes by TensorFlow's fused operation.
    fn fused<'g>(&self, call: &mut Call<'g>, x: Node<'g>, format: &str, adapting: bool) -> Result<Node<'g>> {
        let (mean, variance) = (call.variable("moving_mean")?, call.variable("moving_variance")?);
        let averages = (mean.read(), variance.read());
        let constant = |value: f64| {
            let value = x.scope().constant(value).cast(DType::F32);
            x.scope().op("Fill").input(averages.0.shape_of()).input(value).build()
        };
        let gamma = if self.scale { call.weight("gamma")? } else { constant(1.0) };
        let beta = if self.center { call.weight("beta")? } else { constant(0.0) };
        let normalized = x
            .scope()
            .op("FusedBatchNormV3")
            .input(x)
            .input(gamma)
            .input(beta)
            .input(averages.0)
            .input(averages.1)
            .attr("epsilon", self.epsilon as f32)
            .attr("data_format", format)
            .attr("is_training", adapting)
            .attr("exponential_avg_factor", if adapting { 1.0 - self.momentum } else { 1.0 } as f32)
            .build_operation();
        if adapting {
            call.add_target(mean.assign(normalized.output(1)));
            call.add_target(variance.assign(normalized.output(2)));
        }
        Ok(normalized.output(0))
    }

    /// Normalizes step by step.
    fn plain<'g>(&self, call: &mut Call<'g>, x: Node<'g>, axes: &[usize], adapting: bool) -> Result<Node<'g>> {
        let rank = x.shape().rank().unwrap_or_default();
        let reduced: Vec<usize> = (0..rank).filter(|axis| !axes.contains(axis)).collect();
        let (mean, variance) = (call.variable("moving_mean")?, call.variable("moving_variance")?);
        let moments = match (adapting, call.mask()) {
            (false, _) => Moments { mean: mean.read(), variance: variance.read() },
            (true, None) => Moments::of(x, &reduced),
            (true, Some(mask)) => Moments::weighted(x, &reduced, weights_of(call, mask, x)?),
        };
        let moments = if adapting && axes.len() == 1 { moments.squeezed(&reduced) } else { moments };
        if adapting {
            for (average, value) in [(mean, moments.mean), (variance, moments.variance)] {
                let operation = self.follow(average, value);
                call.add_target(operation);
            }
        }
        // A vector fits as it is where the channels come last.
        let fitting = |node: Node<'g>| match axes {
            [axis] if axis + 1 != rank => {
                let mut shape = vec![1; rank];
                shape[*axis] = -1;
                node.reshape(&shape)
            }
            _ => node,
        };
        let weight = |wanted: bool, name: &str| wanted.then(|| call.weight(name).map(fitting)).transpose();
        let (gamma, beta) = (weight(self.scale, "gamma")?, weight(self.center, "beta")?);
        let moments = Moments { mean: fitting(moments.mean), variance: fitting(moments.variance) };
        Ok(moments.normalize(x, self.epsilon, gamma, beta))
    }

    /// Moves an average a step towards the batch's value.
    fn follow<'g>(&self, average: Variable<'g>, value: Node<'g>) -> hub_core::graph::Operation<'g> {
        // Keras rounds the share to float32, whatever the type of the averages.
        let share = f64::from((1.0 - self.momentum) as f32);
        let step = (average.read() - value) * share;
        let scope = value.scope();
        scope
            .op("AssignSubVariableOp")
            .input(average.handle())
            .input(step)
            .attr("dtype", average.dtype())
            .build_operation()
    }
}

/// The mask of steps as weights of their elements.
fn weights_of<'g>(call: &Call<'g>, mask: Node<'g>, x: Node<'g>) -> Result<Node<'g>> {
    if mask.shape().rank().map(|rank| rank + 1) != x.shape().rank() {
        let expected = format!("an input with one dimension more than its mask {}", mask.shape());
        return Err(call.place().input_mismatch(expected, x.shape()));
    }
    let last = x.scope().constant(-1_i32);
    Ok(x.scope().op("ExpandDims").input(mask.cast(x.dtype())).input(last).build())
}

/// Weights and sums of 16-bit numbers are kept in float32.
fn weight_type(dtype: DType) -> DType {
    if matches!(dtype, DType::F16 | DType::BF16) { DType::F32 } else { dtype }
}

impl Layer for BatchNormalization {
    fn class_name(&self) -> &str {
        "BatchNormalization"
    }

    option_answers!();

    fn build<'g>(&self, build: &mut Build<'g>, inputs: &Nest<Node<'g>>) -> Result<()> {
        let dtype = self.options.dtype;
        if !dtype.is_floating() {
            return Err(build.place().invalid_argument("dtype", "a floating-point type", dtype));
        }
        let shape = build.place().numbers(inputs)?.shape();
        let channels = self.axis.sizes(build.place(), &shape)?;
        let weight_shape: Vec<usize> = match channels[..] {
            [(_, size)] => vec![size],
            _ => {
                let size = |axis: usize| channels.iter().find(|(own, _)| *own == axis).map_or(1, |(_, size)| *size);
                (0..shape.rank().unwrap_or_default()).map(size).collect()
            }
        };
        build.dtype = weight_type(dtype);
        if self.scale {
            self.gamma.add(build, "gamma", &weight_shape)?;
        }
        if self.center {
            self.beta.add(build, "beta", &weight_shape)?;
        }
        build.add_weight("moving_mean", &weight_shape, &self.moving_mean_initializer, false)?;
        build.add_weight("moving_variance", &weight_shape, &self.moving_variance_initializer, false)
    }

    fn call<'g>(&self, call: &mut Call<'g>, inputs: Nest<Node<'g>>) -> Result<Nest<Node<'g>>> {
        let dtype = self.options.dtype;
        let x = call.place().single(&inputs)?.cast(dtype);
        let shape: Shape = x.shape();
        let axes = self.axis.of(call.place(), &shape)?;
        // Frozen, it uses what it has learnt: Keras means that by `trainable`, and not only for the weights.
        let adapting = call.training() && call.trainable();
        let y = match self.fused_format(dtype, shape.rank().unwrap_or_default()) {
            Some(format) => self.fused(call, x, format, adapting)?,
            None => self.plain(call, x.cast(weight_type(dtype)), &axes, adapting)?.cast(dtype),
        };
        Ok(Nest::Leaf(y))
    }

    fn supports_masking(&self) -> bool {
        true
    }
}

class! { BatchNormalization = "BatchNormalization", |config| BatchNormalization::new();
    axis = axis, momentum = momentum, epsilon = epsilon, center = center, scale = scale,
    beta_initializer = beta.initializer, beta_regularizer = beta.regularizer, beta_constraint = beta.constraint,
    gamma_initializer = gamma.initializer, gamma_regularizer = gamma.regularizer, gamma_constraint = gamma.constraint,
    moving_mean_initializer = moving_mean_initializer, moving_variance_initializer = moving_variance_initializer;
    with options
}
