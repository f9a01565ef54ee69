//! The operations that lie between the targets and the loss, in an order in which inputs come first.
//!
//! Called once for each [`Scope::gradients`](super::Scope::gradients). Here it is said, all at once, what blocks.

use std::collections::HashSet;

use super::registry::{Rule, rule};
use super::{custom, functions};
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::graph::node::{Node, NodeId, Operation};

/// An operation on the way, with its gradient.
pub(super) struct Step<'g> {
    pub(super) operation: Operation<'g>,
    pub(super) op: String,
    pub(super) rule: Rule,
    pub(super) inputs: Vec<Node<'g>>,
    /// Which inputs lead to a target.
    pub(super) wanted: Vec<bool>,
}

/// The operations on the way, inputs before what takes them.
pub(super) struct Slice<'g> {
    pub(super) steps: Vec<Step<'g>>,
    /// What blocks, each with the operation on the way that it is, or is within.
    pub(super) blocking: Vec<(u32, Blocking)>,
}

/// An operation that has no gradient: its op, and its name.
pub(super) type Blocking = (String, String);

impl<'g> Slice<'g> {
    /// What lies between the targets and what is computed, which nothing may block.
    pub(super) fn between(targets: &[Node<'g>], computed: &[Node<'g>]) -> Result<Slice<'g>> {
        let slice = Slice::find(targets, computed);
        match slice.blocking.is_empty() {
            true => Ok(slice),
            false => Err(Error::NotDifferentiable { ops: slice.names() }),
        }
    }

    /// The same, with what blocks beside it.
    pub(super) fn find(targets: &[Node<'g>], computed: &[Node<'g>]) -> Slice<'g> {
        let targets: HashSet<NodeId> = targets.iter().map(|target| target.id()).collect();
        let mut depends: HashSet<u32> = HashSet::new();
        let mut slice = Slice { steps: Vec::new(), blocking: Vec::new() };
        for (operation, inputs) in leading_to(computed) {
            let leads = |input: &Node<'g>| {
                carries(*input) && (targets.contains(&input.id()) || depends.contains(&input.operation))
            };
            let wanted: Vec<bool> = inputs.iter().map(leads).collect();
            if !wanted.contains(&true) {
                continue;
            }
            depends.insert(operation.index);
            slice.take(operation, inputs, wanted);
        }
        slice
    }

    /// What blocks, by op and name.
    pub(super) fn names(self) -> Vec<Blocking> {
        self.blocking.into_iter().map(|(_, names)| names).collect()
    }

    fn take(&mut self, operation: Operation<'g>, inputs: Vec<Node<'g>>, wanted: Vec<bool>) {
        let op = operation.op();
        let (rule, but) = match custom::of(operation) {
            Some(Ok(rule)) => (Some(rule), but(operation, &inputs)),
            Some(Err(why)) => (None, Some(why)),
            None => (rule(&op), but(operation, &inputs)),
        };
        match (rule, but) {
            (Some(rule), None) => {
                let within = functions::blocking(operation, &inputs, &wanted).into_iter();
                self.blocking.extend(within.map(|names| (operation.index, names)));
                self.steps.push(Step { operation, op, rule, inputs, wanted });
            }
            (_, but) => {
                let names = (format!("{op}{}", but.unwrap_or_default()), operation.name());
                self.blocking.push((operation.index, names));
            }
        }
    }
}

/// The operations that these are computed from, inputs first, without those whose value has no gradient.
pub(super) fn leading_to<'g>(computed: &[Node<'g>]) -> Vec<(Operation<'g>, Vec<Node<'g>>)> {
    let mut order = Vec::new();
    let mut seen = HashSet::new();
    for node in computed.iter().filter(|node| carries(**node)) {
        if seen.insert(node.operation) {
            order_from(node.operation(), &mut seen, &mut order);
        }
    }
    order
}

/// The operations before this one that are new, and this one behind them.
fn order_from<'g>(last: Operation<'g>, seen: &mut HashSet<u32>, order: &mut Vec<(Operation<'g>, Vec<Node<'g>>)>) {
    let mut path = vec![(last, inputs_of(last), 0)];
    while let Some((operation, inputs, next)) = path.last_mut() {
        match inputs.get(*next).copied() {
            Some(input) => {
                *next += 1;
                if carries(input) && seen.insert(input.operation) {
                    path.push((input.operation(), inputs_of(input.operation()), 0));
                }
            }
            None => {
                order.push((*operation, std::mem::take(inputs)));
                path.pop();
            }
        }
    }
}

/// The inputs through which a gradient may pass.
fn inputs_of(operation: Operation<'_>) -> Vec<Node<'_>> {
    match rule(&operation.op()) {
        Some(Rule::Nothing) => Vec::new(),
        _ => operation.inputs(),
    }
}

/// Whether a value of this type can have a gradient; a resource stands for what is in it.
pub(super) fn carries(node: Node<'_>) -> bool {
    let dtype = node.dtype();
    dtype.is_floating() || matches!(dtype, DType::Resource | DType::Variant | DType::Complex64 | DType::Complex128)
}

/// Why this operation has no gradient here although its op may have one.
fn but(operation: Operation<'_>, inputs: &[Node<'_>]) -> Option<&'static str> {
    // The conjugates are not in the gradients here.
    let complex = |node: &Node<'_>| matches!(node.dtype(), DType::Complex64 | DType::Complex128);
    (inputs.iter().any(complex) || operation.outputs().iter().any(complex)).then_some(" of complex numbers")
}
