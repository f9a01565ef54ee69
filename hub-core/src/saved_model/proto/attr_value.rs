//! The values of attributes of nodes and functions.
//!
//! Fields and numbers of tensorflow/core/framework/attr_value.proto; messages only, no meaning.

use super::attr_map::AttrMap;
use super::tensor::{TensorProto, TensorShapeProto};

/// `tensorflow.AttrValue`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct AttrValue {
    #[prost(oneof = "AttrValueValue", tags = "2, 3, 4, 5, 6, 7, 8, 1, 10, 9")]
    pub value: Option<AttrValueValue>,
}

/// The alternatives of `tensorflow.AttrValue.value`.
#[derive(Clone, PartialEq, ::prost::Oneof)]
pub enum AttrValueValue {
    #[prost(bytes = "vec", tag = "2")]
    S(Vec<u8>),
    #[prost(int64, tag = "3")]
    I(i64),
    #[prost(float, tag = "4")]
    F(f32),
    #[prost(bool, tag = "5")]
    B(bool),
    #[prost(int32, tag = "6")]
    Type(i32),
    #[prost(message, boxed, tag = "7")]
    Shape(Box<TensorShapeProto>),
    #[prost(message, boxed, tag = "8")]
    Tensor(Box<TensorProto>),
    #[prost(message, boxed, tag = "1")]
    List(Box<AttrList>),
    #[prost(message, boxed, tag = "10")]
    Func(Box<NameAttrList>),
    #[prost(string, tag = "9")]
    Placeholder(String),
}

/// `tensorflow.AttrValue.ListValue`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct AttrList {
    #[prost(bytes = "vec", repeated, tag = "2")]
    pub s: Vec<Vec<u8>>,
    #[prost(int64, repeated, tag = "3")]
    pub i: Vec<i64>,
    #[prost(float, repeated, tag = "4")]
    pub f: Vec<f32>,
    #[prost(bool, repeated, tag = "5")]
    pub b: Vec<bool>,
    #[prost(int32, repeated, tag = "6")]
    pub r#type: Vec<i32>,
    #[prost(message, repeated, tag = "7")]
    pub shape: Vec<TensorShapeProto>,
    #[prost(message, repeated, tag = "8")]
    pub tensor: Vec<TensorProto>,
    #[prost(message, repeated, tag = "9")]
    pub func: Vec<NameAttrList>,
}

/// `tensorflow.NameAttrList`.
#[derive(Clone, Debug, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
#[prost(skip_debug)]
pub struct NameAttrList {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(btree_map = "string, message", tag = "2")]
    pub attr: AttrMap,
}
