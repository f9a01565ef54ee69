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
//! | `input_layer` | [`InputLayer`] | nothing: it says what comes in |
//! | `options` | | what most layers take: name, trainable, dtype, input_shape |

mod activation;
mod dense;
mod dropout;
mod flatten;
mod input_layer;
mod keras_layer;
mod options;
mod rescaling;

pub use activation::Activation;
pub use dense::Dense;
pub use dropout::Dropout;
pub use flatten::Flatten;
pub use input_layer::InputLayer;
pub(crate) use keras_layer::same_nest;
pub use keras_layer::{Handle, IntoHandle, KerasLayer, OutputShape};
pub use rescaling::{PerChannel, Rescaling};
