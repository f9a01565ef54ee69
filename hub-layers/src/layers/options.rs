//! What most layers take: `name`, `trainable`, `dtype`, `input_shape`.
//!
//! Two macros: one writes the builder methods into a layer's own `impl`, the other the answers into `impl Layer`.

use hub_core::{DType, Nest, Shape};

use crate::config::{Config, Reading};
use crate::error::Result;
use crate::layer::InputSpec;

/// The values of the arguments that most layers take.
#[derive(Debug, Clone)]
pub(super) struct LayerOptions {
    pub(super) name: Option<String>,
    pub(super) trainable: bool,
    pub(super) dtype: DType,
    pub(super) input_shape: Option<Shape>,
}

impl Default for LayerOptions {
    fn default() -> LayerOptions {
        LayerOptions { name: None, trainable: true, dtype: DType::F32, input_shape: None }
    }
}

impl LayerOptions {
    /// Adds the arguments to the config of a layer.
    pub(super) fn write(&self, mut config: Config) -> Result<Config> {
        if let Some(name) = &self.name {
            config = config.with("name", name)?;
        }
        if let Some(shape) = &self.input_shape {
            config = config.with("batch_input_shape", &with_batch(shape))?;
        }
        config.with("trainable", &self.trainable)?.with("dtype", &self.dtype)
    }

    /// Takes the arguments out of the config of a layer.
    pub(super) fn read(&mut self, config: &mut Reading<'_>) -> Result<()> {
        self.name = config.optional("name")?.flatten();
        self.trainable = config.optional("trainable")?.unwrap_or(self.trainable);
        self.dtype = config.optional("dtype")?.unwrap_or(self.dtype);
        self.input_shape = batch_input_shape(config)?;
        Ok(())
    }

    /// What comes into a model that begins with the layer, where `input_shape` says it.
    pub(super) fn input(&self) -> Option<Nest<InputSpec>> {
        let shape = self.input_shape.as_ref()?;
        Some(Nest::Leaf(InputSpec::new(self.dtype, with_batch(shape))))
    }
}

/// The shape of one example, of `batch_input_shape`, whose first dimension is the batch.
pub(super) fn batch_input_shape(config: &mut Reading<'_>) -> Result<Option<Shape>> {
    let Some(shape) = config.optional::<Option<Shape>>("batch_input_shape")?.flatten() else { return Ok(None) };
    match shape.dimensions() {
        Some([None, example @ ..]) => Ok(Some(example.to_vec().into())),
        _ => Err(config.bad("batch_input_shape", "a list that begins with null, for any number of examples", shape)),
    }
}

/// A shape of one example, with the batch's dimension put in front.
pub(super) fn with_batch(shape: &Shape) -> Shape {
    match shape.dimensions() {
        Some(dimensions) => std::iter::once(None).chain(dimensions.iter().copied()).collect::<Vec<_>>().into(),
        None => Shape::unknown(),
    }
}

/// The builder methods, for a layer with a field `options: LayerOptions`.
macro_rules! option_builders {
    () => {
        /// The layer's name, unique in its model. Default: the class name in snake case, counted.
        pub fn name(mut self, name: impl Into<String>) -> Self {
            self.options.name = Some(name.into());
            self
        }

        /// Whether the weights may be trained. Default: true.
        pub fn trainable(mut self, trainable: bool) -> Self {
            self.options.trainable = trainable;
            self
        }

        /// The type of the weights and of the computation. Default: float32.
        pub fn dtype(mut self, dtype: ::hub_core::DType) -> Self {
            self.options.dtype = dtype;
            self
        }

        /// The shape of one example, where the layer is a model's first. Default: known from the data.
        pub fn input_shape(mut self, shape: impl Into<::hub_core::Shape>) -> Self {
            self.options.input_shape = Some(shape.into());
            self
        }
    };
}

/// The answers of a layer with a field `options: LayerOptions`.
macro_rules! option_answers {
    () => {
        fn name(&self) -> Option<&str> {
            self.options.name.as_deref()
        }

        fn trainable(&self) -> bool {
            self.options.trainable
        }

        fn dtype(&self) -> ::hub_core::DType {
            self.options.dtype
        }

        fn input(&self) -> $crate::Result<Option<::hub_core::Nest<$crate::InputSpec>>> {
            Ok(self.options.input())
        }

        fn config(&self) -> $crate::Result<$crate::config::Config> {
            $crate::config::config_of(self, "keras.layers")
        }
    };
}

pub(super) use {option_answers, option_builders};
