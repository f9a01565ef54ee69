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

mod publish;
mod publish_files;

pub use publish::publish;
pub(crate) use publish_files::publish_files;
