//! Gradients of reductions by segment, as embeddings of sparse features are combined.

use super::arrays::shape_from;
use super::forward::{Forward, part, select, zero};
use super::registry::{Differentiate, Partials};
use crate::dtype::DType;
use crate::graph::node::Node;

/// The gradient of an op of this family.
pub(super) fn rule(op: &str) -> Option<Differentiate> {
    let rule: Differentiate = match op {
        "SegmentSum" => |at| at.first(gather(at.g(), at.x(1))),
        "SegmentMean" => |at| at.first(gather(at.g() / counts(at), at.x(1))),
        "SegmentMax" | "SegmentMin" => |at| extreme(at, gather(at.y(0), at.x(1)), &gather),
        "UnsortedSegmentSum" => |at| at.first(gather_kept(at.g(), at.x(1))),
        "UnsortedSegmentMax" | "UnsortedSegmentMin" => |at| extreme(at, gather_kept(at.y(0), at.x(1)), &gather_kept),
        "SegmentProd" | "UnsortedSegmentProd" => of_product,
        "SparseSegmentSum" | "SparseSegmentSumWithNumSegments" => |at| sparse(at, "SparseSegmentSumGrad"),
        "SparseSegmentMean" | "SparseSegmentMeanWithNumSegments" => |at| sparse(at, "SparseSegmentMeanGrad"),
        "SparseSegmentSqrtN" | "SparseSegmentSqrtNWithNumSegments" => |at| sparse(at, "SparseSegmentSqrtNGrad"),
        _ => return None,
    };
    Some(rule)
}

/// The row of its segment for each element.
fn gather<'g>(rows: Node<'g>, segments: Node<'g>) -> Node<'g> {
    let scope = rows.scope();
    scope.op("GatherV2").input(rows).input(segments).input(scope.constant(0_i32)).build()
}

/// The same, zeros where the segment is negative: such elements were left out.
fn gather_kept<'g>(rows: Node<'g>, segments: Node<'g>) -> Node<'g> {
    let nothing = segments.unary("ZerosLike");
    let gathered = gather(rows, segments.maximum(nothing));
    let kept = segments.binary("GreaterEqual", nothing);
    let more = gathered.unary("Rank") - segments.unary("Rank");
    let ones = rows.scope().op("Fill").input(more.reshape(&[1])).input(rows.scope().constant(1_i32)).build();
    let kept = kept.reshape_to(shape_from(&[segments.shape_of(), ones]));
    select(kept, gathered, zero(gathered))
}

/// How many elements each segment has, along axes that fit the output.
fn counts<'g>(at: &Forward<'g>) -> Node<'g> {
    let more = at.x(0).unary("Rank") - 1_i32;
    let ones = at.s().op("Fill").input(more.reshape(&[1])).input(at.constant(1_i32)).build();
    let shape = shape_from(&[at.x(1).shape_of(), ones]);
    let one = zero(at.x(0)) + 1.0;
    let ones = at.s().op("Fill").input(shape).input(one).build();
    ones.binary("SegmentSum", at.x(1))
}

/// To the elements that were taken, in equal shares.
fn extreme<'g>(at: &Forward<'g>, best: Node<'g>, gather: &dyn Fn(Node<'g>, Node<'g>) -> Node<'g>) -> Partials<'g> {
    let is_taken = at.x(0).binary("Equal", best);
    let taken = is_taken.cast(at.x(0).dtype());
    let count = match at.count() {
        3 => at.s().op("UnsortedSegmentSum").input(taken).input(at.x(1)).input(at.x(2)).build(),
        _ => taken.binary("SegmentSum", at.x(1)),
    };
    at.first(select(is_taken, gather(at.g() / count, at.x(1)), zero(at.g())))
}

/// The product of the others in the segment: with one zero that of all but it, with more than one nothing.
fn of_product<'g>(at: &Forward<'g>) -> Partials<'g> {
    let (x, is_sorted) = (at.x(0), at.count() == 2);
    let by_segment = |op: &str, node: Node<'g>| match is_sorted {
        true => node.binary(&format!("Segment{op}"), at.x(1)),
        false => at.s().op(&format!("UnsortedSegment{op}")).input(node).input(at.x(1)).input(at.x(2)).build(),
    };
    let spread = |rows: Node<'g>| if is_sorted { gather(rows, at.x(1)) } else { gather_kept(rows, at.x(1)) };
    let is_zero = x.binary("Equal", zero(x));
    let zeros = by_segment("Sum", is_zero.cast(x.dtype()));
    let has_several = zeros.binary("Greater", zero(x) + 1.0);
    let g = select(has_several, zero(x), at.g());
    let not_zero = select(is_zero, zero(x) + 1.0, x);
    let others = select(is_zero, spread(by_segment("Prod", not_zero)), spread(at.y(0)) / not_zero);
    at.first(spread(g) * others)
}

/// TensorFlow has the op for it: gradient, indices, segments, number of rows.
fn sparse<'g>(at: &Forward<'g>, op: &str) -> Partials<'g> {
    let rows = part(at.x(0).shape_of(), 0, 1).reshape(&[]).cast(DType::I32);
    at.first(at.s().op(op).input(at.g()).input(at.x(1)).input(at.x(2)).input(rows).build())
}
