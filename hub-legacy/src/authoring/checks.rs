//! What a module may not do: have no signature, unknown collections, or ties that nobody could follow.
//!
//! A module is put into graphs by replacing its inputs and its state; what is tied to the place of one of those (`_class`
//! with `loc:@node`) would be tied to nothing. So inputs may be tied to nothing else, and state only to state.

use std::collections::BTreeSet;

use hub_core::graph::{Node, Operation};
use hub_core::saved_model::proto::AttrValueValue;

use super::graph::ModuleGraph;
use crate::error::{Error, Result};
use crate::module::nodes_of;

/// What an attribute of a tie begins with.
const TIE: &str = "loc:@";

pub(super) fn check(graph: &ModuleGraph<'_>, drop_collections: &[&str]) -> Result<()> {
    if graph.signatures.is_empty() {
        return Err(Error::NoSignatures);
    }
    let unknown = graph.collections.keys().filter(|name| !drop_collections.contains(&name.as_str()));
    let unknown: Vec<String> = unknown.cloned().collect();
    if !unknown.is_empty() {
        return Err(Error::UnsupportedCollections { collections: unknown });
    }
    let inputs = graph.signatures.values().flat_map(|ends| ends.inputs.values()).flat_map(nodes_of);
    let inputs: Vec<Operation<'_>> = inputs.map(Node::operation).collect();
    let state: Vec<Operation<'_>> = state(graph).into_iter().map(Node::operation).collect();
    let names = |operations: &[Operation<'_>]| operations.iter().map(|one| one.name()).collect::<BTreeSet<_>>();
    let (input_names, state_names) = (names(&inputs), names(&state));
    for input in inputs {
        if let Some(other) = ties(input).into_iter().find(|other| *other != input.name()) {
            return Err(Error::Colocated { node: input.name(), role: "input", with: other });
        }
    }
    for one in state {
        if let Some(other) = ties(one).into_iter().find(|other| !state_names.contains(other)) {
            return Err(Error::Colocated { node: one.name(), role: "state", with: other });
        }
    }
    debug_assert!(input_names.is_disjoint(&state_names));
    Ok(())
}

/// The handles of the variables.
pub(super) fn state<'g>(graph: &ModuleGraph<'g>) -> Vec<Node<'g>> {
    let (_, operations) = graph.scope.initial_state();
    let assigned = operations.into_iter().filter(|operation| operation.op() == "AssignVariableOp");
    assigned.filter_map(|operation| operation.inputs().first().copied()).collect()
}

/// The names of the nodes that an operation is tied to.
fn ties(operation: Operation<'_>) -> Vec<String> {
    let Some(AttrValueValue::List(list)) = operation.attribute("_class").and_then(|value| value.value) else {
        return Vec::new();
    };
    let text = list.s.iter().filter_map(|bytes| std::str::from_utf8(bytes).ok());
    text.filter_map(|text| text.strip_prefix(TIE)).map(str::to_owned).collect()
}
