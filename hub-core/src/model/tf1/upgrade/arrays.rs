//! TF1's tensor arrays as tensor lists, which have gradients.
//!
//! An array is a handle, and beside it a number (`flow`) that orders reads behind writes. A list is a value: in the place of
//! the number goes the list itself, and nobody asks the handle. So `map_fn`, `foldl` and recurrent networks of TF1 can be
//! differentiated once their loops are functions.

use std::collections::BTreeSet;

use super::loops::constant;
use super::state::node_name;
use crate::dtype::DType;
use crate::saved_model::proto::{AttrValue, AttrValueValue, GraphDef, NodeDef};
use crate::saved_model::shape;
use crate::tensor::Tensor;

/// What an op on arrays becomes: the list's op, its inputs by their places in the array's, and whether it takes the shape
/// of an element too.
const OPS: [(&str, &str, &[usize], bool); 5] = [
    ("TensorArrayReadV3", "TensorListGetItem", &[2, 1], true),
    ("TensorArrayWriteV3", "TensorListSetItem", &[3, 1, 2], false),
    ("TensorArrayGatherV3", "TensorListGather", &[2, 1], true),
    ("TensorArrayScatterV3", "TensorListScatterIntoExistingList", &[3, 2, 1], false),
    ("TensorArraySizeV3", "TensorListLength", &[1], false),
];

/// Ops that hand a value on.
const CARRIERS: [&str; 6] = ["Enter", "Exit", "Identity", "Merge", "NextIteration", "Switch"];

/// How often values are followed: loops bring them to nodes that come before.
const MOST_PASSES: usize = 64;

/// The graph with lists; `None` where there is no array, or one that is used in another way.
pub(super) fn as_lists(graph: &GraphDef) -> Option<GraphDef> {
    let is_array = |node: &&NodeDef| node.op == "TensorArrayV3";
    if !graph.node.iter().any(|node| is_array(&node)) {
        return None;
    }
    let flows = flows(graph);
    let mut nodes = Vec::with_capacity(graph.node.len());
    for node in &graph.node {
        if is_array(&node) {
            nodes.push(element_shape(node));
            nodes.push(reserved(node));
        } else if let Some((_, op, inputs, takes_shape)) = OPS.iter().find(|(op, ..)| *op == node.op) {
            if *takes_shape {
                nodes.push(element_shape(node));
            }
            nodes.push(on_list(node, op, inputs, *takes_shape)?);
        } else if node.op.starts_with("TensorArray") {
            return None;
        } else {
            nodes.push(carrying(node, &flows));
        }
    }
    // A list is where the handle and the number of an array were.
    let arrays: BTreeSet<&str> = graph.node.iter().filter(is_array).map(|node| node.name.as_str()).collect();
    for input in nodes.iter_mut().flat_map(|node| &mut node.input) {
        if !input.starts_with('^') && arrays.contains(node_name(input)) {
            *input = node_name(input).to_owned();
        }
    }
    Some(GraphDef { node: nodes, ..graph.clone() })
}

/// The nodes that hand an array's handle or number on.
fn flows(graph: &GraphDef) -> BTreeSet<&str> {
    let makes =
        |node: &&NodeDef| matches!(node.op.as_str(), "TensorArrayV3" | "TensorArrayWriteV3" | "TensorArrayScatterV3");
    let mut flows: BTreeSet<&str> = graph.node.iter().filter(makes).map(|node| node.name.as_str()).collect();
    for _ in 0..MOST_PASSES {
        let before = flows.len();
        for node in graph.node.iter().filter(|node| CARRIERS.contains(&node.op.as_str())) {
            let of = |input: &String| !input.starts_with('^') && flows.contains(node_name(input));
            // Which branch is taken is no value that is handed on.
            let carried = if node.op == "Switch" { &node.input[..node.input.len().min(1)] } else { &node.input[..] };
            if carried.iter().any(of) {
                flows.insert(&node.name);
            }
        }
        if flows.len() == before {
            break;
        }
    }
    flows
}

/// The shape of an element, as far as the node says it.
fn element_shape(node: &NodeDef) -> NodeDef {
    let known = match node.attr.get("element_shape").and_then(|value| value.value.as_ref()) {
        Some(AttrValueValue::Shape(known)) => shape::decode(known).ok(),
        _ => None,
    };
    let sizes = known.as_ref().and_then(|known| known.dimensions()).map(|sizes| {
        sizes.iter().map(|size| size.map_or(-1, |size| i32::try_from(size).unwrap_or(-1))).collect::<Vec<_>>()
    });
    let value = sizes.map_or_else(|| Tensor::scalar(-1_i32), Tensor::vector);
    constant(format!("{}/element_shape", node.name), &value)
}

/// The list in the place of an array.
fn reserved(array: &NodeDef) -> NodeDef {
    let size = array.input.first().cloned().into_iter();
    let controls = array.input.iter().filter(|input| input.starts_with('^')).cloned();
    let shape = std::iter::once(format!("{}/element_shape", array.name));
    let dtype = array.attr.get("dtype").cloned().unwrap_or_default();
    NodeDef {
        name: array.name.clone(),
        op: "TensorListReserve".into(),
        input: shape.chain(size).chain(controls).collect(),
        attr: [("element_dtype".to_owned(), dtype), ("shape_type".to_owned(), of_type(DType::I32))].into(),
        ..NodeDef::default()
    }
}

/// An op on a list in the place of one on an array.
fn on_list(node: &NodeDef, op: &str, inputs: &[usize], takes_shape: bool) -> Option<NodeDef> {
    let mut input: Vec<String> = inputs.iter().map(|place| node.input.get(*place).cloned()).collect::<Option<_>>()?;
    if takes_shape {
        input.push(format!("{}/element_shape", node.name));
    }
    input.extend(node.input.iter().filter(|input| input.starts_with('^')).cloned());
    let dtype = node.attr.get("dtype").or_else(|| node.attr.get("T")).cloned();
    let attr = dtype.map(|dtype| ("element_dtype".to_owned(), dtype)).into_iter().filter(|_| op != "TensorListLength");
    Some(NodeDef { name: node.name.clone(), op: op.to_owned(), input, attr: attr.collect(), ..NodeDef::default() })
}

/// A node that hands a list on where it handed on a number.
fn carrying(node: &NodeDef, flows: &BTreeSet<&str>) -> NodeDef {
    let mut node = node.clone();
    if flows.contains(node.name.as_str()) {
        node.attr.insert("T".into(), of_type(DType::Variant));
    }
    node
}

fn of_type(dtype: DType) -> AttrValue {
    AttrValue { value: Some(AttrValueValue::Type(dtype.number())) }
}
