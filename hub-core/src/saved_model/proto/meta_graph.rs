//! The outermost messages: a saved model, its meta graphs, their signatures, collections and savers.
//!
//! Fields and numbers of tensorflow/core/protobuf/{saved_model,meta_graph,saver}.proto; messages only, no meaning.

use std::collections::BTreeMap;

use super::graph::GraphDef;
use super::object_graph::SavedObjectGraph;
#[cfg(doc)]
use super::op_def::OpList;
use super::structured_value::TypeSpecProto;
use super::tensor::{TensorProto, TensorShapeProto};

/// `tensorflow.SavedModel`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct SavedModel {
    #[prost(int64, tag = "1")]
    pub saved_model_schema_version: i64,
    #[prost(message, repeated, tag = "2")]
    pub meta_graphs: Vec<MetaGraphDef>,
}

/// `tensorflow.MetaGraphDef`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct MetaGraphDef {
    #[prost(message, optional, tag = "1")]
    pub meta_info_def: Option<MetaInfoDef>,
    #[prost(message, optional, tag = "2")]
    pub graph_def: Option<GraphDef>,
    #[prost(message, optional, tag = "3")]
    pub saver_def: Option<SaverDef>,
    #[prost(btree_map = "string, message", tag = "4")]
    pub collection_def: BTreeMap<String, CollectionDef>,
    #[prost(btree_map = "string, message", tag = "5")]
    pub signature_def: BTreeMap<String, SignatureDef>,
    #[prost(message, repeated, tag = "6")]
    pub asset_file_def: Vec<AssetFileDef>,
    #[prost(message, optional, tag = "7")]
    pub object_graph_def: Option<SavedObjectGraph>,
}

/// `tensorflow.MetaGraphDef.MetaInfoDef`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct MetaInfoDef {
    #[prost(string, tag = "1")]
    pub meta_graph_version: String,
    /// An [`OpList`], left as it is encoded: it is large, and nothing here reads it.
    #[prost(bytes = "vec", optional, tag = "2")]
    pub stripped_op_list: Option<Vec<u8>>,
    #[prost(message, optional, tag = "3")]
    pub any_info: Option<Any>,
    #[prost(string, repeated, tag = "4")]
    pub tags: Vec<String>,
    #[prost(string, tag = "5")]
    pub tensorflow_version: String,
    #[prost(string, tag = "6")]
    pub tensorflow_git_version: String,
    #[prost(bool, tag = "7")]
    pub stripped_default_attrs: bool,
    #[prost(btree_map = "string, string", tag = "8")]
    pub function_aliases: BTreeMap<String, String>,
}

/// `google.protobuf.Any`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct Any {
    #[prost(string, tag = "1")]
    pub type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    pub value: Vec<u8>,
}

/// `tensorflow.SaverDef`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct SaverDef {
    #[prost(string, tag = "1")]
    pub filename_tensor_name: String,
    #[prost(string, tag = "2")]
    pub save_tensor_name: String,
    #[prost(string, tag = "3")]
    pub restore_op_name: String,
    #[prost(int32, tag = "4")]
    pub max_to_keep: i32,
    #[prost(bool, tag = "5")]
    pub sharded: bool,
    #[prost(float, tag = "6")]
    pub keep_checkpoint_every_n_hours: f32,
    #[prost(int32, tag = "7")]
    pub version: i32,
}

/// `tensorflow.CollectionDef`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct CollectionDef {
    #[prost(oneof = "CollectionDefKind", tags = "1, 2, 3, 4, 5")]
    pub kind: Option<CollectionDefKind>,
}

/// The alternatives of `tensorflow.CollectionDef.kind`.
#[derive(Clone, PartialEq, ::prost::Oneof)]
pub enum CollectionDefKind {
    #[prost(message, tag = "1")]
    NodeList(NodeList),
    #[prost(message, tag = "2")]
    BytesList(BytesList),
    #[prost(message, tag = "3")]
    Int64List(Int64List),
    #[prost(message, tag = "4")]
    FloatList(FloatList),
    #[prost(message, tag = "5")]
    AnyList(AnyList),
}

/// `tensorflow.CollectionDef.NodeList`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct NodeList {
    #[prost(string, repeated, tag = "1")]
    pub value: Vec<String>,
}

/// `tensorflow.CollectionDef.BytesList`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct BytesList {
    #[prost(bytes = "vec", repeated, tag = "1")]
    pub value: Vec<Vec<u8>>,
}

/// `tensorflow.CollectionDef.Int64List`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct Int64List {
    #[prost(int64, repeated, tag = "1")]
    pub value: Vec<i64>,
}

/// `tensorflow.CollectionDef.FloatList`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct FloatList {
    #[prost(float, repeated, tag = "1")]
    pub value: Vec<f32>,
}

/// `tensorflow.CollectionDef.AnyList`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct AnyList {
    #[prost(message, repeated, tag = "1")]
    pub value: Vec<Any>,
}

/// `tensorflow.SignatureDef`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct SignatureDef {
    #[prost(btree_map = "string, message", tag = "1")]
    pub inputs: BTreeMap<String, TensorInfo>,
    #[prost(btree_map = "string, message", tag = "2")]
    pub outputs: BTreeMap<String, TensorInfo>,
    #[prost(string, tag = "3")]
    pub method_name: String,
    #[prost(btree_map = "string, message", tag = "4")]
    pub defaults: BTreeMap<String, TensorProto>,
}

/// `tensorflow.TensorInfo`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct TensorInfo {
    #[prost(oneof = "TensorInfoEncoding", tags = "1, 4, 5")]
    pub encoding: Option<TensorInfoEncoding>,
    #[prost(int32, tag = "2")]
    pub dtype: i32,
    #[prost(message, optional, tag = "3")]
    pub tensor_shape: Option<TensorShapeProto>,
}

/// The alternatives of `tensorflow.TensorInfo.encoding`.
#[derive(Clone, PartialEq, ::prost::Oneof)]
pub enum TensorInfoEncoding {
    #[prost(string, tag = "1")]
    Name(String),
    #[prost(message, boxed, tag = "4")]
    CooSparse(Box<CooSparse>),
    #[prost(message, boxed, tag = "5")]
    CompositeTensor(Box<CompositeTensor>),
}

/// `tensorflow.TensorInfo.CooSparse`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct CooSparse {
    #[prost(string, tag = "1")]
    pub values_tensor_name: String,
    #[prost(string, tag = "2")]
    pub indices_tensor_name: String,
    #[prost(string, tag = "3")]
    pub dense_shape_tensor_name: String,
}

/// `tensorflow.TensorInfo.CompositeTensor`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct CompositeTensor {
    #[prost(message, optional, tag = "1")]
    pub type_spec: Option<TypeSpecProto>,
    #[prost(message, repeated, tag = "2")]
    pub components: Vec<TensorInfo>,
}

/// `tensorflow.AssetFileDef`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct AssetFileDef {
    #[prost(message, optional, tag = "1")]
    pub tensor_info: Option<TensorInfo>,
    #[prost(string, tag = "2")]
    pub filename: String,
}
