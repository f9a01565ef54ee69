//! The gradient of a call that was not inlined: the function is written out beside it and walked through.

use std::collections::HashSet;

use super::super::backward::walk;
use super::super::forward::Forward;
use super::super::registry::Partials;
use super::super::slice::{Blocking, Slice};
use super::super::value::Gradient;
use super::bench::{Bench, declared_shapes};
use super::{blocked, called, effects, export};
use crate::error::Result;
use crate::graph::node::{Node, Operation};

/// What blocks in the function.
pub(super) fn blocking(operation: Operation<'_>, inputs: &[Node<'_>], wanted: &[bool]) -> Result<Vec<Blocking>> {
    let mut found = Vec::new();
    for function in called(operation, "f")? {
        let bench = Bench::new(operation.scope, std::slice::from_ref(&function))?;
        let stand_ins = inputs.iter().zip(declared_shapes(&function));
        let stand_ins: Vec<_> = stand_ins.map(|(input, shape)| bench.stand_in(*input, &shape)).collect();
        let written = bench.scope().inline(&function, &stand_ins)?;
        let targets: Vec<_> = stand_ins.iter().zip(wanted).filter(|(_, wanted)| **wanted).map(|(i, _)| *i).collect();
        found.extend(Slice::find(&targets, &written.outputs).names());
    }
    Ok(found)
}

pub(super) fn of_call<'g>(at: &Forward<'g>) -> Partials<'g> {
    match try_of_call(at) {
        Ok(partials) => partials,
        Err(error) => {
            at.s().keep(error);
            Vec::new()
        }
    }
}

fn try_of_call<'g>(at: &Forward<'g>) -> Result<Partials<'g>> {
    let inputs: Vec<_> = (0..at.count()).map(|input| at.x(input).identity()).collect();
    let Some(function) = called(at.operation(), "f")?.pop() else { return Ok(at.refuse("it calls no function")) };
    let written = at.s().inline(&function, &inputs)?;
    let mut seeds = Vec::new();
    for (index, output) in written.outputs.iter().enumerate() {
        seeds.extend(at.upstream(index).map(|gradient| (*output, Gradient::Dense(gradient.dense()))));
    }
    let targets: Vec<_> = (0..at.count()).filter(|input| at.wants(*input)).map(|input| inputs[input]).collect();
    let computed: Vec<_> = seeds.iter().map(|(output, _)| *output).collect();
    blocked(effects::among(&since(&inputs, &computed)))?;
    let slice = Slice::between(&targets, &computed)?;
    let mut partials = walk(&slice, &seeds, &targets).into_iter();
    Ok((0..at.count()).map(|input| if at.wants(input) { partials.next().flatten() } else { None }).collect())
}

/// The operations between the inputs and what is computed.
fn since<'g>(inputs: &[Node<'g>], computed: &[Node<'g>]) -> Vec<Operation<'g>> {
    let before: HashSet<u32> = export::computing(inputs).iter().map(|operation| operation.index).collect();
    let all = export::computing(computed).into_iter();
    all.filter(|operation| !before.contains(&operation.index)).collect()
}
