//! Single nodes: names, inputs, attributes.

use std::collections::HashSet;

use super::super::proto::{AttrMap, AttrValue, AttrValueValue, NodeDef};
use super::super::{shape, tensor_proto};
use super::Check;
use crate::dtype::DType;

/// What an input may name.
pub(super) struct Names<'a> {
    nodes: HashSet<&'a str>,
    /// The arguments, in the body of a function, where outputs go by name too.
    arguments: Option<HashSet<&'a str>>,
}

impl<'a> Names<'a> {
    /// The names of the graph's nodes, each used once.
    pub(super) fn of_graph(nodes: &'a [NodeDef]) -> Check<Names<'a>> {
        Ok(Names { nodes: unique(nodes, HashSet::with_capacity(nodes.len()))?, arguments: None })
    }

    /// The names in a function's body.
    pub(super) fn of_function(nodes: &'a [NodeDef], arguments: HashSet<&'a str>) -> Check<Names<'a>> {
        let all = unique(nodes, HashSet::with_capacity(nodes.len()))?;
        match all.intersection(&arguments).next() {
            Some(name) => Err(format!("node `{name}` has the name of an argument")),
            None => Ok(Names { nodes: all, arguments: Some(arguments) }),
        }
    }

    pub(super) fn has_node(&self, name: &str) -> bool {
        self.nodes.contains(name)
    }

    /// Whether a tensor exists, as far as that can be told without the definitions of ops.
    pub(super) fn check_tensor(&self, tensor: &str) -> Check {
        let mut parts = tensor.split(':');
        let name = parts.next().unwrap_or("");
        let rest: Vec<&str> = parts.take(3).collect();
        let is_index = |text: &str| text.parse::<u32>().is_ok();
        let sound = match (&self.arguments, &rest[..]) {
            (None, []) => self.has_node(name),
            (None, [index]) => self.has_node(name) && is_index(index),
            (Some(arguments), []) => arguments.contains(name),
            (Some(arguments), [index]) if arguments.contains(name) => is_index(index),
            (Some(_), [output]) => self.has_node(name) && !output.is_empty(),
            (Some(_), [output, index]) => self.has_node(name) && !output.is_empty() && is_index(index),
            _ => false,
        };
        if sound { Ok(()) } else { Err(format!("there is no tensor `{tensor}`")) }
    }
}

fn unique<'a>(nodes: &'a [NodeDef], mut names: HashSet<&'a str>) -> Check<HashSet<&'a str>> {
    for node in nodes {
        if node.name.is_empty() {
            return Err(format!("a node (`{}`) without a name", node.op));
        }
        if !names.insert(&node.name) {
            return Err(format!("two nodes have the name `{}`", node.name));
        }
    }
    Ok(names)
}

/// Checks one node by itself and its inputs.
pub(super) fn check(node: &NodeDef, names: &Names<'_>) -> Check {
    if node.op.is_empty() {
        return Err("it has no op".into());
    }
    let mut control = false;
    for input in &node.input {
        match input.strip_prefix('^') {
            Some(name) => {
                control = true;
                let argument = names.arguments.as_ref().is_some_and(|arguments| arguments.contains(name));
                if !names.has_node(name) && !argument {
                    return Err(format!("its control input `{name}` does not exist"));
                }
            }
            None if control => return Err(format!("its input `{input}` follows a control input")),
            None => names.check_tensor(input).map_err(|why| format!("its input: {why}"))?,
        }
    }
    attributes(&node.attr)?;
    if node.op == "Const" { constant(node) } else { Ok(()) }
}

/// A constant is the tensor that it says.
fn constant(node: &NodeDef) -> Check {
    let value = node.attr.get("value").and_then(|value| value.value.as_ref());
    let dtype = node.attr.get("dtype").and_then(|value| value.value.as_ref());
    match (value, dtype) {
        (Some(AttrValueValue::Tensor(tensor)), Some(AttrValueValue::Type(dtype))) if tensor.dtype == *dtype => Ok(()),
        (Some(AttrValueValue::Tensor(tensor)), Some(AttrValueValue::Type(dtype))) => {
            Err(format!("expected a value of element type {dtype}, found {}", tensor.dtype))
        }
        // A function's constant may take its type from the calling node.
        (Some(AttrValueValue::Placeholder(_)), _) | (_, Some(AttrValueValue::Placeholder(_))) => Ok(()),
        _ => Err("a constant without a value and a type".into()),
    }
}

/// Checks the types, shapes and tensors in attributes.
pub(super) fn attributes(attributes: &AttrMap) -> Check {
    attributes
        .iter()
        .try_for_each(|(name, value)| attribute(value).map_err(|why| format!("its attribute `{name}`: {why}")))
}

fn attribute(value: &AttrValue) -> Check {
    let message = |why: crate::error::Error| why.to_string();
    match &value.value {
        Some(AttrValueValue::Type(number)) => dtype(*number),
        Some(AttrValueValue::Shape(dims)) => shape::decode(dims).map(|_| ()).map_err(message),
        Some(AttrValueValue::Tensor(tensor)) => tensor_proto::check(tensor).map_err(message),
        Some(AttrValueValue::Func(function)) => attributes(&function.attr),
        Some(AttrValueValue::List(list)) => {
            list.r#type.iter().try_for_each(|number| dtype(*number))?;
            list.shape.iter().try_for_each(|dims| shape::decode(dims).map(|_| ())).map_err(message)?;
            list.tensor.iter().try_for_each(tensor_proto::check).map_err(message)?;
            list.func.iter().try_for_each(|function| attributes(&function.attr))
        }
        _ => Ok(()),
    }
}

/// Whether an element type is one that a graph may name: reference types, which come of variables, are never written.
pub(super) fn dtype(number: i32) -> Check {
    match DType::from_number(number) {
        Some(_) => Ok(()),
        None => Err(format!("the unknown element type {number}")),
    }
}
