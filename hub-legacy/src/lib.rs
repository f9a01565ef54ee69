//! TF1 Hub modules for Rust: the format that Python's `hub.Module` read, in both of its views.
//!
//! **The TF2 view** is what current Python gives of a module: [`load`], and signatures to be called. It is
//! `hub.load(path, tags = ...)` line for line; `hub-layers` puts its `KerasLayer` on top.
//! **The Module view** is what Python's TensorFlow Hub had until 0.15, and loses nothing of the module: [`Module`] with its
//! variants by tags, variables under their names, updates, losses and attachments; it can be trained.
//!
//! ```
//! # fn main() -> hub_legacy::Result<()> {
//! use hub_core::Tensor;
//! use hub_legacy::Module;
//! let handle = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/hub_modules/several_signatures/module");
//! let x = Tensor::from([2.0_f32, 3.0]);
//! // hub.load(path, tags=[]), m.signatures["mul"](x=...)
//! let loaded = hub_legacy::load(handle)?;
//! let outputs = loaded.signatures()["mul"].call([("x", &x)])?;
//! // hub.Module(handle)(dict(x=...), signature="mul", as_dict=True)
//! let module = Module::load(handle)?;
//! assert_eq!(module.call_as_dict("mul", [("x", &x)])?, outputs);
//! # Ok(())
//! # }
//! ```
//!
//! | module | holds |
//! |---|---|
//! | `format` | [`HubFormat`], [`hub`], [`load`]: the format of the hub |
//! | `spec` | [`ModuleSpec`]: a module's variants, signatures and attachments |
//! | `module` | [`Module`]: a module with its state, to be called, put into graphs, trained |
//! | `image` | what an image module takes |
//! | `authoring` | [`create_module_spec`]: new modules, and how they are exported |
//! | `convert` | [`convert_tf1`]: modules as TF2 SavedModels |
//! | `encoders` | [`DenseFeatures`]: named columns of texts and images as tensors, by modules |
//! | `rules` | the rules for `tags`, `signature`, `output_key`, `signature_outputs_as_dict` |

mod authoring;
mod convert;
mod encoders;
mod error;
mod format;
mod image;
mod module;
mod rules;
mod spec;

pub use authoring::{
    CheckpointValues, LatestModuleExporter, ModuleExportOptions, ModuleExports, ModuleGraph, create_module_spec,
    create_module_spec_with,
};
pub use convert::{ConvertOptions, Converted, convert_tf1};
pub use encoders::{
    ColumnOutput, ColumnState, DenseColumn, DenseFeatures, DenseFeaturesInstance, FeatureSpec, ImageEmbeddingColumn,
    LoadedSource, LoadedState, ModuleSource, SparseTextEmbeddingColumn, TextEmbeddingColumn, TextEmbeddingColumnV2,
    image_embedding_column, input_layer, make_parse_example_spec, sparse_text_embedding_column, text_embedding_column,
    text_embedding_column_v2,
};
pub use error::{Error, Result};
pub use format::{HubFormat, hub, load, load_with};
pub use image::{get_expected_image_size, get_num_image_channels};
pub use module::{Module, ModuleInstance, ModuleOptions, ModuleOutputs, ModuleVariable};
pub use rules::{
    CallableOptions, HandleOptions, LoadedObject, RuleError, Selected, Selection, check_handle, check_trainable,
    select_callable,
};
pub use spec::{ModuleSpec, ParsedTensorInfo, load_module_spec};
