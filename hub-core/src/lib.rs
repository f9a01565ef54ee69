//! Pre-trained TensorFlow models in Rust: from a handle to a prediction.
//!

mod dtype;
mod error;
pub mod saved_model;
mod tensor;

pub use dtype::DType;
pub use error::{Error, Result};
pub use tensor::{
    Arguments, Element, IntoArguments, Literal, Nest, RaggedTensor, Shape, SparseTensor, Structure, Tensor, Value,
};
