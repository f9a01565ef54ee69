//! TF1's reference variables as resource variables: the same graph with handles in the place of references.
//!
//! A reference goes along edges, and is read wherever a value is wanted; a handle is read by an operation. So each reader
//! becomes or gets a `ReadVariableOp`, and what changed a variable by reference (`Assign` and its kin) becomes the op that
//! does so by handle, with a read behind it for those who took its result. Functions take handles, and nothing else; with
//! them a module's graph can be inlined, differentiated and saved like any other.

use std::collections::HashMap;

use crate::dtype::DType;
use crate::engine::ops::op_def;
use crate::error::{Error, Result};
use crate::saved_model::proto::{AttrMap, AttrValue, AttrValueValue, GraphDef, NodeDef};

/// How often references are followed; graphs have their nodes in order, but for loops.
const MOST_PASSES: usize = 64;

/// Ops that change a variable by reference and give the reference back, and those that do so by handle.
const WRITERS: [(&str, &str); 14] = [
    ("Assign", "AssignVariableOp"),
    ("AssignAdd", "AssignAddVariableOp"),
    ("AssignSub", "AssignSubVariableOp"),
    ("ScatterAdd", "ResourceScatterAdd"),
    ("ScatterDiv", "ResourceScatterDiv"),
    ("ScatterMax", "ResourceScatterMax"),
    ("ScatterMin", "ResourceScatterMin"),
    ("ScatterMul", "ResourceScatterMul"),
    ("ScatterSub", "ResourceScatterSub"),
    ("ScatterUpdate", "ResourceScatterUpdate"),
    ("ScatterNdAdd", "ResourceScatterNdAdd"),
    ("ScatterNdSub", "ResourceScatterNdSub"),
    ("ScatterNdUpdate", "ResourceScatterNdUpdate"),
    ("StridedSliceAssign", "ResourceStridedSliceAssign"),
];

/// Ops that look at a variable by reference and give a value.
const LOOKERS: [(&str, &str); 2] =
    [("CountUpTo", "ResourceCountUpTo"), ("IsVariableInitialized", "VarIsInitializedOp")];

/// Ops that hand a reference on, and those that do so with a handle.
const CARRIERS: [(&str, &str); 3] = [("RefEnter", "Enter"), ("RefIdentity", "Identity"), ("RefSwitch", "Switch")];

/// The handle that stands for a reference.
#[derive(Debug, Clone, PartialEq)]
struct Handle {
    /// The tensor of the handle.
    tensor: String,
    /// The element type behind it, as its number.
    dtype: i32,
    /// What must have run before it is used.
    after: Option<String>,
}

/// The graph with resource variables only. Attributes that tie operations to devices of others are left out.
///
/// # Errors
/// [`Error::Unsupported`] for an op that takes a reference and has no twin for handles.
pub(super) fn without_references(mut graph: GraphDef) -> Result<GraphDef> {
    for node in &mut graph.node {
        node.attr.remove("_class");
        node.attr.remove("_output_shapes");
    }
    let handles = handles(&graph.node);
    if handles.is_empty() {
        return Ok(graph);
    }
    let mut nodes = Vec::with_capacity(graph.node.len());
    for node in graph.node {
        rewrite(node, &handles, &mut nodes)?;
    }
    graph.node = nodes;
    Ok(graph)
}

/// The references of the graph: node and output, with the handle for each.
fn handles(nodes: &[NodeDef]) -> HashMap<(String, usize), Handle> {
    let mut handles = HashMap::new();
    // Loops bring references to nodes that come before; each pass takes them one step on.
    for _ in 0..MOST_PASSES {
        let before = handles.len();
        for node in nodes {
            let name = || node.name.clone();
            if is_variable(&node.op) {
                let handle = Handle { tensor: name(), dtype: type_of(node, "dtype"), after: None };
                handles.insert((name(), 0), handle);
                continue;
            }
            let Some(first) = node.input.first().and_then(|input| handles.get(&value(input)).cloned()) else {
                continue;
            };
            if twin(&WRITERS, &node.op).is_some() {
                handles.insert((name(), 0), Handle { after: Some(writer_of(&node.name)), ..first });
            } else if twin(&CARRIERS, &node.op).is_some() {
                handles.insert((name(), 0), Handle { tensor: name(), dtype: first.dtype, after: None });
                if node.op == "RefSwitch" {
                    let tensor = format!("{}:1", node.name);
                    handles.insert((name(), 1), Handle { tensor, dtype: first.dtype, after: None });
                }
            }
        }
        if handles.len() == before {
            break;
        }
    }
    handles
}

fn rewrite(mut node: NodeDef, handles: &HashMap<(String, usize), Handle>, nodes: &mut Vec<NodeDef>) -> Result<()> {
    if is_variable(&node.op) {
        node.op = "VarHandleOp".into();
        nodes.push(node);
        return Ok(());
    }
    let reference = |input: &String| handles.get(&value(input)).cloned();
    let first = node.input.first().and_then(reference);
    match first {
        Some(handle) if node.op == "Identity" => nodes.push(read(node.name, &handle, controls(&node.input))),
        Some(handle) if twin(&CARRIERS, &node.op).is_some() => {
            twin(&CARRIERS, &node.op).unwrap_or_default().clone_into(&mut node.op);
            node.input[0] = handle.tensor;
            node.input.extend(handle.after.map(|name| format!("^{name}")));
            node.attr.insert("T".into(), dtype(DType::Resource.number()));
            nodes.push(node);
        }
        Some(handle) if twin(&WRITERS, &node.op).is_some() => {
            // The node keeps its name for those who wait for it or take the new value.
            let writer = writer_of(&node.name);
            let name = std::mem::replace(&mut node.name, writer.clone());
            let taken = Handle { after: Some(writer), ..handle.clone() };
            write(node, &handle, handles, nodes)?;
            nodes.push(read(name, &taken, Vec::new()));
        }
        Some(handle) if twin(&LOOKERS, &node.op).is_some() => {
            twin(&LOOKERS, &node.op).unwrap_or_default().clone_into(&mut node.op);
            node.attr.remove("dtype");
            put_handle(&mut node, &handle);
            nodes.push(node);
        }
        _ => {
            let is_taken_by_reference = first.is_some() && takes_reference(&node.op)?;
            if is_taken_by_reference || node.op == "RefMerge" {
                return Err(Error::Unsupported { what: format!("the op `{}` on a reference variable", node.op) });
            }
            read_inputs(&mut node, 0, handles, nodes);
            nodes.push(node);
        }
    }
    Ok(())
}

/// What changes a variable, by handle.
fn write(
    mut node: NodeDef,
    handle: &Handle,
    handles: &HashMap<(String, usize), Handle>,
    nodes: &mut Vec<NodeDef>,
) -> Result<()> {
    let by_handle = twin(&WRITERS, &node.op).unwrap_or_default();
    let definition = op_def(by_handle)?;
    // What the values are is `dtype` for assignments, `T` or `dtype` for the others.
    let element = dtype(handle.dtype);
    for name in ["T", "dtype"] {
        node.attr.insert(name.into(), element.clone());
    }
    let known: Vec<String> = definition.attr.iter().map(|attribute| attribute.name.clone()).collect();
    let others: Vec<String> = node.attr.keys().filter(|name| !known.contains(name)).cloned().collect();
    others.iter().for_each(|name| drop(node.attr.remove(name)));
    node.op = by_handle.into();
    put_handle(&mut node, handle);
    read_inputs(&mut node, 1, handles, nodes);
    nodes.push(node);
    Ok(())
}

fn put_handle(node: &mut NodeDef, handle: &Handle) {
    node.input[0].clone_from(&handle.tensor);
    node.input.extend(handle.after.iter().map(|name| format!("^{name}")));
}

/// Reads the variables that a node takes by value, just before the node and after all that it waits for.
fn read_inputs(node: &mut NodeDef, from: usize, handles: &HashMap<(String, usize), Handle>, nodes: &mut Vec<NodeDef>) {
    let waits = controls(&node.input);
    for index in from..node.input.len() {
        // Of what writes, the result is a value already.
        let is_value = |handle: &&Handle| handle.after.is_none();
        let Some(handle) = handles.get(&value(&node.input[index])).filter(is_value) else { continue };
        let name = format!("{}/value_{index}", node.name);
        nodes.push(read(name.clone(), handle, waits.clone()));
        node.input[index] = name;
    }
}

fn read(name: String, handle: &Handle, controls: Vec<String>) -> NodeDef {
    let after = handle.after.iter().map(|name| format!("^{name}"));
    let input = std::iter::once(handle.tensor.clone()).chain(controls).chain(after).collect();
    let mut attr = AttrMap::default();
    attr.insert("dtype".into(), dtype(handle.dtype));
    NodeDef { name, op: "ReadVariableOp".into(), input, attr, ..NodeDef::default() }
}

fn is_variable(op: &str) -> bool {
    matches!(op, "VariableV2" | "Variable")
}

fn twin<'t>(table: &[(&str, &'t str)], op: &str) -> Option<&'t str> {
    table.iter().find(|(reference, _)| *reference == op).map(|(_, handle)| *handle)
}

/// Whether the first input of an op is a reference.
fn takes_reference(op: &str) -> Result<bool> {
    Ok(op_def(op)?.input_arg.first().is_some_and(|argument| argument.is_ref))
}

/// The name of what writes, in the place of the node of this name.
fn writer_of(name: &str) -> String {
    format!("{name}/by_handle")
}

/// Node and output of an input; one of control is no value, and names nothing that has any.
fn value(input: &str) -> (String, usize) {
    match input.rsplit_once(':') {
        Some((node, output)) => (node.to_owned(), output.parse().unwrap_or(usize::MAX)),
        None => (input.to_owned(), 0),
    }
}

fn controls(input: &[String]) -> Vec<String> {
    input.iter().filter(|input| input.starts_with('^')).cloned().collect()
}

fn type_of(node: &NodeDef, attribute: &str) -> i32 {
    match node.attr.get(attribute).and_then(|value| value.value.as_ref()) {
        Some(AttrValueValue::Type(number)) => *number,
        _ => 0,
    }
}

fn dtype(number: i32) -> AttrValue {
    AttrValue { value: Some(AttrValueValue::Type(number)) }
}
