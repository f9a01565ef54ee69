//! What the TF1 Hub format adds to TensorFlow Hub for Rust: so far the one table of rules
//! by which a layer over a loaded model chooses what it calls.
//!
//! ```
//! use hub_legacy::{CallableOptions, LoadedShape, Selected, select_callable};
//! let model = LoadedShape { is_callable: true, signatures: Some(&["serving_default"]), ..LoadedShape::default() };
//! let selection = select_callable(&model, &CallableOptions::default())?;
//! assert_eq!(selection.callable, Selected::Object);
//! # Ok::<(), hub_legacy::Error>(())
//! ```

mod callable_rules;
mod error;

pub use callable_rules::{CallableOptions, LoadedShape, Selected, Selection, select_callable};
pub use error::{Error, Result};
