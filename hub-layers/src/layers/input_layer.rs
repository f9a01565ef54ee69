//! [`InputLayer`]: says what comes into a model.

use hub_core::graph::Node;
use hub_core::{DType, Nest, Shape};

use super::options::{batch_input_shape, with_batch};
use crate::config::{Class, Config, Reading, config_of};
use crate::error::Result;
use crate::layer::{Call, InputSpec, Layer};

/// What comes into a model, as its first layer; computes nothing.
///
/// | argument | meaning | default |
/// |---|---|---|
/// | `shape` | of one example, without the batch | |
/// | `dtype` | the element type | float32 |
/// | `name` | the layer's name | counted |
///
/// Numbers of another type are cast to it when the model predicts.
///
/// # Shapes
/// Input and output `[batch, ...shape]`.
///
/// ```
/// use hub_layers::{Sequential, layers::{Dense, InputLayer}};
/// let model = Sequential::new().add(InputLayer::new([4])).add(Dense::new(3)).build()?;
/// assert_eq!(model.summary().total_params(), 4 * 3 + 3);
/// # Ok::<(), hub_layers::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct InputLayer {
    shape: Shape,
    dtype: DType,
    name: Option<String>,
}

impl InputLayer {
    /// Examples of this shape; `()` for single values.
    pub fn new(shape: impl Into<Shape>) -> InputLayer {
        InputLayer { shape: shape.into(), dtype: DType::F32, name: None }
    }

    /// The element type. Default: float32.
    pub fn dtype(mut self, dtype: DType) -> Self {
        self.dtype = dtype;
        self
    }

    /// The layer's name, unique in its model. Default: `input_layer`, counted.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }
}

impl Layer for InputLayer {
    fn config(&self) -> Result<Config> {
        config_of(self, "keras.layers")
    }

    fn class_name(&self) -> &str {
        "InputLayer"
    }

    fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    fn dtype(&self) -> DType {
        self.dtype
    }

    fn input(&self) -> Result<Option<Nest<InputSpec>>> {
        Ok(Some(Nest::Leaf(InputSpec::new(self.dtype, with_batch(&self.shape)))))
    }

    fn call<'g>(&self, call: &mut Call<'g>, inputs: Nest<Node<'g>>) -> Result<Nest<Node<'g>>> {
        let x = call.place().single(&inputs)?;
        let expected = with_batch(&self.shape);
        match x.dtype() == self.dtype && expected.is_compatible_with(&x.shape()) {
            true => Ok(inputs),
            false => {
                let found = format!("{} {}", x.dtype(), x.shape());
                Err(call.place().input_mismatch(format!("{} {expected}", self.dtype), found))
            }
        }
    }

    fn supports_masking(&self) -> bool {
        true
    }
}

impl Class for InputLayer {
    const CLASS_NAME: &'static str = "InputLayer";

    fn write(&self, config: Config) -> Result<Config> {
        let config = config.with("batch_input_shape", &with_batch(&self.shape))?.with("dtype", &self.dtype)?;
        let config = config.with("sparse", &false)?.with("ragged", &false)?;
        self.name.as_ref().map_or(Ok(config.clone()), |name| config.with("name", name))
    }

    fn read(config: &mut Reading<'_>) -> Result<InputLayer> {
        config.only("sparse", false)?;
        config.only("ragged", false)?;
        config.only("optional", false)?;
        let shape = batch_input_shape(config)?;
        let shape = shape.ok_or_else(|| config.bad("batch_input_shape", "a list that begins with null", "none"))?;
        let mut layer = InputLayer::new(shape);
        layer.dtype = config.optional::<Option<_>>("dtype")?.flatten().unwrap_or(layer.dtype);
        layer.name = config.optional("name")?.flatten();
        Ok(layer)
    }
}
