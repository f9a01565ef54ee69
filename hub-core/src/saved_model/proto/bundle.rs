//! Header and entries of a checkpoint index.
//!
//! Fields and numbers of tensorflow/core/protobuf/tensor_bundle.proto, framework/tensor_slice.proto; messages only, no meaning.

use super::graph::VersionDef;
use super::tensor::TensorShapeProto;

/// `tensorflow.BundleHeaderProto`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct BundleHeaderProto {
    #[prost(int32, tag = "1")]
    pub num_shards: i32,
    #[prost(int32, tag = "2")]
    pub endianness: i32,
    #[prost(message, optional, tag = "3")]
    pub version: Option<VersionDef>,
}

/// `tensorflow.BundleEntryProto`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct BundleEntryProto {
    #[prost(int32, tag = "1")]
    pub dtype: i32,
    #[prost(message, optional, tag = "2")]
    pub shape: Option<TensorShapeProto>,
    #[prost(int32, tag = "3")]
    pub shard_id: i32,
    #[prost(int64, tag = "4")]
    pub offset: i64,
    #[prost(int64, tag = "5")]
    pub size: i64,
    #[prost(fixed32, tag = "6")]
    pub crc32c: u32,
    #[prost(message, repeated, tag = "7")]
    pub slices: Vec<TensorSliceProto>,
}

/// `tensorflow.TensorSliceProto`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct TensorSliceProto {
    #[prost(message, repeated, tag = "1")]
    pub extent: Vec<Extent>,
}

/// `tensorflow.TensorSliceProto.Extent`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct Extent {
    #[prost(int64, tag = "1")]
    pub start: i64,
    #[prost(oneof = "ExtentHasLengthHack", tags = "2")]
    pub has_length_hack: Option<ExtentHasLengthHack>,
}

/// The alternatives of `tensorflow.TensorSliceProto.Extent.has_length_hack`.
#[derive(Clone, PartialEq, ::prost::Oneof)]
pub enum ExtentHasLengthHack {
    #[prost(int64, tag = "2")]
    Length(i64),
}
