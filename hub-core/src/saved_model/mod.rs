//! Reading and writing SavedModels: from bytes to a description and back, without the engine.
//!
//! ```text
//! my_model/
//! ├── saved_model.pb        meta graphs by tags: graph, function library, signatures, object graph   → `read`
//! ├── variables/
//! │   ├── variables.index                      keys → type, shape, place, checksum                 → `checkpoint`
//! │   └── variables.data-00000-of-00001        the values, and the object graph of the checkpoint
//! └── assets/               files that the graph names
//! ```
//!
//! | module | holds |
//! |---|---|
//! | `read`, `meta_graph` | [`SavedModel`]: the file, its meta graphs by tags |
//! | [`collections`] | what TF1 writes beside the graph: variables, initialisers, assets |
//! | [`object_graph`] | [`ObjectGraph`]: the tree of objects that Python would restore, checked |
//! | [`checkpoint`] | [`Checkpoint`]: the index of the values, the values, the way from objects to keys |
//! | `weights` | [`Weights`]: the variables by their names, with their values |
//! | [`weights_file`] | weights as safetensors, and what differs between those of a file and of a model |
//! | [`hub_module`] | the mark and the attachments of TF1 Hub modules |
//! | [`structure`] | [`Spec`]: what functions take and return |
//! | `function_spec` | [`FunctionSpec`]: the parameters of Python functions |
//! | [`validate()`] | whether the graph is fit to be given to the engine |
//! | [`audit`] | what the ops may do beyond computing, and whether that is allowed |
//! | [`describe`](mod@describe) | [`Description`]: all of it, for people and programs |
//! | [`tensor_proto`], [`shape`] | values and shapes from and to their messages |
//! | [`write`](mod@write) | new SavedModels: their parts, and how a directory is put in its place |
//! | [`proto`] | the messages themselves |
//! | `pre_scan` | the bound on memory, before anything is decoded |
//!
//! Running any of it is the business of the engine's side.

pub mod audit;
pub mod checkpoint;
pub mod collections;
pub mod describe;
mod function_spec;
pub mod hub_module;
mod meta_graph;
pub mod object_graph;
#[cfg(feature = "engine")]
pub(crate) mod part;
pub(crate) mod pre_scan;
pub mod proto;
mod read;
pub mod shape;
pub mod structure;
pub mod tensor_proto;
mod validate;
mod weights;
pub mod weights_file;
pub mod write;

pub use audit::OpPolicy;
pub use checkpoint::{Checkpoint, CheckpointWriter};
pub use describe::{Description, describe};
pub use function_spec::{FunctionSpec, Parameter, ParameterKind};
pub use object_graph::{
    ConcreteFunction, Object, ObjectGraph, ObjectKind, PolymorphicFunction, SaveableObject, SlotVariable, VariableSpec,
};
pub use read::SavedModel;
#[cfg(feature = "engine")]
pub(crate) use read::{FILE_NAME, Fingerprint};
pub use structure::{Spec, TensorSpec};
pub use validate::validate;
pub use weights::Weights;
#[cfg(feature = "engine")]
pub(crate) use weights::names as weight_names;
