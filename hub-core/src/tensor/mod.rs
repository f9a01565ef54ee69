//! Values in memory: tensors, composites of tensors, and the nests that functions take and return.
//!
//! Engine-free: everything here works without TensorFlow. The engine feeds these bytes without a copy where it can.
//!
//! | file | holds |
//! |---|---|
//! | `tensor` | [`Tensor`]: element type, shape, shared read-only bytes |
//! | `element` | [`Element`]: the Rust types that a tensor's elements can be |
//! | `shape` | [`Shape`]: a shape that may be known in part |
//! | `nest` | [`Nest`]: dicts, lists, tuples of anything, in Python's flattening order |
//! | `value` | [`Value`], [`Structure`], [`Literal`], [`RaggedTensor`], [`SparseTensor`] |
//! | `arguments` | [`Arguments`]: positional and keyword arguments of a call, and `args!` |
//! | `convert` | numbers, strings, arrays as tensors |
//! | `json` | the JSON form of tensors and nests |
//! | `array` | conversions from and to `ndarray` (feature `ndarray`) |

mod arguments;
#[cfg(feature = "ndarray")]
mod array;
mod convert;
mod element;
mod gather;
mod json;
mod nest;
mod shape;
mod stack;
#[allow(clippy::module_inception, reason = "the type is what the folder is about")]
mod tensor;
mod value;

pub use arguments::{Arguments, IntoArguments};
pub use element::Element;
pub use nest::Nest;
pub use shape::Shape;
#[cfg(feature = "engine")]
pub(crate) use tensor::ByteOwner;
pub use tensor::Tensor;
pub(crate) use tensor::element_count;
pub use value::{Literal, RaggedTensor, SparseTensor, Structure, Value};
