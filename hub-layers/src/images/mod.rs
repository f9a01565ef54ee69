//! Images in graphs: what `data` and the layers over images share.
//!
//! | file | holds |
//! |---|---|
//! | `interpolation` | [`Interpolation`]: the methods of resizing, by Keras's names |
//! | `resize` | `tf.image.resize` without antialiasing, and Keras's `smart_resize` |

mod interpolation;
mod resize;

pub(crate) use interpolation::Interpolation;
pub(crate) use resize::{resize, smart_resize};
