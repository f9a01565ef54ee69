//! The gradient of `If` and `Case`: the same choice among the branches' gradients.

use std::sync::Arc;

use super::super::backward::walk;
use super::super::forward::Forward;
use super::super::registry::Partials;
use super::super::slice::{Blocking, Slice};
use super::super::value::Gradient;
use super::bench::Bench;
use super::export::{as_function, computing};
use super::{blocked, called, dtypes, effects, functions, gradient_dtype, lowered, shaped, zeros_like_value};
use crate::error::{Error, Result};
use crate::graph::attribute::Attribute;
use crate::graph::node::{Node, Operation};
use crate::saved_model::proto::{FunctionDef, FunctionDefLibrary};

/// The branches, in the order of the choice's number: that of `true` first.
fn branches(operation: Operation<'_>) -> Result<Vec<Arc<FunctionDef>>> {
    let mut branches = Vec::new();
    for attribute in ["then_branch", "else_branch", "branches"] {
        branches.extend(called(operation, attribute)?);
    }
    Ok(branches)
}

/// What blocks in the branches.
pub(super) fn blocking(operation: Operation<'_>, inputs: &[Node<'_>], wanted: &[bool]) -> Result<Vec<Blocking>> {
    let mut found = Vec::new();
    for branch in branches(operation)? {
        let bench = Bench::new(operation.scope, std::slice::from_ref(&branch))?;
        let stand_ins: Vec<_> = inputs[1..].iter().map(|input| bench.stand_in(*input, &input.shape())).collect();
        let written = bench.scope().inline(&branch, &stand_ins)?;
        let targets = stand_ins.iter().zip(&wanted[1..]).filter(|(_, wanted)| **wanted).map(|(i, _)| *i);
        found.extend(Slice::find(&targets.collect::<Vec<_>>(), &written.outputs).names());
    }
    Ok(found)
}

pub(super) fn of_branches<'g>(at: &Forward<'g>) -> Partials<'g> {
    match try_of_branches(at) {
        Ok(partials) => partials,
        Err(error) => {
            at.s().keep(error);
            Vec::new()
        }
    }
}

fn try_of_branches<'g>(at: &Forward<'g>) -> Result<Partials<'g>> {
    let wanted: Vec<usize> = (1..at.count()).filter(|input| at.wants(*input)).collect();
    let came: Vec<usize> = (0..at.operation().outputs().len()).filter(|o| at.upstream(*o).is_some()).collect();
    let mut names = Vec::new();
    for branch in branches(at.operation())? {
        let back = of_branch(at, &branch, &wanted, &came)?;
        names.push(at.s().import_library(&back)?.name(back.function[0].name()));
    }
    let inputs: Vec<Node<'g>> =
        (1..at.count()).map(|input| at.x(input)).chain(came.iter().map(|output| at.g_at(*output))).collect();
    let types: Vec<_> = wanted.iter().map(|input| gradient_dtype(at.x(*input))).collect();
    let op = at.operation().op();
    let choice = at.s().op(&op).input(at.x(0)).input_list(inputs.iter().copied());
    let choice = lowered(choice.attr("Tin", dtypes(&inputs)).attr("Tout", types));
    let choice = match (op.ends_with("If"), names.as_slice()) {
        (true, [yes, no]) => {
            choice.attr("then_branch", Attribute::function(&**yes)).attr("else_branch", Attribute::function(&**no))
        }
        _ => choice.attr("branches", functions(&names)),
    };
    let mut partials = vec![None; at.count()];
    for (input, gradient) in wanted.into_iter().zip(choice.build_outputs()) {
        partials[input] = Some(Gradient::Dense(shaped(at.s(), gradient, at.x(input))));
    }
    Ok(partials)
}

/// A function from the branch's inputs and what came back to its outputs to the gradients by the inputs wanted, zeros
/// where the branch does not depend on one; first in a library with all that it calls.
fn of_branch(
    at: &Forward<'_>,
    branch: &Arc<FunctionDef>,
    wanted: &[usize],
    came: &[usize],
) -> Result<FunctionDefLibrary> {
    let bench = Bench::new(at.s(), std::slice::from_ref(branch))?;
    let scope = bench.scope();
    let mut inputs: Vec<_> = (1..at.count()).map(|input| bench.stand_in(at.x(input), &at.x(input).shape())).collect();
    let stand_ins: Vec<_> = (1..at.count()).map(|input| at.x(input)).zip(inputs.iter().copied()).collect();
    let targets: Vec<_> = wanted.iter().map(|input| inputs[*input - 1]).collect();
    let outputs = scope.inline(branch, &inputs)?.outputs;
    if outputs.len() != at.operation().outputs().len() {
        return Err(Error::structure(format!("the branch `{}` does not fit its choice", branch.name())));
    }
    let mut seeds = Vec::new();
    for output in came {
        let back = bench.placeholder(gradient_dtype(outputs[*output]), &outputs[*output].shape());
        inputs.push(back);
        seeds.push((outputs[*output], Gradient::Dense(back)));
    }
    let computed: Vec<_> = seeds.iter().map(|(output, _)| *output).collect();
    let slice = Slice::between(&targets, &computed)?;
    let partials = walk(&slice, &seeds, &targets);
    let or_zeros = |(partial, target): (Option<Gradient<'_>>, &Node<'_>)| match partial {
        Some(gradient) => gradient.dense().id(),
        None => zeros_like_value(*target).id(),
    };
    let results: Vec<_> = partials.into_iter().zip(&targets).map(or_zeros).map(|id| scope.node(id)).collect();
    blocked(effects::of_repeating(&computing(&results), at.operation(), &stand_ins))?;
    let function = as_function(scope, &format!("{}_gradient", branch.name()), &inputs, &results)?;
    Ok(super::library::behind(scope, function))
}
