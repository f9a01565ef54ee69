//! Pre-trained TensorFlow models in Rust: from a handle to a prediction.
//!

mod dtype;
#[cfg(feature = "engine")]
pub mod engine;
mod error;
pub mod progress;
mod tensor;

pub use dtype::DType;
pub use error::{Error, Result};
pub use tensor::{
    Arguments, Element, IntoArguments, Literal, Nest, RaggedTensor, Shape, SparseTensor, Structure, Tensor, Value,
};
