//! The function library of a graph.
//!
//! Fields and numbers of tensorflow/core/framework/function.proto; messages only, no meaning.

use std::collections::BTreeMap;

use super::attr_map::AttrMap;
use super::graph::NodeDef;
use super::op_def::OpDef;

/// `tensorflow.FunctionDefLibrary`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct FunctionDefLibrary {
    #[prost(message, repeated, tag = "1")]
    pub function: Vec<FunctionDef>,
    #[prost(message, repeated, tag = "2")]
    pub gradient: Vec<GradientDef>,
    #[prost(message, repeated, tag = "3")]
    pub registered_gradients: Vec<RegisteredGradient>,
}

/// `tensorflow.FunctionDef`.
#[derive(Clone, Debug, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
#[prost(skip_debug)]
pub struct FunctionDef {
    #[prost(message, optional, tag = "1")]
    pub signature: Option<OpDef>,
    #[prost(btree_map = "string, message", tag = "5")]
    pub attr: AttrMap,
    #[prost(btree_map = "uint32, message", tag = "7")]
    pub arg_attr: BTreeMap<u32, ArgAttrs>,
    #[prost(btree_map = "uint32, uint32", tag = "8")]
    pub resource_arg_unique_id: BTreeMap<u32, u32>,
    #[prost(message, repeated, tag = "3")]
    pub node_def: Vec<NodeDef>,
    #[prost(btree_map = "string, string", tag = "4")]
    pub ret: BTreeMap<String, String>,
    #[prost(btree_map = "string, string", tag = "6")]
    pub control_ret: BTreeMap<String, String>,
}

impl FunctionDef {
    /// The name in its signature, by which it is called; empty where it has none.
    pub fn name(&self) -> &str {
        self.signature.as_ref().map_or("", |signature| &signature.name)
    }
}

/// `tensorflow.FunctionDef.ArgAttrs`.
#[derive(Clone, Debug, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
#[prost(skip_debug)]
pub struct ArgAttrs {
    #[prost(btree_map = "string, message", tag = "1")]
    pub attr: AttrMap,
}

/// `tensorflow.GradientDef`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct GradientDef {
    #[prost(string, tag = "1")]
    pub function_name: String,
    #[prost(string, tag = "2")]
    pub gradient_func: String,
}

/// `tensorflow.RegisteredGradient`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct RegisteredGradient {
    #[prost(string, tag = "1")]
    pub gradient_func: String,
    #[prost(string, tag = "2")]
    pub registered_op_type: String,
}
