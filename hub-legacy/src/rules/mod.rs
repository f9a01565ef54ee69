//! The one table of rules by which a layer over a loaded model chooses what it calls, and whether it may be trained.
//!
//! Python's `hub.KerasLayer` checks in this order; who asks stops at the first that fails:
//!
//! | Python's check | here |
//! |---|---|
//! | `output_shape` is a nest of shapes | a type: nothing else can be given |
//! | a loaded handle, and tags or options of loading | [`check_handle`] |
//! | a handle that is no text and cannot be called | a type; what has signatures only is taken |
//! | the TF1 Hub format's defaults, signature and outputs, what is called | [`select_callable`] |
//! | an entry among the signatures that cannot be called | none: they are functions by what they are |
//! | options that nobody knows | a type: there is no such method |
//! | losses that cannot be called | [`RuleError::LossNotCallable`] |
//! | at each call: whether it may be trained | [`check_trainable`] |
//!
//! ```
//! use hub_legacy::{CallableOptions, LoadedObject, Selected, select_callable};
//! let model = LoadedObject { is_callable: true, signatures: Some(&["serving_default"]), ..LoadedObject::default() };
//! let selection = select_callable(&model, &CallableOptions::default())?;
//! assert_eq!(selection.callable, Selected::Object);
//! # Ok::<(), hub_legacy::RuleError>(())
//! ```

mod callable;
mod error;
mod handle;
mod training;

pub use callable::{CallableOptions, LoadedObject, Selected, Selection, select_callable};
pub use error::RuleError;
pub use handle::{HandleOptions, check_handle};
pub use training::check_trainable;
