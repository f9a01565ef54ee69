//! What must hold for any bytes that are read as an object graph: of a model, and of its checkpoint.

use prost::Message;

use crate::saved_model::checkpoint::key_map;
use crate::saved_model::proto::{
    AttrMap, AttrValue, AttrValueValue, FunctionDef, FunctionDefLibrary, GraphDef, MetaGraphDef, NodeDef, OpDef,
    SavedObjectGraph, SavedObjectKind, TensorProto, TrackableObjectGraph,
};
use crate::saved_model::{ObjectGraph, pre_scan};

/// Reads the bytes as both kinds of object graph, and follows the one along the other.
///
/// # Panics
/// Where a path does not lead to the object that it was made for.
pub fn object_graph(bytes: &[u8]) {
    if pre_scan::object_graph(bytes).is_err() {
        return;
    }
    let Ok(objects) = SavedObjectGraph::decode(bytes) else { return };
    let Ok(graph) = ObjectGraph::read(&around(objects)) else { return };
    let paths = graph.paths();
    // Names that are empty or have dots make paths that mean more than one thing.
    let plain = |name: &str| !name.is_empty() && !name.contains('.');
    let clear = graph.nodes.iter().all(|object| object.children.iter().all(|(name, _)| plain(name)));
    for node in (0..graph.nodes.len()).filter(|_| clear) {
        if let Some(path) = paths.path(node) {
            assert_eq!(graph.resolve(&path), Some(node), "{path:?}");
        }
    }
    graph.functions();
    if pre_scan::trackable_object_graph(bytes).is_ok()
        && let Ok(saved) = TrackableObjectGraph::decode(bytes)
    {
        let _ = key_map(&graph, &saved);
    }
}

/// A meta graph with the functions and constants that the objects name.
fn around(objects: SavedObjectGraph) -> MetaGraphDef {
    let function = |name: &String| FunctionDef {
        signature: Some(OpDef { name: name.clone(), ..Default::default() }),
        ..Default::default()
    };
    let constant = |name: &str| {
        let value = TensorProto { dtype: 1, ..Default::default() };
        let attr: AttrMap = [
            ("dtype".to_owned(), AttrValue { value: Some(AttrValueValue::Type(1)) }),
            ("value".to_owned(), AttrValue { value: Some(AttrValueValue::Tensor(Box::new(value))) }),
        ]
        .into();
        NodeDef { name: name.to_owned(), op: "Const".into(), attr, ..Default::default() }
    };
    let named = objects.nodes.iter().filter_map(|object| match &object.kind {
        Some(SavedObjectKind::Constant(it)) => Some(it.operation.as_str()),
        _ => None,
    });
    let library = FunctionDefLibrary {
        function: objects.concrete_functions.keys().map(function).collect(),
        ..Default::default()
    };
    let graph = GraphDef { node: named.map(constant).collect(), library: Some(library), ..Default::default() };
    MetaGraphDef { graph_def: Some(graph), object_graph_def: Some(objects), ..Default::default() }
}
