//! Part of a graph as a library function: what computes some nodes from others.
//!
//! Edges of control are left behind: the function is run for its values.

use std::collections::{HashMap, HashSet};

use crate::engine::ops::op_def;
use crate::error::{Error, Result};
use crate::graph::node::{Node, NodeId, Operation};
use crate::graph::scope::Scope;
use crate::saved_model::proto::{ArgDef, FunctionDef, GraphDef, NodeDef, OpDef};

/// The operations that compute these, inputs first.
pub(in crate::graph) fn computing<'g>(computed: &[Node<'g>]) -> Vec<Operation<'g>> {
    let mut seen: HashSet<u32> = HashSet::new();
    let mut order = Vec::new();
    for node in computed {
        let mut path = vec![(node.operation(), node.operation().inputs(), 0)];
        if !seen.insert(node.operation) {
            continue;
        }
        while let Some((operation, inputs, next)) = path.last_mut() {
            match inputs.get(*next).copied() {
                Some(input) => {
                    *next += 1;
                    if seen.insert(input.operation) {
                        path.push((input.operation(), input.operation().inputs(), 0));
                    }
                }
                None => {
                    order.push(*operation);
                    path.pop();
                }
            }
        }
    }
    order
}

/// The function that computes `outputs` from `inputs`.
pub(super) fn as_function(scope: &Scope, name: &str, inputs: &[Node<'_>], outputs: &[Node<'_>]) -> Result<FunctionDef> {
    scope.check()?;
    let graph = scope.graph_def()?;
    let nodes: HashMap<&str, &NodeDef> = graph.node.iter().map(|node| (node.name.as_str(), node)).collect();
    let mut prefix = "argument".to_owned();
    while graph.node.iter().any(|node| node.name.starts_with(&prefix)) {
        prefix.push('_');
    }
    let arguments: HashMap<NodeId, String> =
        inputs.iter().enumerate().map(|(index, node)| (node.id(), format!("{prefix}_{index}"))).collect();
    let mut body = Vec::new();
    for operation in computing(outputs) {
        if operation.outputs().first().is_some_and(|output| arguments.contains_key(&output.id())) {
            continue;
        }
        body.push(node_in_function(operation, &nodes, &arguments)?);
    }
    let argument = |(index, node): (usize, &Node<'_>)| argument(format!("{prefix}_{index}"), *node);
    let result = |(index, node): (usize, &Node<'_>)| self::argument(format!("result_{index}"), *node);
    let ret =
        outputs.iter().enumerate().map(|(index, node)| Ok((format!("result_{index}"), value(*node, &arguments)?)));
    let signature = OpDef {
        name: name.to_owned(),
        input_arg: inputs.iter().enumerate().map(argument).collect(),
        output_arg: outputs.iter().enumerate().map(result).collect(),
        is_stateful: is_stateful(&body, &graph)?,
        ..OpDef::default()
    };
    Ok(FunctionDef {
        signature: Some(signature),
        node_def: body,
        ret: ret.collect::<Result<_>>()?,
        ..FunctionDef::default()
    })
}

fn argument(name: String, node: Node<'_>) -> ArgDef {
    ArgDef { name, r#type: node.dtype().number(), ..ArgDef::default() }
}

/// Whether one of the nodes has state; a call of a function may have.
fn is_stateful(body: &[NodeDef], graph: &GraphDef) -> Result<bool> {
    let is_function = |name: &str| graph.library.iter().flat_map(|all| &all.function).any(|f| f.name() == name);
    for node in body {
        if is_function(&node.op) || op_def(&node.op)?.is_stateful {
            return Ok(true);
        }
    }
    Ok(false)
}

fn node_in_function(
    operation: Operation<'_>,
    nodes: &HashMap<&str, &NodeDef>,
    arguments: &HashMap<NodeId, String>,
) -> Result<NodeDef> {
    let name = operation.name();
    let Some(node) = nodes.get(name.as_str()) else {
        return Err(Error::structure(format!("the engine's graph lacks its own node `{name}`")));
    };
    let input = operation.inputs().into_iter().map(|input| value(input, arguments)).collect::<Result<_>>()?;
    Ok(NodeDef { input, ..(*node).clone() })
}

/// How a function body names a value.
fn value(node: Node<'_>, arguments: &HashMap<NodeId, String>) -> Result<String> {
    if let Some(argument) = arguments.get(&node.id()) {
        return Ok(argument.clone());
    }
    let operation = node.operation();
    let mut before = 0;
    for argument in &op_def(&operation.op())?.output_arg {
        let length = operation.list_length(&argument.name);
        let index = node.output as usize;
        if index < before + length {
            return Ok(format!("{}:{}:{}", operation.name(), argument.name, index - before));
        }
        before += length;
    }
    Err(Error::structure(format!("`{}` has no output {}", operation.name(), node.output)))
}
