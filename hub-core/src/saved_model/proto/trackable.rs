//! The object graph inside a checkpoint.
//!
//! Fields and numbers of tensorflow/core/protobuf/trackable_object_graph.proto; messages only, no meaning.

/// `tensorflow.TrackableObjectGraph.TrackableObject.ObjectReference`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct ObjectReference {
    #[prost(int32, tag = "1")]
    pub node_id: i32,
    #[prost(string, tag = "2")]
    pub local_name: String,
}

/// `tensorflow.TrackableObjectGraph.TrackableObject.SlotVariableReference`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct SlotVariableReference {
    #[prost(int32, tag = "1")]
    pub original_variable_node_id: i32,
    #[prost(string, tag = "2")]
    pub slot_name: String,
    #[prost(int32, tag = "3")]
    pub slot_variable_node_id: i32,
}

/// `tensorflow.TrackableObjectGraph`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct TrackableObjectGraph {
    #[prost(message, repeated, tag = "1")]
    pub nodes: Vec<TrackableObject>,
}

/// `tensorflow.TrackableObjectGraph.TrackableObject`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct TrackableObject {
    #[prost(message, repeated, tag = "1")]
    pub children: Vec<ObjectReference>,
    #[prost(message, repeated, tag = "2")]
    pub attributes: Vec<SerializedTensor>,
    #[prost(message, repeated, tag = "3")]
    pub slot_variables: Vec<SlotVariableReference>,
    #[prost(message, optional, boxed, tag = "4")]
    pub registered_saver: Option<Box<RegisteredSaver>>,
    #[prost(message, optional, tag = "5")]
    pub has_checkpoint_values: Option<BoolValue>,
}

/// `tensorflow.TrackableObjectGraph.TrackableObject.SerializedTensor`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct SerializedTensor {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(string, tag = "2")]
    pub full_name: String,
    #[prost(string, tag = "3")]
    pub checkpoint_key: String,
}

/// `tensorflow.RegisteredSaver`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct RegisteredSaver {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(string, tag = "2")]
    pub object_name: String,
}

/// `google.protobuf.BoolValue`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct BoolValue {
    #[prost(bool, tag = "1")]
    pub value: bool,
}
