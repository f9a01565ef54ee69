//! Loaded models: the description of a SavedModel and the engine, joined.
//!
//! ```text
//! description (saved_model)  ─┐
//!                             ├─ instantiate: variables, constants in a graph ─ session ─ LoadedModel
//! graph, session (engine)    ─┘
//! a call:  arguments ─ bind to parameters ─ choose a trace ─ flat tensors ─ run ─ structure
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `loaded_model` | [`LoadedModel`]: what `load` returns, and its sub-objects |
//! | `description` | what is read of a model once and shared |
//! | `instantiate` | [`Instance`]: the state of a model in some graph |
//! | `binding` | arguments bound to a function's parameters |
//! | `embed` | [`Embedded`]: a loaded model as a part of one that is saved |
//! | `export` | [`ExportOptions`]: a model saved again with the values that it has now |
//! | `given` | arguments as the choice sees them; composites in their parts |
//! | `graph_call` | [`GraphValue`], [`GraphArguments`], [`Applied`]: calls in a graph under construction |
//! | `matching` | the choice of a trace, and why none fits |
//! | `callable` | [`Callable`]: a polymorphic function or an object with `__call__` |
//! | `signature` | [`Signature`], [`Signatures`]: named inputs, named outputs |
//! | `in_memory` | a model that was described, and not written |
//! | `json_arguments` | [`JsonArguments`]: arguments in JSON, fitted to what a function wants |
//! | `needed_ops` | whether the engine has the ops that a model needs |
//! | `options` | [`LoadOptions`]: how a model is loaded |
//! | `place` | where in the arguments something stands |
//! | `prepared` | a trace made ready to run |
//! | `resources` | the functions that make, fill, save and restore tables |
//! | `snapshot` | [`ModelState`], [`StateFetches`]: the values of all variables and tables at one moment |
//! | `state` | the values of a model's variables: read, set |
//! | `tf1` | models in TF1's format: a graph, its saver, its signatures; [`Pruned`], [`Upgrade`] |
//! | `trainability` | [`Trainability`]: what can be trained, before it is |
//! | `variables` | [`ModelVariable`]: reading and setting variables |
//! | `weights` | the variables of a model to and from a file |

mod binding;
mod callable;
mod description;
mod embed;
mod export;
mod given;
mod graph_call;
mod in_memory;
mod instantiate;
mod json_arguments;
mod loaded_model;
mod matching;
mod needed_ops;
mod options;
mod place;
mod prepared;
mod resources;
mod signature;
mod snapshot;
mod state;
mod tf1;
mod trainability;
mod variables;
mod weights;

pub use callable::Callable;
pub use embed::Embedded;
pub use export::ExportOptions;
pub use graph_call::{Applied, GraphArguments, GraphValue};
pub use instantiate::Instance;
pub use json_arguments::{JsonArgument, JsonArguments};
pub use loaded_model::LoadedModel;
pub use options::LoadOptions;
pub use signature::{Signature, Signatures};
pub use snapshot::{ModelState, StateFetches};
pub use tf1::{Pruned, Upgrade, Upgraded, VariableValues};
pub use trainability::{Blocked, Trainability};
pub use variables::ModelVariable;
