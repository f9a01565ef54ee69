//! The layers, one to a file.
//!
//! | file | layer | computes |
//! |---|---|---|
//! | `keras_layer/` | [`KerasLayer`] | a loaded model |
//! | `dense` | [`Dense`] | activation(x · kernel + bias) |
//! | `activation` | [`Activation`] | a function, element by element |
//! | `dropout` | [`Dropout`] | while training, some inputs set to 0 |
//! | `flatten` | [`Flatten`] | each example as one row |
//! | `rescaling` | [`Rescaling`] | x · scale + offset |
//! | `batch_normalization` | [`BatchNormalization`] | each channel with mean 0 and deviation 1 |
//! | `layer_normalization` | [`LayerNormalization`] | each example with mean 0 and deviation 1 |
//! | `embedding` | [`Embedding`] | a vector for each whole number |
//! | `conv_2d` | [`Conv2D`] | weighted sums of neighbourhoods in images |
//! | `global_average_pooling_2d` | [`GlobalAveragePooling2D`] | the mean of each channel of an image |
//! | `concatenate` | [`Concatenate`] | several inputs side by side |
//! | `input_layer` | [`InputLayer`] | nothing: it says what comes in |
//! | `options`, `weight_options` | | what most layers take; what is said of a weight |
//! | `axes`, `window`, `data_format` | [`Axes`], [`Window`] | arguments that are axes, sizes in images, the place of channels |
//! | `moments` | | mean and variance, for the normalizations |

mod activation;
mod axes;
mod batch_normalization;
mod concatenate;
mod conv_2d;
mod data_format;
mod dense;
mod dropout;
mod embedding;
mod flatten;
mod global_average_pooling_2d;
mod input_layer;
mod keras_layer;
mod layer_normalization;
mod moments;
mod options;
mod rescaling;
/// The classes that configs name.
pub(crate) const CLASSES: &[(&str, Maker<dyn Layer>)] = list_of_classes! { dyn Layer:
    Dense, Dropout, Flatten, Activation, InputLayer, Rescaling, BatchNormalization, LayerNormalization, Embedding, Conv2D,
    GlobalAveragePooling2D, Concatenate, KerasLayer
};

#[cfg(test)]
mod tests;
mod weight_options;
mod window;

use crate::config::{Maker, list_of_classes};
use crate::layer::Layer;

pub use activation::Activation;
pub use axes::Axes;
pub use batch_normalization::BatchNormalization;
pub use concatenate::Concatenate;
pub use conv_2d::Conv2D;
pub use dense::Dense;
pub use dropout::Dropout;
pub use embedding::Embedding;
pub use flatten::Flatten;
pub use global_average_pooling_2d::GlobalAveragePooling2D;
pub use input_layer::InputLayer;
pub(crate) use keras_layer::same_nest;
pub use keras_layer::{Handle, IntoHandle, KerasLayer, OutputShape};
pub use layer_normalization::LayerNormalization;
pub use rescaling::{PerChannel, Rescaling};
pub use window::Window;
