//! A SavedModel described: what can be called with what, its variables, assets and ops.
//!
//! `tfhub show` prints it, as text (`text`) or as JSON (`structured`, and back in `recorded`). Describing checks: a model that is not sound, or
//! lacks values of variables, is an error. No engine is needed, and no value is read.

mod build;
mod recorded;
mod structured;
mod text;
pub(super) mod variables;

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use super::function_spec::FunctionSpec;
use super::read::SavedModel;
use super::structure::Spec;
use crate::dtype::DType;
use crate::error::Result;
use crate::tensor::{Nest, Shape};

/// What a SavedModel holds. Its `Display` is for people, its serialised form for programs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Description {
    /// The tags of every meta graph, described or not.
    pub tag_sets: Vec<Vec<String>>,
    /// The sizes of its files.
    pub size: Size,
    /// The meta graphs: the one asked for, or all.
    pub meta_graphs: Vec<MetaGraph>,
}

/// The sizes of a model's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Size {
    /// `saved_model.pb`.
    pub saved_model_bytes: u64,
    /// The files in `variables`.
    pub variables_bytes: u64,
    /// The files in `assets`.
    pub assets_bytes: u64,
}

/// One meta graph.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MetaGraph {
    /// `TF2 SavedModel`, `TF1 SavedModel` or `TF1 Hub module`.
    pub format: &'static str,
    /// Its tags.
    pub tags: Vec<String>,
    /// The release of TensorFlow that wrote it.
    pub tensorflow_version: String,
    /// The version of its graphs, which counts up faster than releases.
    pub producer: i32,
    /// The version of graphs that a reader must know.
    pub min_consumer: i32,
    /// The signatures, by name.
    pub signatures: Vec<Signature>,
    /// What can be called, by its dotted path; none in TF1 models.
    pub callables: Vec<Callable>,
    /// The variables.
    pub variables: Vec<Variable>,
    /// The files that the graph names.
    pub assets: Vec<Asset>,
    /// What the author of a TF1 Hub module attached, by key.
    pub attachments: Vec<Attachment>,
    /// The size of the images that a TF1 Hub module takes, where an attachment says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_size: Option<ImageSize>,
    /// How often each op is used, in the graph and in its functions.
    pub ops: BTreeMap<String, usize>,
}

/// One signature.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Signature {
    /// Its name.
    pub name: String,
    /// What kind of service it was made for: `tensorflow/serving/predict`.
    pub method_name: String,
    /// What it takes, by name.
    pub inputs: Vec<SignatureTensor>,
    /// What it gives, by name.
    pub outputs: Vec<SignatureTensor>,
}

/// One input or output of a signature.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SignatureTensor {
    /// The name that it is given or taken by.
    pub name: String,
    /// The element type's name; empty for an op without a value.
    pub dtype: String,
    /// Its shape.
    #[serde(serialize_with = "structured::shape")]
    pub shape: Shape,
    /// The class of a composite: `SparseTensor`, `RaggedTensorSpec`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub composite: Option<String>,
    /// The tensors of the graph that it is made of.
    pub tensors: Vec<String>,
}

/// Something that can be called.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Callable {
    /// Its dotted path; empty for the model itself.
    pub path: String,
    /// The parameters of the Python function, where they were saved.
    #[serde(serialize_with = "structured::parameters")]
    pub spec: Option<FunctionSpec>,
    /// The kinds of arguments that it was recorded for, in the order in which they are tried.
    pub traces: Vec<Trace>,
}

/// One kind of arguments, and what comes of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trace {
    /// The name of the concrete function.
    pub function: String,
    /// A tuple of the positional arguments (a tuple) and the keyword arguments (a dict).
    #[serde(serialize_with = "structured::nest")]
    pub arguments: Nest<Spec>,
    /// What it returns.
    #[serde(serialize_with = "structured::nest")]
    pub outputs: Nest<Spec>,
}

/// One variable.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Variable {
    /// Its dotted path, or its key in the checkpoint where no path leads there.
    pub path: String,
    /// The name that Python gave it.
    pub name: String,
    /// Its key in the checkpoint.
    #[serde(rename = "checkpoint_key")]
    pub key: String,
    /// Its element type.
    #[serde(serialize_with = "structured::dtype")]
    pub dtype: DType,
    /// Its shape.
    pub shape: Vec<usize>,
    /// The bytes that its value takes in the checkpoint.
    pub size_bytes: u64,
    /// Whether training changes it; not known in TF1 models.
    pub trainable: Option<bool>,
}

/// A file of the model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Asset {
    /// Its name below `assets/`.
    pub file_name: String,
    /// Its size; `None` where it is missing.
    pub size_bytes: Option<u64>,
}

/// Something that the author of a TF1 Hub module attached to a meta graph: a message of a kind that its key tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attachment {
    /// Its key.
    pub key: String,
    /// Its bytes.
    #[serde(serialize_with = "structured::bytes")]
    pub value: Vec<u8>,
}

/// The size of images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ImageSize {
    /// Rows.
    pub height: u32,
    /// Pixels in a row.
    pub width: u32,
}

/// Describes the SavedModel in a directory: the meta graph with these tags, or all.
///
/// # Errors
/// Those of [`SavedModel::read`]; [`Error::TagsNotFound`](crate::Error::TagsNotFound) where no meta graph has the tags;
/// [`Error::ModelStructure`](crate::Error::ModelStructure) where one is not sound;
/// [`Error::MissingVariables`](crate::Error::MissingVariables), [`Error::VariableMismatch`](crate::Error::VariableMismatch)
/// and [`Error::ModelParse`](crate::Error::ModelParse) where the checkpoint does not fit or is damaged.
pub fn describe(directory: &Path, tags: Option<&[String]>) -> Result<Description> {
    SavedModel::read(directory)?.describe(tags)
}
