//! What must not run a second time, or would not give the same: random numbers, counters, writes.

use std::sync::Arc;

use super::super::slice::Blocking;
use super::library::with_called;
use crate::engine::ops::op_def;
use crate::graph::node::Operation;
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

/// Those of the operations that may not run twice, each by op and name; with those in the functions that they call.
pub(super) fn among(operations: &[Operation<'_>]) -> Vec<Blocking> {
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
