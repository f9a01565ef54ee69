//! Graphs inside values: texts in attributes and constants that are a serialised graph.
//!
//! Some ops run a graph that they are given as a text. They are refused by name; what such a text holds is told all the same,
//! and found where no such op is in sight. A text counts as a graph when it decodes as one and one of its ops is TensorFlow's.

use prost::Message;
use prost::encoding::{WireType, decode_key, decode_varint};

use super::super::pre_scan;
use super::super::proto::{AttrMap, AttrValueValue, GraphDef, NodeDef, TensorProto};
use super::known;
use super::reach::texts;

/// How deep graphs may be hidden in hidden graphs and still be found.
const DEPTH_LIMIT: usize = 4;

/// Calls `found` with every graph inside the values of a node, and those inside them.
pub(super) fn graphs(node: &NodeDef, found: &mut dyn FnMut(&GraphDef)) {
    below(&node.attr, 0, found);
}

fn below(attributes: &AttrMap, depth: usize, found: &mut dyn FnMut(&GraphDef)) {
    if depth == DEPTH_LIMIT {
        return;
    }
    let mut look = |text: &[u8]| {
        let Some(graph) = decode(text) else { return };
        found(&graph);
        nodes(&graph).for_each(|node| below(&node.attr, depth + 1, found));
    };
    texts(attributes, &mut look);
    attributes.values().filter_map(|value| value.value.as_ref()).for_each(|value| match value {
        AttrValueValue::Tensor(tensor) => strings(tensor, &mut look),
        AttrValueValue::List(list) => list.tensor.iter().for_each(|tensor| strings(tensor, &mut look)),
        _ => {}
    });
}

fn strings(tensor: &TensorProto, look: &mut dyn FnMut(&[u8])) {
    tensor.string_val.iter().for_each(|text| look(text));
}

/// The nodes of a graph and of its functions.
pub(super) fn nodes(graph: &GraphDef) -> impl Iterator<Item = &NodeDef> {
    let functions = graph.library.iter().flat_map(|library| &library.function);
    graph.node.iter().chain(functions.flat_map(|function| &function.node_def))
}

/// The graph that a text is.
fn decode(text: &[u8]) -> Option<GraphDef> {
    if !may_be_graph(text) || pre_scan::graph(text).is_err() {
        return None;
    }
    let graph = GraphDef::decode(text).ok()?;
    let known = nodes(&graph).any(|node| known::find(&node.op).is_some());
    known.then_some(graph)
}

/// Whether bytes are a message with nodes or a library, by their outermost fields: most texts end this at once.
fn may_be_graph(mut bytes: &[u8]) -> bool {
    let mut holds = false;
    while !bytes.is_empty() {
        let Ok((field, kind)) = decode_key(&mut bytes) else { return false };
        let length = match kind {
            WireType::Varint => match decode_varint(&mut bytes) {
                Ok(_) => 0,
                Err(_) => return false,
            },
            WireType::SixtyFourBit => 8,
            WireType::ThirtyTwoBit => 4,
            WireType::LengthDelimited => match decode_varint(&mut bytes) {
                Ok(length) => length,
                Err(_) => return false,
            },
            _ => return false,
        };
        holds |= matches!(field, 1 | 2) && kind == WireType::LengthDelimited;
        match usize::try_from(length).ok().and_then(|length| bytes.get(length..)) {
            Some(rest) => bytes = rest,
            None => return false,
        }
    }
    holds
}
