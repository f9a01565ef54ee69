//! Stack traces that Python records beside nodes; carried along, never read.
//!
//! Fields and numbers of tensorflow/core/framework/graph_debug_info.proto; messages only, no meaning.

use std::collections::BTreeMap;

/// `tensorflow.GraphDebugInfo`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct GraphDebugInfo {
    #[prost(string, repeated, tag = "1")]
    pub files: Vec<String>,
    #[prost(btree_map = "fixed64, message", tag = "4")]
    pub frames_by_id: BTreeMap<u64, FileLineCol>,
    #[prost(btree_map = "fixed64, message", tag = "6")]
    pub traces_by_id: BTreeMap<u64, StackTrace>,
    #[prost(btree_map = "string, message", tag = "2")]
    pub traces: BTreeMap<String, StackTrace>,
    #[prost(btree_map = "string, fixed64", tag = "5")]
    pub name_to_trace_id: BTreeMap<String, u64>,
}

/// `tensorflow.GraphDebugInfo.FileLineCol`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct FileLineCol {
    #[prost(int32, tag = "1")]
    pub file_index: i32,
    #[prost(int32, tag = "2")]
    pub line: i32,
    #[prost(int32, tag = "3")]
    pub col: i32,
    #[prost(string, tag = "4")]
    pub func: String,
    #[prost(string, tag = "5")]
    pub code: String,
}

/// `tensorflow.GraphDebugInfo.StackTrace`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct StackTrace {
    #[prost(message, repeated, tag = "1")]
    pub file_line_cols: Vec<FileLineCol>,
    #[prost(fixed64, repeated, tag = "2")]
    pub frame_id: Vec<u64>,
}
