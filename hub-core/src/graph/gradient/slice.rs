//! The operations that lie between the targets and the loss, in an order in which inputs come first.
//!
//! Called once for each [`Scope::gradients`](super::Scope::gradients). Here it is said, all at once, what blocks.

use std::collections::HashSet;

use super::registry::{Rule, rule};
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
}

impl<'g> Slice<'g> {
    /// What lies between.
    pub(super) fn between(targets: &[Node<'g>], loss: Node<'g>) -> Result<Slice<'g>> {
        let targets: HashSet<NodeId> = targets.iter().map(|target| target.id()).collect();
        let mut depends: HashSet<u32> = HashSet::new();
        let mut steps = Vec::new();
        let mut blocking = Vec::new();
        for (operation, inputs) in leading_to(loss) {
            let op = operation.op();
            let leads = |input: &Node<'g>| {
                carries(*input) && (targets.contains(&input.id()) || depends.contains(&input.operation))
            };
            let wanted: Vec<bool> = inputs.iter().map(leads).collect();
            if !wanted.contains(&true) {
                continue;
            }
            depends.insert(operation.index);
            match (rule(&op), but(operation, &inputs)) {
                (Some(rule), None) => steps.push(Step { operation, op, rule, inputs, wanted }),
                (_, but) => blocking.push((format!("{op}{}", but.unwrap_or_default()), operation.name())),
            }
        }
        match blocking.is_empty() {
            true => Ok(Slice { steps }),
            false => Err(Error::NotDifferentiable { ops: blocking }),
        }
    }
}

/// The operations that the loss is computed from, inputs first, without those whose value has no gradient.
fn leading_to<'g>(loss: Node<'g>) -> Vec<(Operation<'g>, Vec<Node<'g>>)> {
    let mut order = Vec::new();
    let mut seen = HashSet::from([loss.operation]);
    let mut path = vec![(loss.operation(), inputs_of(loss.operation()), 0)];
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
    order
}

/// The inputs through which a gradient may pass.
fn inputs_of(operation: Operation<'_>) -> Vec<Node<'_>> {
    match rule(&operation.op()) {
        Some(Rule::Nothing) => Vec::new(),
        _ => operation.inputs(),
    }
}

/// Whether a value of this type can have a gradient; a resource stands for what is in it.
fn carries(node: Node<'_>) -> bool {
    let dtype = node.dtype();
    dtype.is_floating() || matches!(dtype, DType::Resource | DType::Variant | DType::Complex64 | DType::Complex128)
}

/// Why this operation has no gradient here although its op may have one.
fn but(operation: Operation<'_>, inputs: &[Node<'_>]) -> Option<&'static str> {
    // The conjugates are not in the gradients here.
    let complex = |node: &Node<'_>| matches!(node.dtype(), DType::Complex64 | DType::Complex128);
    if inputs.iter().any(complex) || operation.outputs().iter().any(complex) {
        return Some(" of complex numbers");
    }
    // The program that made the graph had its own gradient for it.
    operation.attribute("_gradient_op_type").map(|_| " with a custom gradient")
}
