//! Feature encoders: named columns of texts and images, turned into one tensor by modules.
//!
//! Python's feature columns of the same names. A column says what it takes and gives; its state is made where it is used:
//! [`DenseFeatures`] works on values, [`DenseFeaturesInstance`] in a graph, where what is trainable has gradients. What a
//! batch of examples has by name goes in; out comes `[batch, features]`, columns side by side, sorted by name.
//!
//! | file | holds |
//! |---|---|
//! | `column` | [`DenseColumn`], [`ColumnState`]: what every column is, also one of your own |
//! | `checks` | which modules embed texts, which images |
//! | `module_source` | a module by its handle or as a spec; what that means for configs |
//! | `text` | [`text_embedding_column`] |
//! | `sparse_text` | [`sparse_text_embedding_column`] |
//! | `image` | [`image_embedding_column`] |
//! | `text_v2` | [`text_embedding_column_v2`]: over any loaded model |
//! | `instance` | [`DenseFeaturesInstance`]: columns in a graph |
//! | `dense_features` | [`DenseFeatures`], [`input_layer`]: columns on values |
//!
//! Left out: feature columns that have nothing to do with modules, and reading examples by a parse spec.

mod checks;
mod column;
mod dense_features;
mod image;
mod instance;
mod module_source;
mod sparse_text;
mod text;
mod text_v2;

pub use column::{ColumnOutput, ColumnState, DenseColumn, FeatureSpec, make_parse_example_spec};
pub use dense_features::{DenseFeatures, input_layer};
pub use image::{ImageEmbeddingColumn, image_embedding_column};
pub use instance::DenseFeaturesInstance;
pub use module_source::ModuleSource;
pub use sparse_text::{SparseTextEmbeddingColumn, sparse_text_embedding_column};
pub use text::{TextEmbeddingColumn, text_embedding_column};
pub use text_v2::{LoadedSource, LoadedState, TextEmbeddingColumnV2, text_embedding_column_v2};
