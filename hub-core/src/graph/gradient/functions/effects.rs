//! What must not run a second time, or would not give the same: random numbers, counters, writes, and reads of what is
//! written in between.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::slice::Blocking;
use super::library::with_called;
use crate::dtype::DType;
use crate::engine::ops::op_def;
use crate::graph::node::{Node, Operation};
use crate::graph::scope::Scope;
use crate::saved_model::proto::FunctionDef;

/// Ops that count as having state and only read, or stand for the functions that they call.
const READING: [&str; 15] = [
    "ReadVariableOp",
    "ResourceGather",
    "ResourceGatherNd",
    "VarHandleOp",
    "VariableShape",
    "VarIsInitializedOp",
    "HashTableV2",
    "MutableHashTableV2",
    "While",
    "If",
    "Case",
    "StatefulPartitionedCall",
    "Placeholder",
    "Assert",
    "Print",
];

fn has_effect(op: &str) -> bool {
    !READING.contains(&op) && op_def(op).is_ok_and(|definition| definition.is_stateful)
}

/// What stands in the way of computing once more, in a graph of its own, what `call` in another graph computed: effects,
/// and reads of variables that the functions write, or that are written behind the call. `inputs` are the call's, and what
/// stands for them.
pub(super) fn of_repeating(
    operations: &[Operation<'_>],
    call: Operation<'_>,
    inputs: &[(Node<'_>, Node<'_>)],
) -> Vec<Blocking> {
    let mut found = among(operations);
    let read: Vec<&Operation<'_>> = operations.iter().filter(|operation| takes_resource(**operation)).collect();
    let roots = |operation: &Operation<'_>| operation.inputs().into_iter().filter_map(root).collect::<BTreeSet<_>>();
    let written: BTreeSet<u32> = match operations.first() {
        Some(first) => {
            first.scope.operations().into_iter().filter(|one| writes(*one)).flat_map(|o| roots(&o)).collect()
        }
        None => BTreeSet::new(),
    };
    let behind: BTreeSet<u32> =
        if read.is_empty() { BTreeSet::new() } else { behind(call).iter().flat_map(roots).collect() };
    for operation in read {
        let outer =
            |inner: u32| inputs.iter().find(|(_, stand_in)| stand_in.operation == inner).map(|(outer, _)| *outer);
        let is_written_behind = |inner: u32| outer(inner).and_then(root).is_some_and(|root| behind.contains(&root));
        if roots(operation).into_iter().any(|inner| written.contains(&inner) || is_written_behind(inner)) {
            found.push((format!("{} of what is written in between", operation.op()), operation.name()));
        }
    }
    found
}

/// What writes to variables after the operation, because Python had it wait.
fn behind(call: Operation<'_>) -> Vec<Operation<'_>> {
    let waits = |operation: &Operation<'_>| {
        let controls = operation.controls();
        let direct = controls.iter().any(|control| control.index == call.index);
        let passing = controls.iter().filter(|control| ["NoOp", "Identity"].contains(&control.op().as_str()));
        direct
            || passing.into_iter().any(|control| {
                let before =
                    control.controls().into_iter().chain(control.inputs().into_iter().map(|input| input.operation()));
                before.into_iter().any(|before| before.index == call.index)
            })
    };
    call.scope.operations().into_iter().filter(|one| writes(*one)).filter(waits).collect()
}

fn takes_resource(operation: Operation<'_>) -> bool {
    operation.inputs().iter().any(|input| input.dtype() == DType::Resource)
}

/// Whether an operation may change what is behind a resource that it takes.
fn writes(operation: Operation<'_>) -> bool {
    let op = operation.op();
    let calls = matches!(op.as_str(), "While" | "If" | "Case" | "StatefulPartitionedCall");
    let changes = if calls { !among(&[operation]).is_empty() } else { has_effect(&op) };
    changes && takes_resource(operation)
}

/// The operation that a resource comes from.
fn root(resource: Node<'_>) -> Option<u32> {
    let mut node = Some(resource).filter(|node| node.dtype() == DType::Resource)?;
    while matches!(node.operation().op().as_str(), "Identity" | "IdentityN" | "While" | "StatelessWhile") {
        node = *node.operation().inputs().get(node.output as usize)?;
    }
    Some(node.operation)
}

/// Those of the operations that may not run twice, each by op and name; with those in the functions that they call.
pub(in crate::graph) fn among(operations: &[Operation<'_>]) -> Vec<Blocking> {
    let own = operations.iter().map(|operation| (operation.op(), operation.name()));
    let mut found: Vec<Blocking> = own.filter(|(op, _)| has_effect(op)).collect();
    let called = |operation: &Operation<'_>| {
        ["f", "body", "cond", "then_branch", "else_branch", "branches"]
            .iter()
            .flat_map(|attribute| super::called(*operation, attribute).unwrap_or_default())
            .collect::<Vec<_>>()
    };
    if let Some(first) = operations.first() {
        found.extend(within(first.scope, &operations.iter().flat_map(called).collect::<Vec<_>>()));
    }
    found.into_iter().map(|(op, node)| (format!("{op}, which may not run twice,"), node)).collect()
}

/// The same among the nodes of functions.
fn within(scope: &Scope, functions: &[Arc<FunctionDef>]) -> Vec<Blocking> {
    let nodes = with_called(scope, functions);
    let nodes = nodes.iter().flat_map(|function| &function.node_def);
    nodes.filter(|node| has_effect(&node.op)).map(|node| (node.op.clone(), node.name.clone())).collect()
}
