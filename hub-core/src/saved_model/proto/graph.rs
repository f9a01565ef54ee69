//! Graphs and their nodes.
//!
//! Fields and numbers of tensorflow/core/framework/{graph,node_def,versions}.proto; messages only, no meaning.

use super::attr_map::AttrMap;
use super::debug_info::GraphDebugInfo;
use super::function::FunctionDefLibrary;
use super::op_def::FullTypeDef;

/// `tensorflow.GraphDef`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct GraphDef {
    #[prost(message, repeated, tag = "1")]
    pub node: Vec<NodeDef>,
    #[prost(message, optional, tag = "4")]
    pub versions: Option<VersionDef>,
    #[prost(int32, tag = "3")]
    pub version: i32,
    #[prost(message, optional, tag = "2")]
    pub library: Option<FunctionDefLibrary>,
    #[prost(message, optional, tag = "5")]
    pub debug_info: Option<GraphDebugInfo>,
}

/// `tensorflow.NodeDef`.
#[derive(Clone, Debug, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
#[prost(skip_debug)]
pub struct NodeDef {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(string, tag = "2")]
    pub op: String,
    #[prost(string, repeated, tag = "3")]
    pub input: Vec<String>,
    #[prost(string, tag = "4")]
    pub device: String,
    #[prost(btree_map = "string, message", tag = "5")]
    pub attr: AttrMap,
    #[prost(message, optional, boxed, tag = "6")]
    pub experimental_debug_info: Option<Box<NodeDebugInfo>>,
    #[prost(message, optional, boxed, tag = "7")]
    pub experimental_type: Option<Box<FullTypeDef>>,
}

/// `tensorflow.NodeDef.ExperimentalDebugInfo`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct NodeDebugInfo {
    #[prost(string, repeated, tag = "1")]
    pub original_node_names: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    pub original_func_names: Vec<String>,
}

/// `tensorflow.VersionDef`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct VersionDef {
    #[prost(int32, tag = "1")]
    pub producer: i32,
    #[prost(int32, tag = "2")]
    pub min_consumer: i32,
    #[prost(int32, repeated, tag = "3")]
    pub bad_consumers: Vec<i32>,
}
