//! What a loop is made of, and which of its variables take part in a gradient.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::bench::{Bench, declared_shapes};
use super::super::{called, reach};
use crate::error::{Error, Result};
use crate::graph::node::{Node, Operation};
use crate::saved_model::proto::{AttrValueValue, FunctionDef};
use crate::saved_model::shape;
use crate::tensor::Shape;

/// A `While` in a graph.
pub(super) struct Loop<'g> {
    pub(super) operation: Operation<'g>,
    /// The loop variables before the first iteration.
    pub(super) inputs: Vec<Node<'g>>,
    pub(super) condition: Arc<FunctionDef>,
    pub(super) body: Arc<FunctionDef>,
    /// What is known of the shapes that the loop variables have in all iterations.
    shapes: Vec<Shape>,
}

impl<'g> Loop<'g> {
    pub(super) fn new(operation: Operation<'g>, inputs: &[Node<'g>]) -> Result<Loop<'g>> {
        let missing = |what: &str| Error::structure(format!("the loop `{}` has no {what}", operation.name()));
        let condition = called(operation, "cond")?.pop().ok_or_else(|| missing("condition"))?;
        let body = called(operation, "body")?.pop().ok_or_else(|| missing("body"))?;
        let shapes = shapes(operation, &body);
        Ok(Loop { operation, inputs: inputs.to_vec(), condition, body, shapes })
    }

    /// Both functions.
    pub(super) fn functions(&self) -> [Arc<FunctionDef>; 2] {
        [self.condition.clone(), self.body.clone()]
    }

    /// The body in a graph of its own: the loop variables, and what they are in the next iteration.
    pub(super) fn write_body<'b>(&self, bench: &'b Bench) -> Result<(Vec<Node<'b>>, Vec<Node<'b>>)> {
        let variables = self.stand_ins(bench);
        let next = bench.scope().inline(&self.body, &variables)?.outputs;
        match next.len() == variables.len() && next.len() == self.inputs.len() {
            true => Ok((variables, next)),
            false => Err(Error::structure(format!("the body `{}` does not fit its loop", self.body.name()))),
        }
    }

    /// Nodes for the loop variables in a graph of its own.
    pub(super) fn stand_ins<'b>(&self, bench: &'b Bench) -> Vec<Node<'b>> {
        self.inputs.iter().zip(&self.shapes).map(|(input, shape)| bench.stand_in(*input, shape)).collect()
    }

    /// The loop variables before the loop, each with what stands for it; further inputs have none.
    pub(super) fn beside<'b>(&self, stand_ins: &[(Node<'b>, super::body::Slot)]) -> Vec<(Node<'g>, Node<'b>)> {
        self.inputs.iter().copied().zip(stand_ins.iter().map(|(node, _)| *node)).collect()
    }

    /// For each loop variable those that its next value depends on, as a gradient passes.
    pub(super) fn links(&self, variables: &[Node<'_>], next: &[Node<'_>]) -> Vec<BTreeSet<usize>> {
        reach::by_gradient(variables, next)
    }

    /// The loop variables that come to depend on the wanted ones in the course of the iterations.
    pub(super) fn depending(&self, links: &[BTreeSet<usize>], wanted: &[bool]) -> BTreeSet<usize> {
        let mut found: BTreeSet<usize> = (0..links.len()).filter(|index| wanted[*index]).collect();
        loop {
            let more = |index: &usize| !links[*index].is_disjoint(&found);
            let all: BTreeSet<usize> = (0..links.len()).filter(more).chain(found.iter().copied()).collect();
            if all.len() == found.len() {
                return found;
            }
            found = all;
        }
    }
}

/// Those that the marked ones come to depend on in the course of the iterations, these included.
pub(super) fn leading(links: &[BTreeSet<usize>], marked: BTreeSet<usize>) -> BTreeSet<usize> {
    let mut found = marked;
    loop {
        let before: Vec<usize> = found.iter().flat_map(|index| links[*index].iter().copied()).collect();
        let count = found.len();
        found.extend(before);
        if found.len() == count {
            return found;
        }
    }
}

/// Which loop variables the body hands through.
pub(super) fn constants(variables: &[Node<'_>], next: &[Node<'_>]) -> Vec<bool> {
    let source = |mut node: Node<'_>| {
        while node.operation().op() == "Identity" {
            match node.operation().inputs().first() {
                Some(input) => node = *input,
                None => break,
            }
        }
        node.id()
    };
    variables.iter().zip(next).map(|(variable, next)| source(*next) == variable.id()).collect()
}

/// The shapes that the loop says it keeps, or that its body says it takes.
fn shapes(operation: Operation<'_>, body: &FunctionDef) -> Vec<Shape> {
    let of_body = declared_shapes(body);
    let kept = match operation.attribute("output_shapes").and_then(|value| value.value) {
        Some(AttrValueValue::List(list)) => list.shape.iter().map(|one| shape::decode(one).ok()).collect(),
        _ => Vec::new(),
    };
    let known = |(index, declared): (usize, Shape)| match kept.get(index) {
        Some(Some(kept)) if kept.rank().is_some() => kept.clone(),
        _ => declared,
    };
    of_body.into_iter().enumerate().map(known).collect()
}
