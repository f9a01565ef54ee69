//! Gradients of reductions, running sums and the softmax.

use super::forward::{Forward, expand, join, product, range, transpose};
use super::registry::{Differentiate, Partials};
use crate::dtype::DType;
use crate::graph::node::Node;
use crate::tensor::Tensor;

/// The gradient of an op of this family.
pub(super) fn rule(op: &str) -> Option<Differentiate> {
    let rule: Differentiate = match op {
        "Sum" => |at| at.first(spread(at, at.g())),
        "Mean" => |at| {
            let count = size(at.x(0)).binary("FloorDiv", size(at.y(0)).maximum(1_i64));
            at.first(spread(at, at.g()) / count.cast(at.x(0).dtype()))
        },
        "Max" | "Min" => extreme,
        "Prod" => of_product,
        "EuclideanNorm" => |at| at.first(at.x(0) * kept(at, at.g()).binary("DivNoNan", kept(at, at.y(0)))),
        "Cumsum" => |at| at.first(running(at, at.g())),
        "Cumprod" => |at| {
            let sum = running(at, at.like("Cumprod", &SCAN).input(at.x(0)).input(at.x(1)).build() * at.g());
            at.first(sum.binary("DivNoNan", at.x(0)))
        },
        "Softmax" => |at| at.first((at.g() - along_last(at.g() * at.y(0))) * at.y(0)),
        "LogSoftmax" => |at| at.first(at.g() - along_last(at.g()) * at.y(0).exp()),
        _ => return None,
    };
    Some(rule)
}

const SCAN: [&str; 2] = ["exclusive", "reverse"];

/// How many elements there are, int64.
fn size(node: Node<'_>) -> Node<'_> {
    match node.shape().to_known() {
        Some(shape) => node.scope().constant(shape.iter().product::<usize>() as i64),
        None => node.scope().op("Size").input(node).attr("out_type", DType::I64).build(),
    }
}

/// The sum along the last axis, which stays with size 1.
pub(super) fn along_last(node: Node<'_>) -> Node<'_> {
    let axis = node.scope().constant(Tensor::from([-1_i32]));
    node.scope().op("Sum").input(node).input(axis).attr("keep_dims", true).build()
}

/// The axes as int32, none negative.
fn axes<'g>(at: &Forward<'g>) -> Node<'g> {
    let rank = at.x(0).unary("Rank");
    at.x(1).cast(DType::I32).reshape(&[-1]).binary("FloorMod", rank)
}

/// A node of the output's shape, with the reduced axes as axes of size 1.
fn kept<'g>(at: &Forward<'g>, node: Node<'g>) -> Node<'g> {
    if at.flag("keep_dims") {
        return node;
    }
    let axes = axes(at);
    let all = range(at.x(0).unary("Rank"));
    let ones = axes.unary("OnesLike");
    let stitch = at.s().op("DynamicStitch").input_list([all, axes]).input_list([at.x(0).shape_of(), ones]);
    node.reshape_to(stitch.build())
}

/// A node of the output's shape, repeated along the reduced axes.
fn spread<'g>(at: &Forward<'g>, node: Node<'g>) -> Node<'g> {
    kept(at, node).binary("BroadcastTo", at.x(0).shape_of())
}

/// To the elements that were taken, in equal shares.
fn extreme<'g>(at: &Forward<'g>) -> Partials<'g> {
    let taken = at.x(0).binary("Equal", kept(at, at.y(0))).cast(at.x(0).dtype());
    let count = at.s().op("Sum").input(taken).input(at.x(1)).attr("keep_dims", true).build();
    at.first(taken / count * kept(at, at.g()))
}

/// The product of the others, from before and from behind, so that zeros do no harm.
fn of_product<'g>(at: &Forward<'g>) -> Partials<'g> {
    let (x, reduced) = (at.x(0), axes(at));
    let others = at.s().op("ListDiff").input(range(x.unary("Rank"))).input(reduced).build();
    let order = join(&[reduced, others]);
    let moved = transpose(x, order);
    let sizes = at.s().op("GatherV2").input(x.shape_of()).input(reduced).input(at.constant(0_i32)).build();
    let rows = join(&[product(sizes).reshape(&[1]), at.constant([-1_i32])]);
    let matrix = moved.reshape_to(rows);
    let run = |reverse: bool| {
        let run = at.s().op("Cumprod").input(matrix).input(at.constant(0_i32));
        run.attr("exclusive", true).attr("reverse", reverse).build()
    };
    let others = (run(false) * run(true)).reshape_to(moved.shape_of());
    at.first(kept(at, at.g()) * transpose(others, order.unary("InvertPermutation")))
}

/// The running sum from the other end.
fn running<'g>(at: &Forward<'g>, node: Node<'g>) -> Node<'g> {
    let sum = at.s().op("Cumsum").input(node).input(at.x(1));
    sum.attr("exclusive", at.flag("exclusive")).attr("reverse", !at.flag("reverse")).build()
}

/// The part of a cross-entropy's gradient by the logits that comes back to its second output.
pub(super) fn through_softmax<'g>(logits: Node<'g>, g: Node<'g>) -> Node<'g> {
    let softmax = logits.softmax();
    (g - along_last(g * softmax)) * softmax
}

/// A gradient for each row, times the row.
pub(super) fn by_row<'g>(g: Node<'g>, rows: Node<'g>) -> Node<'g> {
    expand(g, -1) * rows
}
