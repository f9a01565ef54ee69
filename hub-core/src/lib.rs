//! Pre-trained TensorFlow models in Rust: from a handle to a prediction.
//!
//! ```no_run
//! # #[cfg(all(feature = "engine", feature = "ndarray"))]
//! # fn main() -> hub_core::Result<()> {
//! use hub_core::args;
//! use ndarray::Array2;
//!
//! let model = hub_core::load("models/sentences")?;
//! let vectors: Array2<f32> = model.call(["the quick brown fox"])?.try_into()?;
//! let vectors = model.call(args![["another sentence"], training = false])?;
//! let scores = model.signatures()["serving_default"].call([("text", ["a third"])])?;
//! println!("{}", scores["logits"]);
//! # Ok(())
//! # }
//! # #[cfg(not(all(feature = "engine", feature = "ndarray")))]
//! # fn main() {}
//! ```
//!
//! | module | holds |
//! |---|---|
//! | here | [`resolve()`], `load`, [`Hub`], [`Tensor`], [`Structure`], [`Error`] |
//! | [`saved_model`] | reading and describing SavedModels, without the engine |
//! | `model` | loaded models: calls, signatures, variables |
//! | `graph` | the graph DSL |
//! | `engine` | finding, installing and starting TensorFlow's library |
//! | [`progress`] | progress of long work |
//!
//! # Features
//!
//! All are on by default. Without `engine` the crate neither needs nor binds TensorFlow: it resolves handles and
//! describes models.
//!
//! | feature | gives |
//! |---|---|
//! | `engine` | running models: `load`, `model`, `graph`, `engine` |
//! | `ndarray` | conversions from and to `ndarray` arrays |
//! | `progress` | progress bars on a terminal |

mod dtype;
#[cfg(feature = "engine")]
pub mod engine;
mod error;
#[cfg(feature = "engine")]
pub mod graph;
mod hub;
#[cfg(feature = "engine")]
pub mod model;
pub mod progress;
pub mod resolve;
pub mod saved_model;
#[cfg(feature = "engine")]
mod session;
mod tensor;

pub use dtype::DType;
pub use error::{Error, Result};
#[cfg(feature = "engine")]
pub use hub::{Format, SavedModelFormat, load, load_with};
pub use hub::{Hub, resolve};
#[cfg(feature = "engine")]
pub use model::{Callable, LoadOptions, LoadedModel, Signature, Signatures};
#[cfg(feature = "engine")]
pub use session::SessionOptions;
pub use tensor::{
    Arguments, Element, IntoArguments, Literal, Nest, RaggedTensor, Shape, SparseTensor, Structure, Tensor, Value,
};
