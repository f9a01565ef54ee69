//! [`LayerNormalization`]: each example with mean 0 and deviation 1.

use hub_core::graph::Node;
use hub_core::{DType, Nest};

use super::axes::Axes;
use super::moments::Moments;
use super::options::{LayerOptions, option_answers, option_builders};
use super::weight_options::{WeightOptions, weight_builders};
use crate::config::class;
use crate::error::Result;
use crate::layer::{Build, Call, Layer};

/// (x - mean) / √(variance + epsilon) · gamma + beta, with mean and variance over `axis` of each example alone.
///
/// | argument | meaning | default |
/// |---|---|---|
/// | `axis` | the axes that are normalized together | -1 |
/// | `epsilon` | added to the variance | 0.001 |
/// | `center` | whether `beta` is added | true |
/// | `scale` | whether to multiply by `gamma` | true |
/// | `beta_initializer`, `gamma_initializer` | what they begin with | `"zeros"`, `"ones"` |
/// | `beta_regularizer`, `gamma_regularizer` | penalties on them | none |
/// | `beta_constraint`, `gamma_constraint` | what they are held to | nothing |
/// | `name`, `trainable`, `dtype`, `input_shape` | as for every layer | |
///
/// Weights: `gamma` and `beta`, with the sizes of `axis`. While training and otherwise it computes the same.
///
/// # Shapes
/// Input `[batch, ..., features]`, output the same.
///
/// ```
/// use hub_core::Tensor;
/// use hub_layers::{Sequential, layers::LayerNormalization};
/// let model = Sequential::new().add(LayerNormalization::new().epsilon(0.0)).build()?;
/// let y = model.predict(Tensor::from([[1.0_f32, 3.0], [50.0, 10.0]]))?;
/// assert_eq!(y.tensor()?.as_slice::<f32>()?, [-1.0, 1.0, 1.0, -1.0]);
/// # Ok::<(), hub_layers::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct LayerNormalization {
    axis: Axes,
    epsilon: f64,
    center: bool,
    scale: bool,
    beta: WeightOptions,
    gamma: WeightOptions,
    options: LayerOptions,
}

impl Default for LayerNormalization {
    fn default() -> LayerNormalization {
        LayerNormalization::new()
    }
}

impl LayerNormalization {
    /// A layer that normalizes along the last axis.
    pub fn new() -> LayerNormalization {
        LayerNormalization {
            axis: (-1).into(),
            epsilon: 1e-3,
            center: true,
            scale: true,
            beta: WeightOptions::new("zeros"),
            gamma: WeightOptions::new("ones"),
            options: LayerOptions::default(),
        }
    }

    /// The axes that are normalized together. Default: -1.
    pub fn axis(mut self, axis: impl Into<Axes>) -> Self {
        self.axis = axis.into();
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

    weight_builders! {
        beta: beta_initializer = "zeros", beta_regularizer, beta_constraint;
        gamma: gamma_initializer = "ones", gamma_regularizer, gamma_constraint;
    }

    option_builders!();

    /// Whether Keras normalizes by the fused operation, as images of one row each: float32, the last axes, and an
    /// epsilon that the operation takes.
    fn is_fused(&self, axes: &[usize], rank: usize) -> bool {
        let first = axes.iter().min().copied().unwrap_or_default();
        let are_last = first + axes.len() == rank;
        are_last && self.epsilon >= 1.001e-5 && self.options.dtype == DType::F32
    }
}

/// Each example as one channel of an image, normalized by TensorFlow's fused operation.
fn fused<'g>(x: Node<'g>, first: usize, epsilon: f64) -> Node<'g> {
    let scope = x.scope();
    let shape = x.shape_of();
    let at = |index: usize| scope.constant([index as i32]);
    let rank = x.shape().rank().unwrap_or_default();
    let product = |from: usize, to: usize| {
        let part = scope.op("StridedSlice").input(shape).input(at(from)).input(at(to)).input(at(1)).build();
        scope.op("Prod").input(part).input(scope.constant([0_i32])).attr("keep_dims", true).build()
    };
    let (examples, size) = (product(0, first), product(first, rank));
    let ends = [at(1), examples, size, at(1)];
    let image_shape = scope.op("ConcatV2").input_list(ends).input(scope.constant(0_i32)).build();
    let fill = |value: f32| scope.op("Fill").input(examples).input(scope.constant(value)).build();
    let empty = scope.constant(hub_core::Tensor::vector(Vec::<f32>::new()));
    let normalized = scope
        .op("FusedBatchNormV3")
        .input(x.reshape_to(image_shape))
        .input(fill(1.0))
        .input(fill(0.0))
        .input(empty)
        .input(empty)
        .attr("epsilon", epsilon as f32)
        .attr("data_format", "NCHW")
        .attr("is_training", true)
        .build();
    let y = normalized.reshape_to(shape);
    // The shape went through the graph; what was known of it is said again.
    scope.op("EnsureShape").input(y).attr("shape", x.shape()).build()
}

impl Layer for LayerNormalization {
    fn class_name(&self) -> &str {
        "LayerNormalization"
    }

    option_answers!();

    fn build<'g>(&self, build: &mut Build<'g>, inputs: &Nest<Node<'g>>) -> Result<()> {
        if !self.options.dtype.is_floating() {
            return Err(build.place().invalid_argument("dtype", "a floating-point type", self.options.dtype));
        }
        let shape = build.place().numbers(inputs)?.shape();
        let sizes = self.axis.sizes(build.place(), &shape)?;
        let sizes: Vec<usize> = sizes.into_iter().map(|(_, size)| size).collect();
        if self.scale {
            self.gamma.add(build, "gamma", &sizes)?;
        }
        if self.center {
            self.beta.add(build, "beta", &sizes)?;
        }
        Ok(())
    }

    fn call<'g>(&self, call: &mut Call<'g>, inputs: Nest<Node<'g>>) -> Result<Nest<Node<'g>>> {
        let x = call.place().single(&inputs)?.cast(self.options.dtype);
        let shape = x.shape();
        let axes = self.axis.of(call.place(), &shape)?;
        let rank = shape.rank().unwrap_or_default();
        // The weights fit as they are on the last axis alone.
        let fitting = |node: Node<'g>| match axes == [rank - 1] {
            true => node,
            false => {
                let size =
                    |axis: usize| if axes.contains(&axis) { shape.dimension(axis).unwrap_or(1) as i32 } else { 1 };
                node.reshape(&(0..rank).map(size).collect::<Vec<_>>())
            }
        };
        let weight = |wanted: bool, name: &str| wanted.then(|| call.weight(name).map(fitting)).transpose();
        let (gamma, beta) = (weight(self.scale, "gamma")?, weight(self.center, "beta")?);
        if !self.is_fused(&axes, rank) {
            return Ok(Nest::Leaf(Moments::of(x, &axes).normalize(x, self.epsilon, gamma, beta)));
        }
        let y = fused(x, rank - axes.len(), self.epsilon);
        let y = gamma.map_or(y, |gamma| y * gamma);
        Ok(Nest::Leaf(beta.map_or(y, |beta| y + beta)))
    }

    fn supports_masking(&self) -> bool {
        true
    }
}

class! { LayerNormalization = "LayerNormalization", |config| LayerNormalization::new();
    axis = axis, epsilon = epsilon, center = center, scale = scale,
    beta_initializer = beta.initializer, beta_regularizer = beta.regularizer, beta_constraint = beta.constraint,
    gamma_initializer = gamma.initializer, gamma_regularizer = gamma.regularizer, gamma_constraint = gamma.constraint; with options
}
