//! Descriptions of ops and their attributes, and full types.
//!
//! Fields and numbers of tensorflow/core/framework/{op_def,full_type}.proto; messages only, no meaning.

use super::attr_value::AttrValue;
use super::tensor::DtypeAndShape;

/// `tensorflow.OpList`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct OpList {
    #[prost(message, repeated, tag = "1")]
    pub op: Vec<OpDef>,
}

/// `tensorflow.OpDef`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct OpDef {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(message, repeated, tag = "2")]
    pub input_arg: Vec<ArgDef>,
    #[prost(message, repeated, tag = "3")]
    pub output_arg: Vec<ArgDef>,
    #[prost(string, repeated, tag = "20")]
    pub control_output: Vec<String>,
    #[prost(message, repeated, tag = "4")]
    pub attr: Vec<AttrDef>,
    #[prost(message, optional, boxed, tag = "8")]
    pub deprecation: Option<Box<OpDeprecation>>,
    #[prost(string, tag = "5")]
    pub summary: String,
    #[prost(string, tag = "6")]
    pub description: String,
    #[prost(bool, tag = "18")]
    pub is_commutative: bool,
    #[prost(bool, tag = "16")]
    pub is_aggregate: bool,
    #[prost(bool, tag = "17")]
    pub is_stateful: bool,
    #[prost(bool, tag = "19")]
    pub allows_uninitialized_input: bool,
    #[prost(bool, tag = "21")]
    pub is_distributed_communication: bool,
}

/// `tensorflow.OpDef.ArgDef`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct ArgDef {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(string, tag = "2")]
    pub description: String,
    #[prost(int32, tag = "3")]
    pub r#type: i32,
    #[prost(string, tag = "4")]
    pub type_attr: String,
    #[prost(string, tag = "5")]
    pub number_attr: String,
    #[prost(string, tag = "6")]
    pub type_list_attr: String,
    #[prost(message, repeated, tag = "7")]
    pub handle_data: Vec<DtypeAndShape>,
    #[prost(bool, tag = "16")]
    pub is_ref: bool,
    #[prost(message, optional, boxed, tag = "17")]
    pub experimental_full_type: Option<Box<FullTypeDef>>,
}

/// `tensorflow.FullTypeDef`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct FullTypeDef {
    #[prost(int32, tag = "1")]
    pub type_id: i32,
    #[prost(message, repeated, tag = "2")]
    pub args: Vec<FullTypeDef>,
    #[prost(oneof = "FullTypeDefAttr", tags = "3, 4")]
    pub attr: Option<FullTypeDefAttr>,
}

/// The alternatives of `tensorflow.FullTypeDef.attr`.
#[derive(Clone, PartialEq, ::prost::Oneof)]
pub enum FullTypeDefAttr {
    #[prost(string, tag = "3")]
    S(String),
    #[prost(int64, tag = "4")]
    I(i64),
}

/// `tensorflow.OpDef.AttrDef`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct AttrDef {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(string, tag = "2")]
    pub r#type: String,
    #[prost(message, optional, tag = "3")]
    pub default_value: Option<AttrValue>,
    #[prost(string, tag = "4")]
    pub description: String,
    #[prost(bool, tag = "5")]
    pub has_minimum: bool,
    #[prost(int64, tag = "6")]
    pub minimum: i64,
    #[prost(message, optional, tag = "7")]
    pub allowed_values: Option<AttrValue>,
}

/// `tensorflow.OpDeprecation`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct OpDeprecation {
    #[prost(int32, tag = "1")]
    pub version: i32,
    #[prost(string, tag = "2")]
    pub explanation: String,
}
