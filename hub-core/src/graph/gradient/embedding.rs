//! Gradients of look-ups: rows of tables stay sparse, what is gathered along other axes is summed up.

use super::arrays::shape_from;
use super::broadcast::inner_shape;
use super::forward::{Forward, part, product, range, transpose};
use super::registry::{Differentiate, Partials};
use super::value::{Gradient, IndexedSlices};
use crate::dtype::DType;
use crate::graph::node::Node;

/// The gradient of an op of this family.
pub(super) fn rule(op: &str) -> Option<Differentiate> {
    let rule: Differentiate = match op {
        "Gather" => |at| vec![Some(rows(at, at.x(0).shape_of()))],
        "GatherV2" => |at| match (at.constant_int(2), at.int("batch_dims")) {
            (Some(0), 0) => vec![Some(rows(at, at.x(0).shape_of()))],
            (Some(axis), batch) => along(at, axis, batch),
            (None, _) => at.refuse("the axis is no constant"),
        },
        "ResourceGather" => |at| match at.int("batch_dims") {
            0 => vec![Some(rows(at, shape_of_variable(at, DType::I32)))],
            _ => at.refuse("batch dimensions of a variable"),
        },
        "GatherNd" => |at| {
            let shape = at.x(0).shape_of().cast(at.x(1).dtype());
            at.first(scatter(at, shape))
        },
        "ResourceGatherNd" => |at| at.first(scatter(at, shape_of_variable(at, at.x(1).dtype()))),
        _ => return None,
    };
    Some(rule)
}

fn shape_of_variable<'g>(at: &Forward<'g>, dtype: DType) -> Node<'g> {
    at.s().op("VariableShape").input(at.x(0)).attr("out_type", dtype).build()
}

fn scatter<'g>(at: &Forward<'g>, shape: Node<'g>) -> Node<'g> {
    at.s().op("ScatterNd").input(at.x(1)).input(at.g()).input(shape).build()
}

/// A row of the gradient for each row that was looked up.
fn rows<'g>(at: &Forward<'g>, dense_shape: Node<'g>) -> Gradient<'g> {
    let indices = at.x(1).reshape(&[-1]);
    let values = at.g().reshape_to(shape_from(&[at.constant([-1_i32]), inner_shape(dense_shape)]));
    Gradient::Sparse(IndexedSlices { indices, values, dense_shape })
}

/// Along any axis: with `[batch, outer, rows, inner]` for the axes before, between, of and after the axis, all is one
/// sum over the rows of each batch.
fn along<'g>(at: &Forward<'g>, axis: i64, batch: i64) -> Partials<'g> {
    let counted = |axis: i64, rank: Option<usize>| match (axis < 0, rank) {
        (false, _) => Some(axis as i32),
        (true, Some(rank)) => i32::try_from(axis + rank as i64).ok(),
        (true, None) => None,
    };
    let axis = counted(axis, at.x(0).shape().rank());
    let batch = counted(batch, at.x(1).shape().rank());
    let (Some(axis), Some(batch)) = (axis, batch) else {
        return at.refuse("the axis counts from the back of an unknown rank");
    };
    let shape = at.x(0).shape_of();
    let batches = product(part(shape, 0, batch));
    let outer = product(part(shape, batch, axis - batch));
    let count = part(shape, axis, 1).reshape(&[]);
    let inner = product(part(shape, axis + 1, -1));
    let found = product(part(at.x(1).shape_of(), batch, -1));
    let g = at.g().reshape_to(shape_from(&[batches, outer, found, inner]));
    let swap = at.constant([0_i32, 2, 1, 3]);
    let g = transpose(g, swap).reshape_to(shape_from(&[batches * found, outer * inner]));
    let indices = at.x(1).cast(DType::I32).reshape_to(shape_from(&[batches, found]));
    let first = (range(batches) * count).reshape(&[-1, 1]);
    let indices = (indices + first).reshape(&[-1]);
    let sum = at.s().op("UnsortedSegmentSum").input(g).input(indices).input(batches * count).build();
    let sum = transpose(sum.reshape_to(shape_from(&[batches, count, outer, inner])), swap);
    at.first(sum.reshape_to(shape))
}
