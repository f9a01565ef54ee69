//! What the TF1 Hub format adds to TensorFlow Hub for Rust: so far the one table of rules
//! by which a layer over a loaded model chooses what it calls, and whether it may be trained.
//!
//! ```
//! use hub_legacy::{CallableOptions, LoadedObject, Selected, select_callable};
//! let model = LoadedObject { is_callable: true, signatures: Some(&["serving_default"]), ..LoadedObject::default() };
//! let selection = select_callable(&model, &CallableOptions::default())?;
//! assert_eq!(selection.callable, Selected::Object);
//! # Ok::<(), hub_legacy::Error>(())
//! ```

mod callable_rules;
mod error;
mod training_rules;

pub use callable_rules::{CallableOptions, LoadedObject, Selected, Selection, select_callable};
pub use error::{Error, Result};
pub use training_rules::check_trainable;
