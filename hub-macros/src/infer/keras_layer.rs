//! Through a loaded model, where its description is at hand.

use std::collections::BTreeMap;

use hub_core::saved_model::Spec;
use hub_core::saved_model::describe::{Signature, Trace};
use hub_core::{DType, Nest};

use super::arguments;
use super::flow::{Flow, TensorType, Type, joined, shown};
use super::layers::{Given, refuse};
use crate::check::CheckedLayer;
use crate::contract::{Called, Contracts, Target};
use crate::report::{self, Report};

/// What comes out of the model.
pub(super) fn apply(layer: &CheckedLayer, input: &Flow, contracts: &mut Contracts, report: &mut Report) -> Given<Type> {
    let declared = arguments::shape(layer, "output_shape");
    let Some(target) = contracts.check(layer, report) else {
        return Ok(Nest::Leaf(TensorType::new(None, declared.unwrap_or_default())));
    };
    let graph = target.meta_graph();
    let outputs = match target.called {
        Called::Signature(index) => {
            let signature = &graph.signatures[index];
            takes(&target, signature, input)?;
            outputs_of(signature)
        }
        Called::Object(index) => through_traces(&graph.callables[index].traces, input, target.handle())?,
    };
    let Some(key) = &target.output_key else { return Ok(outputs) };
    Ok(outputs.get(key).cloned().unwrap_or(Nest::Leaf(TensorType::default())))
}

/// What the traces that take the input have in common.
fn through_traces(traces: &[Trace], input: &Flow, handle: &str) -> Given<Type> {
    let first = |trace: &Trace| trace.arguments.at(0).and_then(|positional| positional.at(0)).map(of_specs);
    let fits = |trace: &&Trace| first(trace).is_none_or(|wanted| fits(&input.what, &wanted));
    let outputs = traces.iter().filter(fits).map(|trace| of_specs(&trace.outputs));
    if let Some(outputs) = outputs.reduce(|one, other| joined(&one, &other)) {
        return Ok(outputs);
    }
    let mut wanted: Vec<String> = traces.iter().filter_map(first).map(|wanted| shown(&wanted)).collect();
    wanted.dedup();
    refuse(report::takes(handle, &wanted))
}

/// Whether a signature takes what comes.
fn takes(target: &Target, signature: &Signature, input: &Flow) -> Given<()> {
    let wanted: BTreeMap<String, Type> =
        signature.inputs.iter().map(|own| (own.name.clone(), of_tensor(own))).collect();
    let others = target.arguments.as_deref();
    let fit = match &input.what {
        Nest::Leaf(tensor) if tensor.is_unknown() => true,
        Nest::Leaf(_) if wanted.len() == 1 => wanted.values().all(|wanted| fits(&input.what, wanted)),
        Nest::Leaf(_) => false,
        Nest::Dict(entries) => {
            let known = entries.iter().all(|(key, item)| wanted.get(key).is_some_and(|wanted| fits(item, wanted)));
            let given = |key: &String| entries.contains_key(key) || others.is_none_or(|names| names.contains(key));
            known && wanted.keys().all(given)
        }
        _ => false,
    };
    match fit {
        true => Ok(()),
        false if wanted.len() == 1 => {
            let only: Vec<String> = wanted.values().map(shown).collect();
            refuse(report::takes(target.handle(), &only))
        }
        false => refuse(report::takes(target.handle(), &[shown(&Nest::Dict(wanted))])),
    }
}

fn outputs_of(signature: &Signature) -> Type {
    Nest::Dict(signature.outputs.iter().map(|own| (own.name.clone(), of_tensor(own))).collect())
}

fn of_tensor(tensor: &hub_core::saved_model::describe::SignatureTensor) -> Type {
    Nest::Leaf(match &tensor.composite {
        None => TensorType::new(tensor.dtype.parse::<DType>().ok(), tensor.shape.clone()),
        Some(_) => TensorType::default(),
    })
}

/// What specs say; of what is no plain tensor nothing is known.
fn of_specs(specs: &Nest<Spec>) -> Type {
    let leaf = |spec: &Spec| {
        Ok::<_, std::convert::Infallible>(match spec {
            Spec::Tensor(tensor) => TensorType::new(tensor.dtype, tensor.shape.clone()),
            _ => TensorType::default(),
        })
    };
    match specs.try_map(&mut { leaf }) {
        Ok(found) => found,
        Err(never) => match never {},
    }
}

/// Whether what comes may be what is wanted. Floating-point numbers are cast, nothing else is.
fn fits(given: &Type, wanted: &Type) -> bool {
    let all = |given: &[Type], wanted: &[Type]| {
        given.len() == wanted.len() && given.iter().zip(wanted).all(|(given, wanted)| fits(given, wanted))
    };
    match (given, wanted) {
        (Nest::Leaf(tensor), _) if tensor.is_unknown() => true,
        (_, Nest::Leaf(tensor)) if tensor.is_unknown() => true,
        (Nest::Leaf(given), Nest::Leaf(wanted)) => {
            let same_type = given
                .dtype
                .zip(wanted.dtype)
                .is_none_or(|(given, wanted)| given == wanted || (given.is_floating() && wanted.is_floating()));
            same_type && given.shape.is_compatible_with(&wanted.shape)
        }
        (Nest::Dict(given), Nest::Dict(wanted)) => {
            given.keys().eq(wanted.keys()) && given.iter().all(|(key, given)| fits(given, &wanted[key]))
        }
        (Nest::List(given) | Nest::Tuple(given), Nest::List(wanted) | Nest::Tuple(wanted)) => all(given, wanted),
        (Nest::NamedTuple { .. }, _) | (_, Nest::NamedTuple { .. }) => true,
        _ => false,
    }
}
