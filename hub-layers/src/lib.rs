//! Keras-like layers over loaded models: `KerasLayer` on its own or in a `Sequential`, prediction, summaries.
//!
//! ```
//! use hub_layers::{Dense, KerasLayer, Sequential, Tensor};
//!
//! let handle = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/digits_features/model");
//! let model = Sequential::new()
//!     .add(KerasLayer::new(handle)?)
//!     .add(Dense::new(10).activation("softmax"))
//!     .build()?;
//! println!("{}", model.summary());
//! let images = Tensor::new(&[2, 8, 8, 1], vec![0.5_f32; 2 * 64])?;
//! let probabilities = model.predict(&images)?;
//! assert_eq!(probabilities.tensor()?.shape(), [2, 10]);
//! # Ok::<(), hub_layers::Error>(())
//! ```
//!
//! | where | what |
//! |---|---|
//! | [`model!`] | the same model, declared as a list and checked while it compiles |
//! | [`hub_model!`] | the signatures of a real model as types |
//! | [`layers`] | the layers, with formula, arguments and shapes |
//! | [`Sequential`] | layers one after the other: building, predicting, summary |
//! | [`Model::save`], [`Model::load`] | saving for this crate, Python and servers, and going on later |
//! | [`Layer`] | the trait, with an example of a layer of one's own |
//! | [`History::plot`], [`Model::plot`], `ConfusionMatrix` | pictures, as SVG |
//! | [`initializers`] | what weights begin with |
//! | [`config`] | layers, losses and the like as configs in Keras's format, and back |
//! | [`ActivationFunction`] | the functions that `activation` names |
//!
//! Layers take Keras's names and defaults. A wrong argument is an error when the model is built; it says which layer it
//! is, what was expected and what was found.

// Tests inside the crate share with those outside what names it.
#[cfg(test)]
extern crate self as hub_layers;

mod activations;
pub mod callbacks;
mod cast;
mod choice;
mod classes;
pub mod config;
pub mod constraints;
pub mod data;
mod error;
#[cfg(test)]
mod goldens;
mod images;
pub mod initializers;
mod instances;
mod layer;
pub mod layers;
pub mod losses;
mod macros;
pub mod metrics;
mod model;
mod names;
pub mod optimizers;
#[cfg(feature = "plot")]
mod plot;
mod precision;
pub mod prelude;
pub mod regularizers;
mod shapes;
mod typed_signature;
mod weighting;

pub use activations::{ActivationChoice, ActivationFunction};
pub use choice::Choice;
pub use data::{Dataset, Element};
pub use error::{Error, Result};
#[doc(no_inline)]
pub use hub_core::{DType, LoadOptions, LoadedModel, Nest, Shape, StopSignal, Structure, Tensor};
pub use layer::{Build, Call, InputSpec, Layer, Place};
pub use layers::{
    Activation, BatchNormalization, CenterCrop, Concatenate, Conv2D, Dense, Dropout, Embedding, Flatten,
    GlobalAveragePooling2D, InputLayer, KerasLayer, LayerNormalization, Normalization, RandomContrast, RandomFlip,
    RandomRotation, RandomTranslation, RandomZoom, Rescaling, Resizing, StringLookup, TextVectorization,
};
#[doc(hidden)]
pub use macros::__macro;
pub use model::{
    Compile, Evaluate, Fit, History, IntoTrainingData, KerasTensor, Model, ModelBuilder, Predict, SaveOptions,
    Sequential, SequentialBuilder, SharedLayer, Summary, TrainingData, Weight, WeightsOptions,
};
#[cfg(feature = "plot")]
pub use plot::ConfusionMatrix;
pub use typed_signature::TensorInfo;
