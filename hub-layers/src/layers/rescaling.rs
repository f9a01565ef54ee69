//! [`Rescaling`]: from one range of values to another.

use hub_core::graph::Node;
use hub_core::{DType, Nest, Tensor};

use super::options::{LayerOptions, option_answers, option_builders};
use crate::config::{Argument, At, class};
use crate::error::Result;
use crate::layer::{Build, Call, Layer};

/// x · scale + offset.
///
/// | argument | meaning | default |
/// |---|---|---|
/// | `scale` | a number, or one for each element of the last axis | |
/// | `offset` | likewise | 0 |
/// | `name`, `trainable`, `dtype`, `input_shape` | as for every layer | |
///
/// Integers are cast to the layer's type: pixels become numbers from 0 to 1 by a scale of 1/255.
///
/// # Shapes
/// Input `[batch, ...]`, output the same.
///
/// ```
/// use hub_core::Tensor;
/// use hub_layers::{Sequential, layers::Rescaling};
/// let model = Sequential::new().add(Rescaling::new(1.0 / 127.5).offset(-1.0)).build()?;
/// let y = model.predict(Tensor::from([[0_u8, 255]]))?;
/// assert_eq!(y.tensor()?.as_slice::<f32>()?, [-1.0, 1.0]);
/// # Ok::<(), hub_layers::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Rescaling {
    scale: PerChannel,
    offset: PerChannel,
    options: LayerOptions,
}

/// One number, or one for each element of the last axis.
#[derive(Debug, Clone, PartialEq)]
pub struct PerChannel(pub(super) Tensor);

impl From<f64> for PerChannel {
    fn from(value: f64) -> PerChannel {
        PerChannel(Tensor::scalar(value))
    }
}

impl From<Vec<f64>> for PerChannel {
    fn from(values: Vec<f64>) -> PerChannel {
        PerChannel(Tensor::vector(values))
    }
}

impl<const N: usize> From<[f64; N]> for PerChannel {
    fn from(values: [f64; N]) -> PerChannel {
        PerChannel(Tensor::from(values))
    }
}

impl Rescaling {
    /// A layer that multiplies by `scale`.
    pub fn new(scale: impl Into<PerChannel>) -> Rescaling {
        Rescaling { scale: scale.into(), offset: 0.0.into(), options: LayerOptions::default() }
    }

    /// What is added after scaling. Default: 0.
    pub fn offset(mut self, offset: impl Into<PerChannel>) -> Self {
        self.offset = offset.into();
        self
    }

    option_builders!();
}

impl Layer for Rescaling {
    fn class_name(&self) -> &str {
        "Rescaling"
    }

    option_answers!();

    fn build<'g>(&self, build: &mut Build<'g>, inputs: &Nest<Node<'g>>) -> Result<()> {
        if !self.options.dtype.is_floating() {
            return Err(build.place().invalid_argument("dtype", "a floating-point type", self.options.dtype));
        }
        let last = build.place().numbers(inputs)?.shape().last();
        for (argument, values) in [("scale", &self.scale), ("offset", &self.offset)] {
            if let ([count], Some(last)) = (values.0.shape(), last)
                && ![1, last].contains(count)
            {
                let expected = format!("one number or {last}, as the last axis has");
                return Err(build.place().invalid_argument(argument, expected, count));
            }
        }
        Ok(())
    }

    fn call<'g>(&self, call: &mut Call<'g>, inputs: Nest<Node<'g>>) -> Result<Nest<Node<'g>>> {
        let dtype = self.options.dtype;
        // Keras rounds both to single precision, whatever the type of the layer.
        let constant = |values: &PerChannel| call.scope().constant(&values.0).cast(DType::F32).cast(dtype);
        let x = call.place().single(&inputs)?.cast(dtype);
        Ok(Nest::Leaf(x * constant(&self.scale) + constant(&self.offset)))
    }

    fn supports_masking(&self) -> bool {
        true
    }
}

class! { Rescaling = "Rescaling", |config| Rescaling::new(1.0); scale = scale, offset = offset; with options }

impl Argument for PerChannel {
    fn write(&self) -> Result<serde_json::Value> {
        Ok(self.0.to_json()["values"].clone())
    }

    fn read(json: &serde_json::Value, at: At<'_>) -> Result<PerChannel> {
        match json.as_array() {
            Some(_) => Vec::<f64>::read(json, at).map(Into::into),
            None => f64::read(json, at).map(Into::into),
        }
    }
}
