//! What each message's fields take in memory: the table behind the pre-scan.
//!
//! One row for each message that can hold lists, texts or further messages; numbers outside lists take nothing beyond
//! their message. Field numbers are those of `proto`. The attributes of a node are a list of entries, other maps are maps. The test that holds the table against
//! what decoding really allocates is `tests/reader_memory.rs`.

use super::super::proto;

/// A message: its size in memory and the fields that allocate.
pub(super) struct Message {
    pub(super) size: usize,
    pub(super) fields: &'static [(u32, Field)],
}

/// How a field allocates.
pub(super) enum Field {
    /// A message inside its parent.
    One(&'static Message),
    /// A message in a box.
    Boxed(&'static Message),
    /// A list of messages.
    Many(&'static Message),
    /// The attributes of a node: the entries of an `AttrMap`.
    Attributes(&'static Message),
    /// A map of messages: its entries.
    Entries(&'static Message),
    /// A string or bytes.
    Text,
    /// A list of strings or bytes.
    Texts,
    /// A list of numbers of variable length, with the size of one in memory.
    Varints(usize),
    /// A list of numbers of fixed length.
    Fixed(usize),
}

/// More fields than any message of the table has.
pub(super) const FIELDS_LIMIT: usize = 20;

use Field::{Attributes, Boxed, Entries, Fixed, Many, One, Text, Texts, Varints};

macro_rules! messages {
    ($($name:ident: $type:ty { $($tag:literal $kind:ident $(($argument:expr))?),* $(,)? })*) => {
        $(
            pub(super) static $name: Message = Message {
                size: size_of::<$type>(),
                fields: &[$(($tag, $kind $(($argument))?)),*],
            };
            const _: () = assert!($name.fields.len() <= FIELDS_LIMIT);
        )*
    };
}

messages! {
    SAVED_MODEL: proto::SavedModel { 2 Many(&META_GRAPH) }
    META_GRAPH: proto::MetaGraphDef {
        1 One(&META_INFO), 2 One(&GRAPH), 3 One(&SAVER), 4 Entries(&COLLECTION_ENTRY), 5 Entries(&SIGNATURE_ENTRY),
        6 Many(&ASSET_FILE), 7 One(&OBJECT_GRAPH)
    }
    META_INFO: proto::MetaInfoDef { 1 Text, 2 Text, 3 One(&ANY), 4 Texts, 5 Text, 6 Text, 8 Entries(&TEXT_TO_TEXT) }
    ANY: proto::Any { 1 Text, 2 Text }
    SAVER: proto::SaverDef { 1 Text, 2 Text, 3 Text }
    COLLECTION_ENTRY: (String, proto::CollectionDef) { 1 Text, 2 One(&COLLECTION) }
    COLLECTION: proto::CollectionDef {
        1 One(&TEXT_LIST), 2 One(&TEXT_LIST), 3 One(&INT64_LIST), 4 One(&FLOAT_LIST), 5 One(&ANY_LIST)
    }
    TEXT_LIST: proto::NodeList { 1 Texts }
    INT64_LIST: proto::Int64List { 1 Varints(8) }
    FLOAT_LIST: proto::FloatList { 1 Fixed(4) }
    ANY_LIST: proto::AnyList { 1 Many(&ANY) }
    SIGNATURE_ENTRY: (String, proto::SignatureDef) { 1 Text, 2 One(&SIGNATURE) }
    SIGNATURE: proto::SignatureDef { 1 Entries(&TENSOR_INFO_ENTRY), 2 Entries(&TENSOR_INFO_ENTRY), 3 Text, 4 Entries(&TENSOR_ENTRY) }
    TENSOR_INFO_ENTRY: (String, proto::TensorInfo) { 1 Text, 2 One(&TENSOR_INFO) }
    TENSOR_ENTRY: (String, proto::TensorProto) { 1 Text, 2 One(&TENSOR) }
    TENSOR_INFO: proto::TensorInfo { 1 Text, 3 One(&SHAPE), 4 Boxed(&COO_SPARSE), 5 Boxed(&COMPOSITE) }
    COO_SPARSE: proto::CooSparse { 1 Text, 2 Text, 3 Text }
    COMPOSITE: proto::CompositeTensor { 1 One(&TYPE_SPEC), 2 Many(&TENSOR_INFO) }
    ASSET_FILE: proto::AssetFileDef { 1 One(&TENSOR_INFO), 2 Text }
    TEXT_TO_TEXT: (String, String) { 1 Text, 2 Text }

    GRAPH: proto::GraphDef { 1 Many(&NODE), 2 One(&LIBRARY), 4 One(&VERSIONS), 5 One(&DEBUG_INFO) }
    VERSIONS: proto::VersionDef { 3 Varints(4) }
    NODE: proto::NodeDef {
        1 Text, 2 Text, 3 Texts, 4 Text, 5 Attributes(&ATTR_ENTRY), 6 Boxed(&NODE_DEBUG_INFO), 7 Boxed(&FULL_TYPE)
    }
    NODE_DEBUG_INFO: proto::NodeDebugInfo { 1 Texts, 2 Texts }
    FULL_TYPE: proto::FullTypeDef { 2 Many(&FULL_TYPE), 3 Text }
    LIBRARY: proto::FunctionDefLibrary { 1 Many(&FUNCTION), 2 Many(&GRADIENT), 3 Many(&GRADIENT) }
    GRADIENT: proto::GradientDef { 1 Text, 2 Text }
    FUNCTION: proto::FunctionDef {
        1 One(&OP), 3 Many(&NODE), 4 Entries(&TEXT_TO_TEXT), 5 Attributes(&ATTR_ENTRY), 6 Entries(&TEXT_TO_TEXT),
        7 Entries(&ARG_ATTRS_ENTRY), 8 Entries(&NUMBER_TO_NUMBER)
    }
    ARG_ATTRS_ENTRY: (u32, proto::ArgAttrs) { 2 One(&ARG_ATTRS) }
    ARG_ATTRS: proto::ArgAttrs { 1 Attributes(&ATTR_ENTRY) }
    NUMBER_TO_NUMBER: (u32, u32) {}
    ATTR_ENTRY: (String, proto::AttrValue) { 1 Text, 2 One(&ATTR_VALUE) }
    ATTR_VALUE: proto::AttrValue {
        1 Boxed(&ATTR_LIST), 2 Text, 7 Boxed(&SHAPE), 8 Boxed(&TENSOR), 9 Text, 10 Boxed(&NAME_ATTR_LIST)
    }
    ATTR_LIST: proto::AttrList {
        2 Texts, 3 Varints(8), 4 Fixed(4), 5 Varints(1), 6 Varints(4), 7 Many(&SHAPE), 8 Many(&TENSOR),
        9 Many(&NAME_ATTR_LIST)
    }
    NAME_ATTR_LIST: proto::NameAttrList { 1 Text, 2 Attributes(&ATTR_ENTRY) }
    DEBUG_INFO: proto::GraphDebugInfo {
        1 Texts, 2 Entries(&TRACE_BY_TEXT), 4 Entries(&FRAME_BY_NUMBER), 5 Entries(&NUMBER_BY_TEXT), 6 Entries(&TRACE_BY_NUMBER)
    }
    TRACE_BY_TEXT: (String, proto::StackTrace) { 1 Text, 2 One(&STACK_TRACE) }
    TRACE_BY_NUMBER: (u64, proto::StackTrace) { 2 One(&STACK_TRACE) }
    NUMBER_BY_TEXT: (String, u64) { 1 Text }
    FRAME_BY_NUMBER: (u64, proto::FileLineCol) { 2 One(&FILE_LINE) }
    FILE_LINE: proto::FileLineCol { 4 Text, 5 Text }
    STACK_TRACE: proto::StackTrace { 1 Many(&FILE_LINE), 2 Fixed(8) }

    OP: proto::OpDef {
        1 Text, 2 Many(&ARG), 3 Many(&ARG), 4 Many(&ATTR), 5 Text, 6 Text, 8 Boxed(&DEPRECATION), 20 Texts
    }
    ARG: proto::ArgDef { 1 Text, 2 Text, 4 Text, 5 Text, 6 Text, 7 Many(&DTYPE_AND_SHAPE), 17 Boxed(&FULL_TYPE) }
    ATTR: proto::AttrDef { 1 Text, 2 Text, 3 One(&ATTR_VALUE), 4 Text, 7 One(&ATTR_VALUE) }
    DEPRECATION: proto::OpDeprecation { 2 Text }

    SHAPE: proto::TensorShapeProto { 2 Many(&DIM) }
    DIM: proto::Dim { 2 Text }
    DTYPE_AND_SHAPE: proto::DtypeAndShape { 2 One(&SHAPE) }
    TENSOR: proto::TensorProto {
        2 One(&SHAPE), 4 Text, 5 Fixed(4), 6 Fixed(8), 7 Varints(4), 8 Texts, 9 Fixed(4), 10 Varints(8), 11 Varints(1),
        12 Fixed(8), 13 Varints(4), 14 Many(&RESOURCE_HANDLE), 15 Many(&VARIANT), 16 Varints(4), 17 Varints(8), 18 Text
    }
    RESOURCE_HANDLE: proto::ResourceHandleProto { 1 Text, 2 Text, 3 Text, 5 Text, 6 Many(&DTYPE_AND_SHAPE) }
    VARIANT: proto::VariantTensorDataProto { 1 Text, 2 Text, 3 Many(&TENSOR) }

    OBJECT_GRAPH: proto::SavedObjectGraph { 1 Many(&OBJECT), 2 Entries(&CONCRETE_FUNCTION_ENTRY) }
    OBJECT: proto::SavedObject {
        1 Many(&REFERENCE), 3 Many(&SLOT_VARIABLE), 4 Boxed(&USER_OBJECT), 6 Boxed(&SAVED_FUNCTION), 7 Boxed(&VARIABLE),
        8 Boxed(&BARE_FUNCTION), 9 Boxed(&CONSTANT), 10 Boxed(&RESOURCE), 11 Entries(&SAVEABLE_ENTRY),
        12 Boxed(&CAPTURED_TENSOR), 13 Text, 14 Boxed(&ANY), 15 Many(&REFERENCE), 16 Text
    }
    REFERENCE: proto::ObjectReference { 2 Text }
    SLOT_VARIABLE: proto::SlotVariableReference { 2 Text }
    SAVEABLE_ENTRY: (String, proto::SaveableObject) { 1 Text }
    USER_OBJECT: proto::SavedUserObject { 1 Text, 2 One(&VERSIONS), 3 Text }
    SAVED_FUNCTION: proto::SavedFunction { 1 Texts, 2 One(&FUNCTION_SPEC) }
    FUNCTION_SPEC: proto::FunctionSpec { 1 One(&STRUCTURED), 5 One(&STRUCTURED) }
    VARIABLE: proto::SavedVariable { 2 One(&SHAPE), 6 Text, 7 Text, 8 Many(&VARIABLE) }
    BARE_FUNCTION: proto::SavedBareConcreteFunction { 1 Text, 2 Texts, 4 One(&FUNCTION_SPEC) }
    CONSTANT: proto::SavedConstant { 1 Text }
    RESOURCE: proto::SavedResource { 1 Text }
    CAPTURED_TENSOR: proto::CapturedTensor { 1 Text, 2 Text }
    CONCRETE_FUNCTION_ENTRY: (String, proto::SavedConcreteFunction) { 1 Text, 2 One(&CONCRETE_FUNCTION) }
    CONCRETE_FUNCTION: proto::SavedConcreteFunction { 2 Varints(4), 3 One(&STRUCTURED), 4 One(&STRUCTURED) }

    STRUCTURED: proto::StructuredValue {
        13 Text, 31 Boxed(&SHAPE), 33 Boxed(&TENSOR_SPEC), 34 Boxed(&TYPE_SPEC), 35 Boxed(&BOUNDED_TENSOR_SPEC),
        51 One(&SEQUENCE), 52 One(&SEQUENCE), 53 One(&DICT), 54 Boxed(&NAMED_TUPLE), 55 Boxed(&TENSOR), 56 Boxed(&TENSOR)
    }
    TENSOR_SPEC: proto::TensorSpecProto { 1 Text, 2 One(&SHAPE) }
    BOUNDED_TENSOR_SPEC: proto::BoundedTensorSpecProto { 1 Text, 2 One(&SHAPE), 4 One(&TENSOR), 5 One(&TENSOR) }
    TYPE_SPEC: proto::TypeSpecProto { 2 Boxed(&STRUCTURED), 3 Text }
    SEQUENCE: proto::ListValue { 1 Many(&STRUCTURED) }
    DICT: proto::DictValue { 1 Entries(&STRUCTURED_ENTRY) }
    STRUCTURED_ENTRY: (String, proto::StructuredValue) { 1 Text, 2 One(&STRUCTURED) }
    NAMED_TUPLE: proto::NamedTupleValue { 1 Text, 2 Many(&PAIR) }
    PAIR: proto::PairValue { 1 Text, 2 One(&STRUCTURED) }

    TRACKABLE_OBJECT_GRAPH: proto::TrackableObjectGraph { 1 Many(&TRACKABLE_OBJECT) }
    TRACKABLE_OBJECT: proto::TrackableObject {
        1 Many(&REFERENCE), 2 Many(&SERIALIZED_TENSOR), 3 Many(&SLOT_VARIABLE), 4 Boxed(&REGISTERED_SAVER)
    }
    SERIALIZED_TENSOR: proto::SerializedTensor { 1 Text, 2 Text, 3 Text }
    REGISTERED_SAVER: proto::RegisteredSaver { 1 Text, 2 Text }

    BUNDLE_ENTRY: proto::BundleEntryProto { 2 One(&SHAPE), 7 Many(&SLICE) }
    SLICE: proto::TensorSliceProto { 1 Many(&EXTENT) }
    EXTENT: proto::Extent {}
}
