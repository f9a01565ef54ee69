//! [`Embedding`]: a vector for each whole number.

use hub_core::graph::Node;
use hub_core::{DType, Nest, Shape};

use super::options::{LayerOptions, option_builders, with_batch};
use super::weight_options::{WeightOptions, check_activity, penalise_activity, weight_builders};
use crate::config::{Config, class, config_of};
use crate::error::Result;
use crate::layer::{Build, Call, InputSpec, Layer};
use crate::regularizers::RegularizerChoice;

/// The row of `embeddings` for each index.
///
/// | argument | meaning | default |
/// |---|---|---|
/// | `input_dim` | how many indices there are: the largest plus one | |
/// | `output_dim` | the size of the vectors | |
/// | `embeddings_initializer` | what the vectors begin with | `"random_uniform"` |
/// | `embeddings_regularizer` | a penalty on the vectors | none |
/// | `embeddings_constraint` | what they are held to after each update | nothing |
/// | `activity_regularizer` | a penalty on the outputs, for each example | none |
/// | `mask_zero` | whether the index 0 is padding, which layers behind leave out | false |
/// | `input_length` | the number of indices in each example, where it is always the same | |
/// | `name`, `trainable`, `dtype`, `input_shape` | as for every layer | |
///
/// Weight: `embeddings` `[input_dim, output_dim]`. An index that is not below `input_dim`, or is negative, is an error of
/// the run. A training step touches only the rows that it has looked up.
///
/// # Shapes
/// Input `[batch, ...]` of whole numbers, output `[batch, ..., output_dim]`. As a model's first layer with `input_length`
/// or `input_shape` it takes int64.
///
/// ```
/// use hub_core::Tensor;
/// use hub_layers::{Sequential, layers::Embedding};
/// let vectors = Tensor::from([[0.0_f32, 0.5], [1.0, 1.5], [2.0, 2.5]]);
/// let model = Sequential::new().add(Embedding::new(3, 2).embeddings_initializer(vectors)).build()?;
/// let y = model.predict(Tensor::from([[2_i64, 0]]))?;
/// assert_eq!(y.tensor()?.as_slice::<f32>()?, [2.0, 2.5, 0.0, 0.5]);
/// # Ok::<(), hub_layers::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Embedding {
    input_dim: usize,
    output_dim: usize,
    embeddings: WeightOptions,
    activity_regularizer: Option<RegularizerChoice>,
    mask_zero: bool,
    input_length: Option<usize>,
    options: LayerOptions,
}

impl Embedding {
    /// A layer with vectors of the size `output_dim` for the indices below `input_dim`.
    pub fn new(input_dim: usize, output_dim: usize) -> Embedding {
        Embedding {
            input_dim,
            output_dim,
            embeddings: WeightOptions::new("random_uniform"),
            activity_regularizer: None,
            mask_zero: false,
            input_length: None,
            options: LayerOptions::default(),
        }
    }

    /// A penalty on the outputs, for each example, by name or itself. Default: none.
    pub fn activity_regularizer(mut self, regularizer: impl Into<RegularizerChoice>) -> Self {
        self.activity_regularizer = Some(regularizer.into());
        self
    }

    /// Whether the index 0 is padding. Default: false.
    pub fn mask_zero(mut self, mask_zero: bool) -> Self {
        self.mask_zero = mask_zero;
        self
    }

    /// The number of indices in each example. Default: known from the data.
    pub fn input_length(mut self, input_length: usize) -> Self {
        self.input_length = Some(input_length);
        self
    }

    weight_builders! {
        embeddings: embeddings_initializer = "random_uniform", embeddings_regularizer, embeddings_constraint;
    }

    option_builders!();

    /// The indices as TensorFlow looks them up.
    fn indices<'g>(x: Node<'g>) -> Node<'g> {
        if matches!(x.dtype(), DType::I32 | DType::I64) { x } else { x.cast(DType::I32) }
    }
}

impl Layer for Embedding {
    fn config(&self) -> crate::Result<Config> {
        config_of(self, "keras.layers")
    }

    fn class_name(&self) -> &str {
        "Embedding"
    }

    fn name(&self) -> Option<&str> {
        self.options.name.as_deref()
    }

    fn trainable(&self) -> bool {
        self.options.trainable
    }

    fn dtype(&self) -> DType {
        self.options.dtype
    }

    fn input(&self) -> Result<Option<Nest<InputSpec>>> {
        let declared = self.options.input_shape.clone();
        let shape = declared.or_else(|| self.input_length.map(|length| Shape::from([length])));
        Ok(shape.map(|shape| Nest::Leaf(InputSpec::new(DType::I64, with_batch(&shape)))))
    }

    fn build<'g>(&self, build: &mut Build<'g>, inputs: &Nest<Node<'g>>) -> Result<()> {
        check_activity(build, self.activity_regularizer.as_ref())?;
        if !self.options.dtype.is_floating() {
            return Err(build.place().invalid_argument("dtype", "a floating-point type", self.options.dtype));
        }
        let shape = build.place().numbers(inputs)?.shape();
        if let (Some(length), Some(rank)) = (self.input_length, shape.rank())
            && (rank != 2 || shape.last().is_some_and(|found| found != length))
        {
            let expected = with_batch(&Shape::from([length]));
            return Err(build.place().input_mismatch(format!("{expected} as `input_length` says"), shape));
        }
        self.embeddings.add(build, "embeddings", &[self.input_dim, self.output_dim])
    }

    fn call<'g>(&self, call: &mut Call<'g>, inputs: Nest<Node<'g>>) -> Result<Nest<Node<'g>>> {
        let x = call.place().single(&inputs)?;
        let embeddings = call.variable("embeddings")?;
        // By the handle and not of the value: the gradient then is of the rows that were looked up.
        let gather = x.scope().op("ResourceGather").input(embeddings.handle()).input(Embedding::indices(x));
        let y = gather.attr("dtype", embeddings.dtype()).build().identity();
        if self.mask_zero {
            let zero = x.scope().constant(0_i32).cast(x.dtype());
            call.set_mask(Some(x.scope().op("NotEqual").input(x).input(zero).build()));
        }
        penalise_activity(call, self.activity_regularizer.as_ref(), y)?;
        Ok(Nest::Leaf(y))
    }
}

class! { Embedding = "Embedding", |config| Embedding::new(config.required("input_dim")?, config.required("output_dim")?);
    input_dim = input_dim, output_dim = output_dim, embeddings_initializer = embeddings.initializer, embeddings_regularizer = embeddings.regularizer, embeddings_constraint = embeddings.constraint,
    activity_regularizer = activity_regularizer, mask_zero = mask_zero, input_length = input_length; with options
}
