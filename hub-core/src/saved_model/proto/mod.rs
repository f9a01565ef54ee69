//! The protobuf messages of a SavedModel and its checkpoint, complete, for prost.
//!
//! Field numbers are the format's; a message that is read, changed and written again loses nothing but fields that no
//! release of TensorFlow has had. What is passed on unchanged is copied as bytes instead. Maps are ordered, so that the same message
//! gives the same bytes. Messages only: their meaning is in the modules beside this one.
#![allow(missing_docs, reason = "the names of the fields are those of TensorFlow's .proto files, which document them")]

mod attr_map;
mod attr_value;
mod bundle;
mod debug_info;
mod function;
mod graph;
mod hub_module;
mod meta_graph;
mod object_graph;
mod op_def;
mod structured_value;
mod tensor;
mod trackable;
mod variable;
mod wire;

pub use attr_map::AttrMap;
pub use attr_value::{AttrList, AttrValue, AttrValueValue, NameAttrList};
pub use bundle::{BundleEntryProto, BundleHeaderProto, Extent, ExtentHasLengthHack, TensorSliceProto};
pub use debug_info::{FileLineCol, GraphDebugInfo, StackTrace};
pub use function::{ArgAttrs, FunctionDef, FunctionDefLibrary, GradientDef, RegisteredGradient};
pub use graph::{GraphDef, NodeDebugInfo, NodeDef, VersionDef};
pub use hub_module::{ImageModuleInfo, ImageSize, ModuleAttachment, ModuleDef};
pub use meta_graph::{
    Any, AnyList, AssetFileDef, BytesList, CollectionDef, CollectionDefKind, CompositeTensor, CooSparse, FloatList,
    Int64List, MetaGraphDef, MetaInfoDef, NodeList, SavedModel, SaverDef, SignatureDef, TensorInfo, TensorInfoEncoding,
};
pub use object_graph::{
    CapturedTensor, FunctionSpec, SaveableObject, SavedAsset, SavedBareConcreteFunction, SavedConcreteFunction,
    SavedConstant, SavedFunction, SavedObject, SavedObjectGraph, SavedObjectKind, SavedResource, SavedUserObject,
    SavedVariable,
};
pub use op_def::{ArgDef, AttrDef, FullTypeDef, FullTypeDefAttr, OpDef, OpDeprecation, OpList};
pub use structured_value::{
    BoundedTensorSpecProto, DictValue, ListValue, NamedTupleValue, NoneValue, PairValue, StructuredValue,
    StructuredValueKind, TensorSpecProto, TupleValue, TypeSpecProto,
};
pub use tensor::{Dim, DtypeAndShape, ResourceHandleProto, TensorProto, TensorShapeProto, VariantTensorDataProto};
pub use trackable::{
    BoolValue, ObjectReference, RegisteredSaver, SerializedTensor, SlotVariableReference, TrackableObject,
    TrackableObjectGraph,
};
pub use variable::{SaveSliceInfoDef, VariableDef};
