//! Traces made ready to run: written into the model's graph once, with placeholders before and fetches behind.

use super::description::Description;
use super::instantiate::Instance;
use crate::error::{Error, Result};
use crate::graph::{Node, PreparedCall, Program, check_input};
use crate::saved_model::{Spec, TensorSpec};
use crate::tensor::{Nest, RaggedTensor, SparseTensor, Structure, Tensor, Value};

/// A trace of the model, ready to run.
#[derive(Debug)]
pub(super) struct PreparedTrace {
    call: PreparedCall,
    inputs: Vec<TensorSpec>,
    outputs: Nest<Spec>,
}

impl PreparedTrace {
    /// Writes the trace into the model's graph.
    pub(super) fn new(
        program: &Program,
        description: &Description,
        instance: &Instance,
        trace: &str,
    ) -> Result<PreparedTrace> {
        let concrete = description.trace(trace)?;
        let inputs = description.input_specs(trace)?;
        check_outputs(trace, &concrete.outputs)?;
        if let Some(tf1) = &description.tf1 {
            let call = tf1.prepare(program, trace)?;
            return Ok(PreparedTrace { call, inputs, outputs: concrete.outputs.clone() });
        }
        program.scope().with_scope(trace, |scope| {
            let placeholder = |(index, spec): (usize, &TensorSpec)| {
                let name = format!("input_{index}");
                scope.op("Placeholder").name(name).attr("dtype", spec.dtype).attr("shape", &spec.shape).build()
            };
            let feeds: Vec<Node<'_>> = inputs.iter().enumerate().map(placeholder).collect();
            let inlined = instance.place_trace(scope, description, trace, &feeds)?;
            let call = program.prepare(&feeds, &apart(&feeds, inlined.outputs), &inlined.controls)?;
            Ok(PreparedTrace { call, inputs: inputs.clone(), outputs: concrete.outputs.clone() })
        })
    }

    /// Runs the trace on its flat inputs.
    pub(super) fn run(&self, program: &Program, inputs: &[&Tensor]) -> Result<Structure> {
        for (index, (tensor, spec)) in inputs.iter().zip(&self.inputs).enumerate() {
            match &spec.name {
                Some(name) => check_input(name, tensor, spec.dtype, &spec.shape)?,
                None => check_input(&index.to_string(), tensor, spec.dtype, &spec.shape)?,
            }
        }
        let mut values = program.run_checked(&self.call, inputs)?.into_iter();
        let mut next = || values.next().ok_or_else(|| Error::structure("a trace with too few outputs"));
        self.outputs.try_map(&mut |spec| value_of(spec, &mut next))
    }
}

/// TensorFlow refuses to fetch what is fed, so a result that is an input gets a node of its own.
pub(super) fn apart<'g>(feeds: &[Node<'g>], mut fetches: Vec<Node<'g>>) -> Vec<Node<'g>> {
    for fetch in &mut fetches {
        if feeds.iter().any(|feed| feed.id() == fetch.id()) {
            *fetch = fetch.identity();
        }
    }
    fetches
}

/// A leaf of a result, of the tensors that the run gave.
fn value_of(spec: &Spec, next: &mut impl FnMut() -> Result<Tensor>) -> Result<Value> {
    Ok(match spec {
        Spec::Literal(literal) => Value::Literal(literal.clone()),
        Spec::Ragged { ragged_rank, .. } if *ragged_rank > 0 => {
            let flat_values = next()?;
            Value::Ragged(RaggedTensor::new(flat_values, (0..*ragged_rank).map(|_| next()).collect::<Result<_>>()?)?)
        }
        Spec::Sparse { .. } => Value::Sparse(SparseTensor::new(next()?, next()?, next()?)?),
        _ => Value::Tensor(next()?),
    })
}

fn check_outputs(trace: &str, outputs: &Nest<Spec>) -> Result<()> {
    match outputs.leaves().into_iter().find(|spec| spec.parts().is_none()) {
        None => Ok(()),
        Some(other) => Err(Error::Unsupported { what: format!("a result {other} of `{trace}`") }),
    }
}
