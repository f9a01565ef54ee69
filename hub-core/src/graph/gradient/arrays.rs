//! Gradients of what moves elements without computing: shapes, parts, joins, copies.

use super::broadcast::{by_shape, sum_all};
use super::forward::{Forward, expand, join, pack, range};
use super::registry::{Differentiate, Partials};
use super::value::Gradient;
use crate::dtype::DType;
use crate::graph::node::Node;

/// The gradient of an op of this family.
pub(super) fn rule(op: &str) -> Option<Differentiate> {
    passing(op).or_else(|| joining(op)).or_else(|| cutting(op))
}

/// Ops whose value is their input's, in its shape or another.
fn passing(op: &str) -> Option<Differentiate> {
    let rule: Differentiate = match op {
        "Identity"
        | "IdentityN"
        | "Snapshot"
        | "PlaceholderWithDefault"
        | "EnsureShape"
        | "CheckNumerics"
        | "CheckNumericsV2"
        | "Print"
        | "DebugIdentity"
        | "DebugIdentityV2" => |at| (0..at.count()).map(|input| at.upstream(input)).collect(),
        "Reshape" | "ExpandDims" | "Squeeze" => |at| at.first(at.g().reshape_to(at.x(0).shape_of())),
        "BroadcastTo" => |at| at.first(by_shape(at.g(), at.x(0).shape_of())),
        "Fill" => |at| at.at(1, sum_all(at.g())),
        "Tile" => |at| {
            let both = expand(at.x(1).cast(DType::I32), 1);
            let sizes = at.s().op("ConcatV2").input_list([both, expand(at.x(0).shape_of(), 1)]);
            let sizes = sizes.input(at.constant(1_i32)).build().reshape(&[-1]);
            let every_other = at.s().op("Range").input(at.constant(0_i32));
            let every_other = every_other.input(sizes.unary("Size")).input(at.constant(2_i32)).build();
            at.first(at.s().op("Sum").input(at.g().reshape_to(sizes)).input(every_other).build())
        },
        _ => return None,
    };
    Some(rule)
}

/// Ops that make one tensor of several.
fn joining(op: &str) -> Option<Differentiate> {
    let rule: Differentiate = match op {
        "ConcatV2" => |at| of_concatenation(at, at.count() - 1, 0),
        "Concat" => |at| of_concatenation(at, 0, 1),
        "Pack" => |at| {
            let parts = at.like("Unpack", &["axis"]).attr("num", at.int("N")).input(at.g()).build_outputs();
            parts.into_iter().map(|part| Some(Gradient::Dense(part))).collect()
        },
        "DynamicStitch" | "ParallelDynamicStitch" => |at| {
            let (count, g) = (at.count() / 2, at.g());
            at.each(|input| {
                let index = input.checked_sub(count)?;
                Some(at.s().op("GatherV2").input(g).input(at.x(index)).input(at.constant(0_i32)).build())
            })
        },
        _ => return None,
    };
    Some(rule)
}

/// Ops that take parts.
fn cutting(op: &str) -> Option<Differentiate> {
    let rule: Differentiate = match op {
        "Unpack" => |at| at.first(at.like("Pack", &["axis"]).input_list(at.all_g()).build()),
        "Split" => |at| at.at(1, at.s().op("ConcatV2").input_list(at.all_g()).input(at.x(0)).build()),
        "SplitV" => |at| at.first(at.s().op("ConcatV2").input_list(at.all_g()).input(at.x(2)).build()),
        "Slice" => |at| {
            let before = at.x(1).cast(DType::I32);
            let after = at.x(0).shape_of() - at.y(0).shape_of() - before;
            let paddings = at.s().op("Pack").input_list([before, after]).attr("axis", 1_i64).build();
            at.first(at.g().binary("Pad", paddings))
        },
        "StridedSlice" => |at| {
            let masks = ["begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask"];
            let shape = at.x(0).shape_of().cast(at.x(1).dtype());
            let back = at.like("StridedSliceGrad", &masks).input(shape);
            at.first(back.input(at.x(1)).input(at.x(2)).input(at.x(3)).input(at.g()).build())
        },
        "Pad" | "PadV2" => |at| {
            let first = at.s().op("Unpack").input(at.x(1)).attr("num", 2_i64).attr("axis", 1_i64).build();
            let size = at.x(0).shape_of().cast(at.x(1).dtype());
            at.first(at.s().op("Slice").input(at.g()).input(first).input(size).build())
        },
        "MirrorPad" => |at| at.first(at.like("MirrorPadGrad", &["mode"]).input(at.g()).input(at.x(1)).build()),
        "DynamicPartition" => of_partition,
        _ => return None,
    };
    Some(rule)
}

/// To each part its own stretch of the gradient.
fn of_concatenation<'g>(at: &Forward<'g>, axis: usize, first: usize) -> Partials<'g> {
    let parts = first..first + at.count() - 1;
    if parts.len() == 1 {
        return at.each(|input| parts.contains(&input).then(|| at.g()));
    }
    let shapes: Vec<_> = parts.clone().map(|input| at.x(input).shape_of()).collect();
    let rank = at.x(first).unary("Rank");
    let axis = at.x(axis).cast(DType::I32).binary("FloorMod", rank);
    let starts = at.s().op("ConcatOffset").input(axis).input_list(shapes.iter().copied()).build_outputs();
    let g = at.g();
    at.each(|input| {
        let part = input.checked_sub(first)?;
        Some(at.s().op("Slice").input(g).input(*starts.get(part)?).input(*shapes.get(part)?).build())
    })
}

/// The parts put back where they came from.
fn of_partition<'g>(at: &Forward<'g>) -> Partials<'g> {
    let places = at.x(1).shape_of();
    let original = range(at.x(1).unary("Size")).reshape_to(places);
    let parts = at.like("DynamicPartition", &["num_partitions"]).input(original).input(at.x(1)).build_outputs();
    let whole = at.s().op("ParallelDynamicStitch").input_list(parts).input_list(at.all_g()).build();
    at.first(whole.reshape_to(at.x(0).shape_of()))
}

/// A shape whose parts are vectors and scalars of int32.
pub(super) fn shape_from<'g>(parts: &[Node<'g>]) -> Node<'g> {
    let vector = |part: &Node<'g>| if part.shape().rank() == Some(0) { pack(&[*part]) } else { *part };
    join(&parts.iter().map(vector).collect::<Vec<_>>())
}
