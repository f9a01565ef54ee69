//! Gradients of TF1's branches: `Switch` sends a value into one of two branches, `Merge` takes what comes out of one.
//!
//! What is not taken is dead: nothing behind it runs until a `Merge`. So the way back swaps the two: what comes back to a
//! `Merge` is sent into the branch that was taken, and what comes back out of it to its `Switch` is merged.

use super::forward::{Forward, zeros_like};
use super::registry::{Differentiate, Partials};
use super::value::Gradient;
use crate::dtype::DType;

/// The gradient of an op of this family.
pub(super) fn rule(op: &str) -> Option<Differentiate> {
    let rule: Differentiate = match op {
        "Switch" => of_switch,
        "Merge" => of_merge,
        _ => return None,
    };
    Some(rule)
}

fn of_switch<'g>(at: &Forward<'g>) -> Partials<'g> {
    let handle = at.x(0).dtype() == DType::Resource;
    let known = [0, 1].into_iter().find_map(|side| Some(at.upstream(side)?.dense()));
    let Some(known) = known else { return Vec::new() };
    let sides = [0, 1].map(|side| match at.upstream(side) {
        Some(gradient) => gradient.dense(),
        // Zeros that are dead where the side is. Behind a handle the value is not at hand, only its shape.
        None if handle => {
            let shape = at.s().op("VariableShape").input(at.y(side)).attr("out_type", DType::I32).build();
            at.s().op("Fill").input(shape).input(at.s().constant(0_i32).cast(known.dtype())).build()
        }
        None => zeros_like(at.y(side)),
    });
    let merged = at.s().op("Merge").input_list(sides).build_operation().output(0);
    vec![Some(Gradient::Dense(merged))]
}

fn of_merge<'g>(at: &Forward<'g>) -> Partials<'g> {
    let gradient = at.g();
    at.each(|input| {
        let taken = at.s().op("Equal").input(at.y(1)).input(at.s().constant(input as i32)).build();
        Some(at.s().op("Switch").input(gradient).input(taken).build_operation().output(1))
    })
}
