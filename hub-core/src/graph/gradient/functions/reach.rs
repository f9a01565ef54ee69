//! Which outputs of a function depend on which of its inputs.

use std::collections::{BTreeSet, HashMap};

use super::super::slice::leading_to;
use crate::graph::node::{Node, NodeId};

/// For each output the inputs that a gradient may pass to from it.
pub(super) fn by_gradient(inputs: &[Node<'_>], outputs: &[Node<'_>]) -> Vec<BTreeSet<usize>> {
    let order = leading_to(outputs);
    let order = order.into_iter().map(|(operation, inputs)| (operation.index, inputs));
    from(inputs, outputs, order)
}

/// For each output the inputs that its value is computed from.
pub(super) fn by_value(inputs: &[Node<'_>], outputs: &[Node<'_>]) -> Vec<BTreeSet<usize>> {
    from(inputs, outputs, super::export::computing(outputs).into_iter().map(|op| (op.index, op.inputs())))
}

fn from<'g>(
    inputs: &[Node<'g>],
    outputs: &[Node<'g>],
    order: impl Iterator<Item = (u32, Vec<Node<'g>>)>,
) -> Vec<BTreeSet<usize>> {
    let number: HashMap<NodeId, usize> = inputs.iter().enumerate().map(|(index, node)| (node.id(), index)).collect();
    let mut found: HashMap<u32, BTreeSet<usize>> = HashMap::new();
    let at = |node: &Node<'g>, found: &HashMap<u32, BTreeSet<usize>>| match number.get(&node.id()) {
        Some(index) => BTreeSet::from([*index]),
        None => found.get(&node.operation).cloned().unwrap_or_default(),
    };
    for (operation, inputs) in order {
        let mut all = BTreeSet::new();
        inputs.iter().for_each(|input| all.extend(at(input, &found)));
        found.insert(operation, all);
    }
    outputs.iter().map(|output| at(output, &found)).collect()
}
