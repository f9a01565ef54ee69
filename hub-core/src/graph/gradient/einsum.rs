//! The gradient of Einsum: another Einsum of the gradient and the other operand.
//!
//! Equations of one and of two operands, with labels that are only summed and with an ellipsis. A label that stands
//! twice in one operand (a diagonal) is refused.

use super::broadcast::reduce_to;
use super::forward::{Forward, join, part};
use super::registry::{Differentiate, Partials};
use crate::graph::node::Node;

/// The gradient of an op of this family.
pub(super) fn rule(op: &str) -> Option<Differentiate> {
    (op == "Einsum").then_some(of_einsum as Differentiate)
}

/// The ellipsis as one label among letters.
const REST: char = '.';

fn of_einsum<'g>(at: &Forward<'g>) -> Partials<'g> {
    let equation = at.text("equation").replace(' ', "").replace("...", ".");
    let Some((operands, output)) = equation.split_once("->") else {
        return at.refuse("the equation names no output");
    };
    let operands: Vec<&str> = operands.split(',').collect();
    let repeated = |labels: &str| labels.char_indices().any(|(place, label)| labels[..place].contains(label));
    if operands.len() != at.count() || operands.len() > 2 || operands.iter().any(|labels| repeated(labels)) {
        return at.refuse("a label stands twice in one operand");
    }
    if operands.iter().any(|labels| labels.contains(REST)) && !output.contains(REST) {
        return at.refuse("the ellipsis is summed");
    }
    let summed = |labels: &&str| {
        labels.chars().any(|l| operands.iter().filter(|o| o.contains(l)).count() == 1 && !output.contains(l))
    };
    if equation.contains(REST) && operands.iter().any(summed) {
        return at.refuse("an operand with an ellipsis has labels that are only summed");
    }
    at.each(|input| Some(by_operand(at, &operands, output, input)))
}

/// By one operand: what only it has was summed, so its gradient is repeated there.
fn by_operand<'g>(at: &Forward<'g>, operands: &[&str], output: &str, input: usize) -> Node<'g> {
    let (own, other) = (operands[input], (operands.len() == 2).then(|| 1 - input));
    let elsewhere = |label: char| output.contains(label) || other.is_some_and(|other| operands[other].contains(label));
    let shared: String = own.chars().filter(|label| elsewhere(*label)).collect();
    // An operand without the ellipsis may still meet the other's: it comes along and is summed.
    let comes_along = output.contains(REST) && !own.contains(REST);
    let result = if comes_along { format!("{REST}{shared}") } else { shared.clone() };
    let factors = std::iter::once(at.g()).chain(other.map(|other| at.x(other)));
    let names = std::iter::once(output).chain(other.map(|other| operands[other])).collect::<Vec<_>>().join(",");
    let equation = format!("{names}->{result}").replace(REST, "...");
    let product = at.s().op("Einsum").input_list(factors).attr("equation", equation).build();
    if shared.len() == own.len() {
        return reduce_to(product, at.x(input));
    }
    repeat(at.x(input), own, &shared, product)
}

/// Repeats along the labels that are not shared.
fn repeat<'g>(operand: Node<'g>, own: &str, shared: &str, product: Node<'g>) -> Node<'g> {
    let shape = operand.shape_of();
    let size = |(axis, label): (usize, char)| match shared.contains(label) {
        true => part(shape, axis as i32, 1),
        false => operand.scope().constant([1_i32]),
    };
    let sizes: Vec<_> = own.char_indices().map(size).collect();
    product.reshape_to(join(&sizes)).binary("BroadcastTo", shape)
}
