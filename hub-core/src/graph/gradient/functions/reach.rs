//! Which outputs of a function depend on which of its inputs.

use std::collections::{BTreeSet, HashMap};

use super::super::slice::leading_to;
use crate::graph::node::{Node, NodeId};

/// For each output the inputs that a gradient may pass to from it.
pub(super) fn by_gradient(inputs: &[Node<'_>], outputs: &[Node<'_>]) -> Vec<BTreeSet<usize>> {
    Reach::by_gradient(inputs, outputs).of_each(outputs)
}

/// For each output the inputs that its value is computed from.
pub(super) fn by_value(inputs: &[Node<'_>], outputs: &[Node<'_>]) -> Vec<BTreeSet<usize>> {
    let order = super::export::computing(outputs).into_iter().map(|op| (op.index, op.inputs()));
    Reach::along(inputs, order).of_each(outputs)
}

/// For operations the inputs that they depend on, by their number.
pub(in crate::graph::gradient) struct Reach {
    numbers: HashMap<NodeId, usize>,
    found: HashMap<u32, BTreeSet<usize>>,
}

impl Reach {
    /// As a gradient passes, through all that leads to `outputs`.
    pub(in crate::graph::gradient) fn by_gradient(inputs: &[Node<'_>], outputs: &[Node<'_>]) -> Reach {
        let order = leading_to(outputs);
        Reach::along(inputs, order.into_iter().map(|(operation, inputs)| (operation.index, inputs)))
    }

    fn along<'g>(inputs: &[Node<'g>], order: impl Iterator<Item = (u32, Vec<Node<'g>>)>) -> Reach {
        let numbers = inputs.iter().enumerate().map(|(index, node)| (node.id(), index)).collect();
        let mut reach = Reach { numbers, found: HashMap::new() };
        for (operation, inputs) in order {
            let all = inputs.iter().flat_map(|input| reach.of(*input)).collect();
            reach.found.insert(operation, all);
        }
        reach
    }

    /// Those that an operation depends on.
    pub(in crate::graph::gradient) fn of_operation(&self, operation: u32) -> BTreeSet<usize> {
        self.found.get(&operation).cloned().unwrap_or_default()
    }

    /// Those that a node depends on, or is.
    pub(in crate::graph::gradient) fn of(&self, node: Node<'_>) -> BTreeSet<usize> {
        match self.numbers.get(&node.id()) {
            Some(index) => BTreeSet::from([*index]),
            None => self.of_operation(node.operation),
        }
    }

    fn of_each(&self, nodes: &[Node<'_>]) -> Vec<BTreeSet<usize>> {
        nodes.iter().map(|node| self.of(*node)).collect()
    }
}
