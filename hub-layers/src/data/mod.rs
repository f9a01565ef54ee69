//! Data in memory or from an iterator, as `fit` takes it.
//!
//! | file | holds |
//! |---|---|
//! | `element` | [`Element`]: features, labels and weights that belong together |
//! | `dataset` | [`Dataset`]: a sequence of elements that can be gone through again and again |

mod dataset;
mod element;

pub use dataset::{Dataset, Elements, Source};
pub use element::Element;
pub(crate) use element::tensors;
