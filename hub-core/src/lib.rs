//! Pre-trained TensorFlow models in Rust: from a handle to a prediction.
//!

mod dtype;
mod error;
mod tensor;

pub use dtype::DType;
pub use error::{Error, Result};
pub use tensor::{
    Arguments, Element, IntoArguments, Literal, Nest, RaggedTensor, Shape, SparseTensor, Structure, Tensor, Value,
};
