//! Structured values: the nests in function signatures and specs.
//!
//! Fields and numbers of tensorflow/core/protobuf/struct.proto; messages only, no meaning.

use std::collections::BTreeMap;

use super::tensor::{TensorProto, TensorShapeProto};

/// `tensorflow.TypeSpecProto`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct TypeSpecProto {
    #[prost(int32, tag = "1")]
    pub type_spec_class: i32,
    #[prost(message, optional, boxed, tag = "2")]
    pub type_state: Option<Box<StructuredValue>>,
    #[prost(string, tag = "3")]
    pub type_spec_class_name: String,
    #[prost(int32, tag = "4")]
    pub num_flat_components: i32,
}

/// `tensorflow.StructuredValue`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct StructuredValue {
    #[prost(oneof = "StructuredValueKind", tags = "1, 11, 12, 13, 14, 31, 32, 33, 34, 35, 51, 52, 53, 54, 55, 56")]
    pub kind: Option<StructuredValueKind>,
}

/// The alternatives of `tensorflow.StructuredValue.kind`.
#[derive(Clone, PartialEq, ::prost::Oneof)]
pub enum StructuredValueKind {
    #[prost(message, tag = "1")]
    NoneValue(NoneValue),
    #[prost(double, tag = "11")]
    Float64Value(f64),
    #[prost(sint64, tag = "12")]
    Int64Value(i64),
    #[prost(string, tag = "13")]
    StringValue(String),
    #[prost(bool, tag = "14")]
    BoolValue(bool),
    #[prost(message, boxed, tag = "31")]
    TensorShapeValue(Box<TensorShapeProto>),
    #[prost(int32, tag = "32")]
    TensorDtypeValue(i32),
    #[prost(message, boxed, tag = "33")]
    TensorSpecValue(Box<TensorSpecProto>),
    #[prost(message, boxed, tag = "34")]
    TypeSpecValue(Box<TypeSpecProto>),
    #[prost(message, boxed, tag = "35")]
    BoundedTensorSpecValue(Box<BoundedTensorSpecProto>),
    #[prost(message, tag = "51")]
    ListValue(ListValue),
    #[prost(message, tag = "52")]
    TupleValue(TupleValue),
    #[prost(message, tag = "53")]
    DictValue(DictValue),
    #[prost(message, boxed, tag = "54")]
    NamedTupleValue(Box<NamedTupleValue>),
    #[prost(message, boxed, tag = "55")]
    TensorValue(Box<TensorProto>),
    #[prost(message, boxed, tag = "56")]
    NumpyValue(Box<TensorProto>),
}

/// `tensorflow.NoneValue`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct NoneValue {}

/// `tensorflow.TensorSpecProto`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct TensorSpecProto {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(message, optional, tag = "2")]
    pub shape: Option<TensorShapeProto>,
    #[prost(int32, tag = "3")]
    pub dtype: i32,
}

/// `tensorflow.BoundedTensorSpecProto`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct BoundedTensorSpecProto {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(message, optional, tag = "2")]
    pub shape: Option<TensorShapeProto>,
    #[prost(int32, tag = "3")]
    pub dtype: i32,
    #[prost(message, optional, tag = "4")]
    pub minimum: Option<TensorProto>,
    #[prost(message, optional, tag = "5")]
    pub maximum: Option<TensorProto>,
}

/// `tensorflow.ListValue`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct ListValue {
    #[prost(message, repeated, tag = "1")]
    pub values: Vec<StructuredValue>,
}

/// `tensorflow.TupleValue`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct TupleValue {
    #[prost(message, repeated, tag = "1")]
    pub values: Vec<StructuredValue>,
}

/// `tensorflow.DictValue`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct DictValue {
    #[prost(btree_map = "string, message", tag = "1")]
    pub fields: BTreeMap<String, StructuredValue>,
}

/// `tensorflow.NamedTupleValue`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct NamedTupleValue {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(message, repeated, tag = "2")]
    pub values: Vec<PairValue>,
}

/// `tensorflow.PairValue`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct PairValue {
    #[prost(string, tag = "1")]
    pub key: String,
    #[prost(message, optional, tag = "2")]
    pub value: Option<StructuredValue>,
}
