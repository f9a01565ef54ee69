//! Traces made ready to run: written into the model's graph once, with placeholders before and fetches behind.

use super::description::Description;
use super::instantiate::Instance;
use crate::error::{Error, Result};
use crate::graph::{Node, Scope};
use crate::saved_model::{Spec, TensorSpec};
use crate::session::{PreparedRun, Session};
use crate::tensor::{Nest, Shape, Structure, Tensor, Value};

/// A trace of the model, ready to run.
#[derive(Debug)]
pub(super) struct PreparedTrace {
    run: PreparedRun,
    inputs: Vec<TensorSpec>,
    outputs: Nest<Spec>,
}

impl PreparedTrace {
    /// Writes the trace into the model's graph.
    pub(super) fn new(
        scope: &Scope,
        description: &Description,
        instance: &Instance,
        trace: &str,
    ) -> Result<PreparedTrace> {
        let concrete = description.trace(trace)?;
        let inputs = input_specs(trace, &concrete.arguments)?;
        check_outputs(trace, &concrete.outputs)?;
        scope.with_scope(trace, |scope| {
            let placeholder = |(index, spec): (usize, &TensorSpec)| {
                let name = format!("input_{index}");
                scope.op("Placeholder").name(name).attr("dtype", spec.dtype).attr("shape", &spec.shape).build()
            };
            let feeds: Vec<Node<'_>> = inputs.iter().enumerate().map(placeholder).collect();
            let inlined = instance.place_trace(scope, description, trace, &feeds)?;
            // TensorFlow refuses to fetch what is fed, so an output that is an input gets a node of its own.
            let mut fetches = inlined.outputs;
            for output in &mut fetches {
                if feeds.iter().any(|feed| feed.id() == output.id()) {
                    *output = output.identity();
                }
            }
            scope.check()?;
            let run = scope.prepare(&feeds, &fetches, &inlined.controls);
            Ok(PreparedTrace { run, inputs: inputs.clone(), outputs: concrete.outputs.clone() })
        })
    }

    /// Runs the trace on its flat inputs.
    pub(super) fn run(&self, session: &Session, inputs: &[&Tensor]) -> Result<Structure> {
        for (index, (tensor, spec)) in inputs.iter().zip(&self.inputs).enumerate() {
            check(index, tensor, spec)?;
        }
        let mut values = session.run(&self.run, inputs)?.into_iter();
        self.outputs.try_map(&mut |spec| match spec {
            Spec::Literal(literal) => Ok(Value::Literal(literal.clone())),
            _ => values.next().map(Value::Tensor).ok_or_else(|| Error::structure("a trace with too few outputs")),
        })
    }
}

/// The flat tensor inputs of a trace's arguments.
pub(super) fn input_specs(trace: &str, arguments: &Nest<Spec>) -> Result<Vec<TensorSpec>> {
    let mut inputs = Vec::new();
    for leaf in arguments.leaves() {
        match leaf {
            Spec::Tensor(spec) => inputs.push(spec.clone()),
            Spec::Literal(_) | Spec::Value(_) => {}
            other => return Err(Error::Unsupported { what: format!("an argument {other} of `{trace}`") }),
        }
    }
    Ok(inputs)
}

fn check_outputs(trace: &str, outputs: &Nest<Spec>) -> Result<()> {
    match outputs.leaves().into_iter().find(|spec| !matches!(spec, Spec::Tensor(_) | Spec::Literal(_))) {
        None => Ok(()),
        Some(other) => Err(Error::Unsupported { what: format!("a result {other} of `{trace}`") }),
    }
}

/// Checks element type and shape: TensorFlow itself takes any shape at a feed.
fn check(index: usize, tensor: &Tensor, spec: &TensorSpec) -> Result<()> {
    let name = || format!("input `{}`", spec.name.clone().unwrap_or_else(|| index.to_string()));
    if tensor.dtype() != spec.dtype {
        return Err(Error::DTypeMismatch { what: name(), expected: spec.dtype, found: tensor.dtype() });
    }
    if !spec.shape.accepts(tensor.shape()) {
        return Err(Error::ShapeMismatch {
            what: name(),
            expected: spec.shape.to_string(),
            found: Shape::known(tensor.shape()).to_string(),
        });
    }
    Ok(())
}
