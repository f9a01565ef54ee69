//! The object graph of a TF2 SavedModel.
//!
//! Fields and numbers of tensorflow/core/protobuf/saved_object_graph.proto; messages only, no meaning.

use std::collections::BTreeMap;

use super::graph::VersionDef;
use super::meta_graph::Any;
use super::structured_value::StructuredValue;
use super::tensor::TensorShapeProto;
use super::trackable::{ObjectReference, SlotVariableReference};

/// `tensorflow.SavedObjectGraph`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct SavedObjectGraph {
    #[prost(message, repeated, tag = "1")]
    pub nodes: Vec<SavedObject>,
    #[prost(btree_map = "string, message", tag = "2")]
    pub concrete_functions: BTreeMap<String, SavedConcreteFunction>,
}

/// `tensorflow.SavedObject`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct SavedObject {
    #[prost(message, repeated, tag = "1")]
    pub children: Vec<ObjectReference>,
    #[prost(message, repeated, tag = "15")]
    pub dependencies: Vec<ObjectReference>,
    #[prost(message, repeated, tag = "3")]
    pub slot_variables: Vec<SlotVariableReference>,
    #[prost(oneof = "SavedObjectKind", tags = "4, 5, 6, 7, 8, 9, 10, 12")]
    pub kind: Option<SavedObjectKind>,
    #[prost(btree_map = "string, message", tag = "11")]
    pub saveable_objects: BTreeMap<String, SaveableObject>,
    #[prost(string, tag = "13")]
    pub registered_name: String,
    #[prost(message, optional, boxed, tag = "14")]
    pub serialized_user_proto: Option<Box<Any>>,
    #[prost(string, tag = "16")]
    pub registered_saver: String,
}

/// The alternatives of `tensorflow.SavedObject.kind`.
#[derive(Clone, PartialEq, ::prost::Oneof)]
pub enum SavedObjectKind {
    #[prost(message, boxed, tag = "4")]
    UserObject(Box<SavedUserObject>),
    #[prost(message, tag = "5")]
    Asset(SavedAsset),
    #[prost(message, boxed, tag = "6")]
    Function(Box<SavedFunction>),
    #[prost(message, boxed, tag = "7")]
    Variable(Box<SavedVariable>),
    #[prost(message, boxed, tag = "8")]
    BareConcreteFunction(Box<SavedBareConcreteFunction>),
    #[prost(message, boxed, tag = "9")]
    Constant(Box<SavedConstant>),
    #[prost(message, boxed, tag = "10")]
    Resource(Box<SavedResource>),
    #[prost(message, boxed, tag = "12")]
    CapturedTensor(Box<CapturedTensor>),
}

/// `tensorflow.SavedUserObject`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct SavedUserObject {
    #[prost(string, tag = "1")]
    pub identifier: String,
    #[prost(message, optional, tag = "2")]
    pub version: Option<VersionDef>,
    #[prost(string, tag = "3")]
    pub metadata: String,
}

/// `tensorflow.SavedAsset`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct SavedAsset {
    #[prost(int32, tag = "1")]
    pub asset_file_def_index: i32,
}

/// `tensorflow.SavedFunction`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct SavedFunction {
    #[prost(string, repeated, tag = "1")]
    pub concrete_functions: Vec<String>,
    #[prost(message, optional, tag = "2")]
    pub function_spec: Option<FunctionSpec>,
}

/// `tensorflow.FunctionSpec`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct FunctionSpec {
    #[prost(message, optional, tag = "1")]
    pub fullargspec: Option<StructuredValue>,
    #[prost(bool, tag = "2")]
    pub is_method: bool,
    #[prost(message, optional, tag = "5")]
    pub input_signature: Option<StructuredValue>,
    #[prost(int32, tag = "6")]
    pub jit_compile: i32,
}

/// `tensorflow.SavedVariable`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct SavedVariable {
    #[prost(int32, tag = "1")]
    pub dtype: i32,
    #[prost(message, optional, tag = "2")]
    pub shape: Option<TensorShapeProto>,
    #[prost(bool, tag = "3")]
    pub trainable: bool,
    #[prost(int32, tag = "4")]
    pub synchronization: i32,
    #[prost(int32, tag = "5")]
    pub aggregation: i32,
    #[prost(string, tag = "6")]
    pub name: String,
    #[prost(string, tag = "7")]
    pub device: String,
    #[prost(message, repeated, tag = "8")]
    pub experimental_distributed_variable_components: Vec<SavedVariable>,
}

/// `tensorflow.SavedBareConcreteFunction`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct SavedBareConcreteFunction {
    #[prost(string, tag = "1")]
    pub concrete_function_name: String,
    #[prost(string, repeated, tag = "2")]
    pub argument_keywords: Vec<String>,
    #[prost(int64, tag = "3")]
    pub allowed_positional_arguments: i64,
    #[prost(message, optional, tag = "4")]
    pub function_spec: Option<FunctionSpec>,
}

/// `tensorflow.SavedConstant`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct SavedConstant {
    #[prost(string, tag = "1")]
    pub operation: String,
}

/// `tensorflow.SavedResource`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct SavedResource {
    #[prost(string, tag = "1")]
    pub device: String,
}

/// `tensorflow.CapturedTensor`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct CapturedTensor {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(string, tag = "2")]
    pub concrete_function: String,
}

/// `tensorflow.SaveableObject`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct SaveableObject {
    #[prost(int32, tag = "2")]
    pub save_function: i32,
    #[prost(int32, tag = "3")]
    pub restore_function: i32,
}

/// `tensorflow.SavedConcreteFunction`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct SavedConcreteFunction {
    #[prost(int32, repeated, tag = "2")]
    pub bound_inputs: Vec<i32>,
    #[prost(message, optional, tag = "3")]
    pub canonicalized_input_signature: Option<StructuredValue>,
    #[prost(message, optional, tag = "4")]
    pub output_signature: Option<StructuredValue>,
}
