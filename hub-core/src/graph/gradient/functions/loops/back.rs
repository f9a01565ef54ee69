//! The loop that goes the iterations back.

use super::super::super::forward::Forward;
use super::super::bench::Bench;
use super::super::export::as_function;
use super::super::library::behind;
use super::super::{dtypes, gradient_dtype, lowered, zeros_like_value};
use super::body::{BodyGradient, Slot};
use super::recording::Record;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::graph::attribute::Attribute;
use crate::graph::node::Node;
use crate::graph::scope::Scope;
use crate::saved_model::proto::FunctionDef;
use crate::tensor::Shape;

/// One variable of the loop back.
#[derive(Clone, Copy)]
enum Role {
    /// How many iterations are left.
    Count,
    /// A list of values, with their type.
    List(usize, DType),
    /// Anything of the iteration's gradient.
    Slot(Slot),
}

/// The gradients by the loop variables that take part.
pub(super) fn go_back<'g>(
    at: &Forward<'g>,
    body: &BodyGradient,
    record: &Record<'g>,
) -> Result<Vec<(usize, Node<'g>)>> {
    let (roles, before) = variables(at, body, record);
    let iteration = &body.library.function[0];
    let back = as_back(at, body, iteration, &roles, &before)?;
    let mut names = Vec::new();
    for library in back {
        names.push(at.s().import_library(&library)?.name(library.function[0].name()));
    }
    let back = at.s().op(&at.operation().op()).input_list(before.iter().copied()).attr("T", dtypes(&before));
    let back = back.attr("body", Attribute::function(&*names[0])).attr("cond", Attribute::function(&*names[1]));
    let after = lowered(back).build_outputs();
    at.s().check()?;
    let gradient = |(role, node): (&Role, Node<'g>)| match role {
        Role::Slot(Slot::Gradient(index) | Slot::Sum(index)) => Some((*index, node)),
        _ => None,
    };
    let mut found: Vec<(usize, Node<'g>)> = roles.iter().zip(after).filter_map(gradient).collect();
    // What came back behind the loop to a constant that no iteration adds to.
    let others = (0..at.count()).filter(|index| !found.iter().any(|(known, _)| known == index));
    let others: Vec<_> = others.filter_map(|index| Some((index, at.upstream(index)?.dense()))).collect();
    found.extend(others.into_iter().filter(|(index, _)| body.is_handed_through(*index)));
    Ok(found)
}

/// The variables of the loop, and what they are before it.
fn variables<'g>(at: &Forward<'g>, body: &BodyGradient, record: &Record<'g>) -> (Vec<Role>, Vec<Node<'g>>) {
    let mut all = vec![(Role::Count, record.count)];
    all.extend(record.lists.iter().map(|(index, dtype, list)| (Role::List(*index, *dtype), *list)));
    all.extend(body.constants().into_iter().map(|index| (Role::Slot(Slot::Constant(index)), at.x(index))));
    for slot in &body.outputs {
        let start = |index: usize| match at.upstream(index) {
            Some(gradient) => gradient.dense(),
            None => zeros_like_value(at.y(index)),
        };
        if let Slot::Gradient(index) | Slot::Sum(index) = slot {
            all.push((Role::Slot(*slot), start(*index)));
        }
    }
    all.into_iter().unzip()
}

/// Body and condition.
fn as_back(
    at: &Forward<'_>,
    body: &BodyGradient,
    iteration: &FunctionDef,
    roles: &[Role],
    before: &[Node<'_>],
) -> Result<[crate::saved_model::proto::FunctionDefLibrary; 2]> {
    let bench = Bench::new(at.s(), &[])?;
    let scope = bench.scope();
    scope.import_library(&body.library)?;
    let now: Vec<Node<'_>> =
        roles.iter().zip(before).map(|(role, outer)| stand_in(&bench, at, *role, *outer)).collect();
    let left = now[0] - 1_i32;
    let inputs = body.inputs.iter().map(|slot| input(scope, *slot, roles, &now, left));
    let partials = scope.inline(iteration, &inputs.collect::<Result<Vec<_>>>()?)?.outputs;
    let next = roles.iter().zip(&now).map(|(role, now)| match role {
        Role::Count => left,
        Role::Slot(slot @ (Slot::Gradient(_) | Slot::Sum(_))) => {
            let place = body.outputs.iter().position(|output| output == slot);
            let partial = place.and_then(|place| partials.get(place)).copied().unwrap_or(*now);
            match slot {
                Slot::Sum(_) => scope.op("AddN").input_list([*now, partial]).build(),
                _ => partial,
            }
        }
        _ => *now,
    });
    let next: Vec<_> = next.collect();
    let name = iteration.name();
    let turn = as_function(scope, &format!("{name}_back"), &now, &next)?;
    let goes_on = now[0].binary("Greater", scope.constant(0_i32));
    let condition = as_function(scope, &format!("{name}_left"), &now, &[goes_on])?;
    Ok([behind(scope, turn), behind(scope, condition)])
}

/// The node for a variable of the loop in its body.
fn stand_in<'b>(bench: &'b Bench, at: &Forward<'_>, role: Role, outer: Node<'_>) -> Node<'b> {
    match role {
        Role::Count | Role::List(..) => bench.placeholder(outer.dtype(), &Shape::known(&[])),
        Role::Slot(Slot::Constant(index)) => bench.stand_in(at.x(index), &at.x(index).shape()),
        Role::Slot(Slot::Gradient(index) | Slot::Sum(index) | Slot::Changing(index)) => {
            bench.placeholder(gradient_dtype(at.x(index)), &Shape::unknown())
        }
    }
}

/// What the iteration's gradient takes: from the list, or a variable of the loop.
fn input<'b>(scope: &'b Scope, slot: Slot, roles: &[Role], now: &[Node<'b>], left: Node<'b>) -> Result<Node<'b>> {
    for (role, node) in roles.iter().zip(now) {
        match (role, slot) {
            (Role::List(index, dtype), Slot::Changing(wanted)) if *index == wanted => {
                let any_shape = scope.constant(-1_i32);
                let get = scope.op("TensorListGetItem").input(*node).input(left).input(any_shape);
                return Ok(get.attr("element_dtype", *dtype).build());
            }
            (Role::Slot(own), wanted) if *own == wanted => return Ok(*node),
            _ => {}
        }
    }
    Err(Error::structure(format!("a loop's gradient lacks its own {slot:?}")))
}
