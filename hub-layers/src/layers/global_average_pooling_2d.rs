//! [`GlobalAveragePooling2D`]: the mean of each channel of an image.

use hub_core::Nest;
use hub_core::graph::Node;

use super::data_format::DataFormat;
use super::options::{LayerOptions, option_answers, option_builders};
use crate::config::class;
use crate::error::Result;
use crate::layer::{Build, Call, Layer};

/// The mean over height and width.
///
/// | argument | meaning | default |
/// |---|---|---|
/// | `data_format` | where the channels are, `"channels_last"` or `"channels_first"` | `"channels_last"` |
/// | `keepdims` | whether height and width stay, with the size 1 | false |
/// | `name`, `trainable`, `dtype`, `input_shape` | as for every layer | |
///
/// # Shapes
/// Input `[batch, height, width, channels]`, output `[batch, channels]`; `[batch, 1, 1, channels]` with `keepdims`.
///
/// ```
/// use hub_core::Tensor;
/// use hub_layers::{Sequential, layers::GlobalAveragePooling2D};
/// let model = Sequential::new().add(GlobalAveragePooling2D::new()).build()?;
/// let y = model.predict(Tensor::new(&[1, 1, 2, 2], vec![1.0_f32, 2.0, 3.0, 6.0])?)?;
/// assert_eq!(y.tensor()?.as_slice::<f32>()?, [2.0, 4.0]);
/// # Ok::<(), hub_layers::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct GlobalAveragePooling2D {
    data_format: DataFormat,
    keepdims: bool,
    options: LayerOptions,
}

impl GlobalAveragePooling2D {
    /// A layer that averages.
    pub fn new() -> GlobalAveragePooling2D {
        GlobalAveragePooling2D::default()
    }

    /// Where the channels are, `"channels_first"` or `"channels_last"`. Default: last.
    pub fn data_format(mut self, data_format: impl Into<String>) -> Self {
        self.data_format = DataFormat::new(data_format);
        self
    }

    /// Whether height and width stay, with the size 1. Default: false.
    pub fn keepdims(mut self, keepdims: bool) -> Self {
        self.keepdims = keepdims;
        self
    }

    option_builders!();
}

impl Layer for GlobalAveragePooling2D {
    fn class_name(&self) -> &str {
        "GlobalAveragePooling2D"
    }

    option_answers!();

    fn build<'g>(&self, build: &mut Build<'g>, inputs: &Nest<Node<'g>>) -> Result<()> {
        self.data_format.check_images(build.place(), &build.place().numbers(inputs)?.shape())
    }

    fn call<'g>(&self, call: &mut Call<'g>, inputs: Nest<Node<'g>>) -> Result<Nest<Node<'g>>> {
        let x = call.place().single(&inputs)?;
        let axes = x.scope().constant(self.data_format.spatial_axes());
        Ok(Nest::Leaf(x.scope().op("Mean").input(x).input(axes).attr("keep_dims", self.keepdims).build()))
    }
}

class! { GlobalAveragePooling2D = "GlobalAveragePooling2D", |config| GlobalAveragePooling2D::new();
    data_format = data_format, keepdims = keepdims; with options
}
