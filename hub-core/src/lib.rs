//! Pre-trained TensorFlow models in Rust: from a handle to a prediction.
//!

mod dtype;
#[cfg(feature = "engine")]
pub mod engine;
mod error;
#[cfg(feature = "engine")]
pub mod graph;
pub mod progress;
pub mod saved_model;
#[cfg(feature = "engine")]
mod session;
mod tensor;

pub use dtype::DType;
pub use error::{Error, Result};
#[cfg(feature = "engine")]
pub use session::SessionOptions;
pub use tensor::{
    Arguments, Element, IntoArguments, Literal, Nest, RaggedTensor, Shape, SparseTensor, Structure, Tensor, Value,
};
