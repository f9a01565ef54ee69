//! Gradients of what calls functions of the library: branches, loops, calls that were not inlined.
//!
//! Functions are differentiated in a graph of their own, where they are written out, and what comes of that is made a
//! function again. Nothing is kept from the forward run but the values of loop variables: the rest is computed again. So
//! a function whose values are not the same the second time, or that has effects on the way, is refused.
//!
//! | file | holds |
//! |---|---|
//! | `bench` | a graph of its own with a function written out |
//! | `library` | the functions that another graph needs |
//! | `export` | part of a graph as a library function |
//! | `effects` | what must not run twice |
//! | `reach` | which outputs of a function depend on which inputs |
//! | `branches`, `calls` | `If`, `Case`; calls |
//! | `loops` | `While` |

mod bench;
mod branches;
mod calls;
mod effects;
mod export;
mod library;
mod loops;
mod reach;

use std::sync::Arc;

pub(in crate::graph) use bench::Nesting;
pub(in crate::graph) use effects::among;
pub(in crate::graph) use library::called_by;
pub(super) use reach::Reach;

use super::forward::zeros_like;
use super::registry::Differentiate;
use super::slice::Blocking;
use crate::dtype::DType;
use crate::error::Error;
use crate::graph::attribute::Attribute;
use crate::graph::node::{Node, Operation};
use crate::graph::operation::OperationBuilder;
use crate::graph::scope::Scope;
use crate::saved_model::proto::{AttrList, AttrValueValue, FunctionDef};

/// The gradient of an op of this family.
pub(super) fn rule(op: &str) -> Option<Differentiate> {
    let rule: Differentiate = match op {
        "If" | "StatelessIf" | "Case" | "StatelessCase" => branches::of_branches,
        "While" | "StatelessWhile" => loops::of_loop,
        "PartitionedCall" | "StatefulPartitionedCall" => calls::of_call,
        _ => return None,
    };
    Some(rule)
}

/// What blocks in the functions that an operation calls; nothing for one that calls none.
pub(super) fn blocking(operation: Operation<'_>, inputs: &[Node<'_>], wanted: &[bool]) -> Vec<Blocking> {
    let found = match operation.op().as_str() {
        "If" | "StatelessIf" | "Case" | "StatelessCase" => branches::blocking(operation, inputs, wanted),
        "While" | "StatelessWhile" => loops::blocking(operation, inputs, wanted),
        "PartitionedCall" | "StatefulPartitionedCall" => calls::blocking(operation, inputs, wanted),
        _ => Ok(Vec::new()),
    };
    let name = operation.name();
    match found {
        Ok(blocking) => blocking.into_iter().map(|(op, node)| (op, format!("{name}/{node}"))).collect(),
        // A function that cannot be written out blocks as a whole.
        Err(error) => vec![(format!("{} ({error})", operation.op()), name)],
    }
}

/// The functions that an attribute of the operation names.
fn called(operation: Operation<'_>, attribute: &str) -> Result<Vec<Arc<FunctionDef>>, Error> {
    let names: Vec<String> = match operation.attribute(attribute).and_then(|value| value.value) {
        Some(AttrValueValue::Func(function)) => vec![function.name],
        Some(AttrValueValue::List(list)) => list.func.into_iter().map(|function| function.name).collect(),
        _ => Vec::new(),
    };
    let find = |name: &String| {
        let missing = || Error::FunctionNotFound { name: name.clone(), available: Vec::new() };
        operation.scope.library_function(name).ok_or_else(missing)
    };
    names.iter().map(find).collect()
}

/// An attribute that lists functions.
fn functions(names: &[String]) -> Attribute {
    let one = |name: &String| crate::saved_model::proto::NameAttrList { name: name.clone(), attr: Default::default() };
    let list = AttrList { func: names.iter().map(one).collect(), ..AttrList::default() };
    AttrValueValue::List(Box::new(list)).into()
}

fn dtypes(nodes: &[Node<'_>]) -> Vec<DType> {
    nodes.iter().map(|node| node.dtype()).collect()
}

/// Control flow that TensorFlow's executor follows itself, as Python's is.
fn lowered(builder: OperationBuilder<'_>) -> OperationBuilder<'_> {
    builder.attr("_lower_using_switch_merge", true)
}

/// What a resource handle stands for: the element type and the shape of its variable.
fn variable_of(handle: Node<'_>) -> Option<Operation<'_>> {
    let mut handle = handle;
    loop {
        let operation = handle.operation();
        match operation.op().as_str() {
            "VarHandleOp" => return Some(operation),
            "Identity" | "IdentityN" | "While" | "StatelessWhile" => {
                handle = *operation.inputs().get(handle.output as usize)?;
            }
            _ => return None,
        }
    }
}

fn dtype_of(variable: Operation<'_>) -> Option<DType> {
    match variable.attribute("dtype")?.value? {
        AttrValueValue::Type(number) => DType::from_number(number),
        _ => None,
    }
}

/// Zeros like the node, for a resource like the value of its variable.
pub(super) fn zeros_like_value(node: Node<'_>) -> Node<'_> {
    if node.dtype() != DType::Resource {
        return zeros_like(node);
    }
    let dtype = variable_of(node).and_then(dtype_of).unwrap_or(DType::F32);
    let scope = node.scope();
    let shape = scope.op("VariableShape").input(node).attr("out_type", DType::I32).build();
    let zero = scope.constant(0_i32).cast(dtype);
    scope.op("Fill").input(shape).input(zero).build()
}

/// The element type of a gradient by this node.
fn gradient_dtype(node: Node<'_>) -> DType {
    match node.dtype() {
        DType::Resource => variable_of(node).and_then(dtype_of).unwrap_or(DType::F32),
        dtype => dtype,
    }
}

/// The gradient by an input, with the shape that is known of the input; what a call gives has none.
fn shaped<'g>(scope: &'g Scope, gradient: Node<'g>, like: Node<'g>) -> Node<'g> {
    let shape = like.shape();
    if like.dtype().is_floating() && gradient.shape().to_known().is_none() && shape.rank().is_some() {
        return scope.op("EnsureShape").input(gradient).attr("shape", &shape).build();
    }
    gradient
}

/// The error that functions block the way.
fn blocked(ops: Vec<Blocking>) -> Result<(), Error> {
    match ops.is_empty() {
        true => Ok(()),
        false => Err(Error::NotDifferentiable { ops }),
    }
}
