//! Writing SavedModels, without the engine.
//!
//! ```text
//! target/                            appears whole, or not at all                                  → `publish`
//! ├── saved_model.pb                 meta graph, object graph, function library
//! ├── variables/variables.*          the checkpoint                                                → `checkpoint`
//! └── assets/                        the files that the graph names
//! ```
//!
//! Models of layers are saved by the crate that has them, and fine-tuned models by `model`; both come here.
//!
//! | file | holds |
//! |---|---|
//! | `builder`, `signature` | [`SavedModelBuilder`]: objects, functions, signatures |
//! | `embed` | a model that was read, as a part of a new one |
//! | `keys` | the object graph of the checkpoint |
//! | `serving` | the graph for those who serve |
//! | `structured` | specs and parameters as messages |
//! | `nodes`, `names` | nodes as messages, and their names |
//! | `save` | the directory's files |
//! | `archive` | a model as one file for a server |
//! | `freeze` | values in the place of variables |
//! | `publish`, `publish_files` | putting a directory, or files, in their place |

#[cfg(any(feature = "engine", feature = "fetch"))]
mod archive;
mod builder;
mod embed;
mod freeze;
mod keys;
mod names;
mod nodes;
mod publish;
mod publish_files;
mod save;
mod serving;
mod signature;
mod structured;

#[cfg(any(feature = "engine", feature = "fetch"))]
pub use archive::archive;
pub use builder::{ObjectId, SavedModelBuilder};
#[cfg(feature = "engine")]
pub(crate) use embed::{AssetSource, Embedding};
pub use freeze::freeze;
#[cfg(feature = "engine")]
pub(crate) use names::legal_name;
pub use publish::publish;
pub(crate) use publish_files::publish_files;
#[cfg(feature = "engine")]
pub(crate) use save::InMemory;
pub use structured::encode;
