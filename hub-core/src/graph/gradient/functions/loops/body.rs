//! The gradient of one iteration, as a function of the loop variables and of what came back to them.

use std::collections::BTreeSet;

use super::super::super::backward::walk;
use super::super::super::slice::Slice;
use super::super::super::value::Gradient;
use super::super::bench::Bench;
use super::super::export::{as_function, computing};
use super::super::library::behind;
use super::super::{blocked, effects, gradient_dtype, zeros_like_value};
use super::analysis::{Loop, constants, leading};
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::graph::node::{Node, NodeId};
use crate::graph::scope::Scope;
use crate::saved_model::proto::FunctionDefLibrary;

/// What goes into the function, or comes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    /// A loop variable at the beginning of the iteration that changes from one to the next.
    Changing(usize),
    /// A constant of the loop.
    Constant(usize),
    /// The gradient by a loop variable that changes.
    Gradient(usize),
    /// What the iteration adds to the gradient by a constant.
    Sum(usize),
}

/// The gradient of one iteration.
pub(super) struct BodyGradient {
    /// The function, with all that it calls behind it.
    pub(super) library: FunctionDefLibrary,
    pub(super) inputs: Vec<Slot>,
    pub(super) outputs: Vec<Slot>,
    handed_through: Vec<bool>,
}

impl BodyGradient {
    /// The loop variables whose values of all iterations are needed.
    pub(super) fn recorded(&self) -> Vec<usize> {
        let changing = |slot: &Slot| if let Slot::Changing(index) = slot { Some(*index) } else { None };
        self.inputs.iter().filter_map(changing).collect()
    }

    /// Whether a loop variable is a constant of the loop.
    pub(super) fn is_handed_through(&self, index: usize) -> bool {
        self.handed_through[index]
    }

    /// The constants that are needed.
    pub(super) fn constants(&self) -> Vec<usize> {
        let constant = |slot: &Slot| if let Slot::Constant(index) = slot { Some(*index) } else { None };
        self.inputs.iter().filter_map(constant).collect()
    }
}

/// Differentiates the body, for gradients by the wanted loop variables of those that something came back to.
pub(super) fn differentiate(of: &Loop<'_>, wanted: &[bool], came: &[bool]) -> Result<BodyGradient> {
    let bench = Bench::new(of.operation.scope, &of.functions())?;
    let (variables, next) = of.write_body(&bench)?;
    let links = of.links(&variables, &next);
    let constant = constants(&variables, &next);
    let came: BTreeSet<usize> = (0..came.len()).filter(|index| came[*index]).collect();
    let taking_part: Vec<usize> = of.depending(&links, wanted).intersection(&leading(&links, came)).copied().collect();
    for index in &taking_part {
        if variables[*index].dtype() == DType::Resource && !constant[*index] {
            return Err(Error::Unsupported { what: format!("another resource in each turn of `{}`", of.body.name()) });
        }
    }
    let back = |index: &usize| {
        let next = next[*index];
        (*index, bench.placeholder(gradient_dtype(next), &next.shape()))
    };
    let came_back: Vec<(usize, Node<'_>)> = taking_part.iter().filter(|index| !constant[**index]).map(back).collect();
    let results = results(bench.scope(), &variables, &next, &taking_part, &came_back, &constant)?;
    let slots = (0..variables.len())
        .map(|index| if constant[index] { Slot::Constant(index) } else { Slot::Changing(index) })
        .chain(came_back.iter().map(|(index, _)| Slot::Gradient(*index)));
    let inputs: Vec<Node<'_>> = variables.iter().copied().chain(came_back.iter().map(|(_, node)| *node)).collect();
    let gradient = as_gradient(of, &bench, inputs.into_iter().zip(slots).collect(), results)?;
    Ok(BodyGradient { handed_through: constant, ..gradient })
}

/// The gradients by the loop variables that take part; a constant that none comes back to in an iteration has none.
fn results<'b>(
    scope: &'b Scope,
    variables: &[Node<'b>],
    next: &[Node<'b>],
    taking_part: &[usize],
    came_back: &[(usize, Node<'b>)],
    constant: &[bool],
) -> Result<Vec<(Slot, Node<'b>)>> {
    let targets: Vec<_> = taking_part.iter().map(|index| variables[*index]).collect();
    let seeds: Vec<_> = came_back.iter().map(|(index, node)| (next[*index], Gradient::Dense(*node))).collect();
    let computed: Vec<_> = seeds.iter().map(|(node, _)| *node).collect();
    let partials = walk(&Slice::between(&targets, &computed)?, &seeds, &targets);
    scope.check()?;
    let mut results = Vec::new();
    for (index, partial) in taking_part.iter().zip(partials) {
        match (constant[*index], partial) {
            (true, Some(gradient)) => results.push((Slot::Sum(*index), gradient.dense())),
            (true, None) => {}
            (false, Some(gradient)) => results.push((Slot::Gradient(*index), gradient.dense())),
            (false, None) => results.push((Slot::Gradient(*index), zeros_like_value(variables[*index]))),
        }
    }
    Ok(results)
}

/// The function, with those of the inputs that it needs.
fn as_gradient(
    of: &Loop<'_>,
    bench: &Bench,
    inputs: Vec<(Node<'_>, Slot)>,
    results: Vec<(Slot, Node<'_>)>,
) -> Result<BodyGradient> {
    let computed: Vec<_> = results.iter().map(|(_, node)| *node).collect();
    let operations = computing(&computed);
    blocked(effects::of_repeating(&operations, of.operation, &of.beside(&inputs)))?;
    let used: BTreeSet<u32> = operations.iter().map(|operation| operation.index).collect();
    let inputs = inputs.into_iter().filter(|(node, _)| used.contains(&node.operation));
    let (ids, slots): (Vec<NodeId>, Vec<Slot>) = inputs.map(|(node, slot)| (node.id(), slot)).unzip();
    let nodes: Vec<_> = ids.into_iter().map(|id| bench.scope().node(id)).collect();
    let function = as_function(bench.scope(), &format!("{}_gradient", of.body.name()), &nodes, &computed)?;
    Ok(BodyGradient {
        library: behind(bench.scope(), function),
        inputs: slots,
        outputs: results.into_iter().map(|(slot, _)| slot).collect(),
        handed_through: Vec::new(),
    })
}
