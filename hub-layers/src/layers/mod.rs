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
//! | `resizing` | [`Resizing`] | images at one size |
//! | `center_crop` | [`CenterCrop`] | the middle of images |
//! | `random_flip`, `random_translation`, `random_rotation`, `random_zoom`, `random_contrast` | [`RandomFlip`] and so on | while training, images altered at random |
//! | `augmentation` | [`Factor`] | what those share |
//! | `string_lookup` | [`StringLookup`] | the numbers of words |
//! | `text_vectorization` | [`TextVectorization`] | the numbers of the words of texts |
//! | `vocabulary` | | what those share |
//! | `normalization` | [`Normalization`] | numbers with the mean 0 and the deviation 1 in the data |
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
mod augmentation;
mod axes;
mod batch_normalization;
mod center_crop;
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
mod normalization;
mod options;
mod random_contrast;
mod random_flip;
mod random_rotation;
mod random_translation;
mod random_zoom;
mod rescaling;
mod resizing;
mod string_lookup;
#[cfg(test)]
mod tests;
mod text_vectorization;
mod vocabulary;
mod weight_options;
mod window;

use crate::config::{Maker, list_of_classes};
use crate::layer::Layer;

pub use activation::Activation;
pub use augmentation::Factor;
pub use axes::Axes;
pub use batch_normalization::BatchNormalization;
pub use center_crop::CenterCrop;
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
pub use normalization::Normalization;
pub use random_contrast::RandomContrast;
pub use random_flip::RandomFlip;
pub use random_rotation::RandomRotation;
pub use random_translation::RandomTranslation;
pub use random_zoom::RandomZoom;
pub use rescaling::{PerChannel, Rescaling};
pub use resizing::Resizing;
pub use string_lookup::StringLookup;
pub use text_vectorization::TextVectorization;
pub use window::Window;

/// The classes that configs name.
pub(crate) const CLASSES: &[(&str, Maker<dyn Layer>)] = list_of_classes! { dyn Layer:
    Dense, Dropout, Flatten, Activation, InputLayer, Rescaling, BatchNormalization, LayerNormalization, Embedding, Conv2D,
    GlobalAveragePooling2D, Concatenate, KerasLayer, RandomFlip, RandomRotation, RandomTranslation, RandomZoom,
    RandomContrast, Resizing, CenterCrop, Normalization, StringLookup, TextVectorization
};
