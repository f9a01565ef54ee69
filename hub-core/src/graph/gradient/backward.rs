//! The walk back from the loss: each operation turns what came back to its outputs into what goes back to its inputs.
//!
//! Called by [`Scope::gradients`](super::Scope::gradients) with the operations on the way.

use std::collections::HashMap;

use super::forward::Forward;
use super::registry::Rule;
use super::slice::{Slice, Step};
use super::value::Gradient;
use crate::graph::node::{Node, NodeId};

/// What has come back to each node so far.
type Gathered<'g> = HashMap<NodeId, Vec<Gradient<'g>>>;

/// What comes back to some node from outside.
pub(super) type Seed<'g> = (Node<'g>, Gradient<'g>);

/// The gradient by each target.
pub(super) fn walk<'g>(slice: &Slice<'g>, seeds: &[Seed<'g>], targets: &[Node<'g>]) -> Vec<Option<Gradient<'g>>> {
    let mut gathered: Gathered<'g> = HashMap::new();
    for (node, seed) in seeds {
        gathered.entry(node.id()).or_default().push(*seed);
    }
    for step in slice.steps.iter().rev() {
        back_through(step, &mut gathered);
    }
    targets.iter().map(|target| total(&mut gathered, *target)).collect()
}

fn back_through<'g>(step: &Step<'g>, gathered: &mut Gathered<'g>) {
    let Rule::By(differentiate) = step.rule else { return };
    let upstream: Vec<_> = step.operation.outputs().into_iter().map(|output| total(gathered, output)).collect();
    if upstream.iter().all(Option::is_none) {
        return;
    }
    let partials = differentiate(&Forward::new(step, upstream));
    for ((input, wanted), partial) in step.inputs.iter().zip(&step.wanted).zip(partials) {
        if let (true, Some(partial)) = (*wanted, partial) {
            gathered.entry(input.id()).or_default().push(partial);
        }
    }
}

/// The sum of what came back to a node; kept, since a target may lie on the way to another.
fn total<'g>(gathered: &mut Gathered<'g>, node: Node<'g>) -> Option<Gradient<'g>> {
    let parts = gathered.get_mut(&node.id())?;
    let sum = Gradient::sum(parts)?;
    *parts = vec![sum];
    Some(sum)
}
