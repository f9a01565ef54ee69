//! Gradients of what puts elements into another order or place: transposing, reversing, blocks, diagonals, scattering.

use super::forward::{Forward, expand, join, part, product, range, transpose, zero, zeros_like};
use super::reductions::along_last;
use super::registry::{Differentiate, Partials};
use crate::graph::node::Node;

/// The gradient of an op of this family.
pub(super) fn rule(op: &str) -> Option<Differentiate> {
    ordering(op).or_else(|| diagonals(op)).or_else(|| scattering(op))
}

/// Ops that only change the order.
fn ordering(op: &str) -> Option<Differentiate> {
    let rule: Differentiate = match op {
        "Transpose" => |at| at.first(transpose(at.g(), at.x(1).unary("InvertPermutation"))),
        "ReverseV2" | "Reverse" => {
            |at| at.first(at.like(&at.y(0).operation().op(), &[]).input(at.g()).input(at.x(1)).build())
        }
        "ReverseSequence" => {
            |at| at.first(at.like("ReverseSequence", &["seq_dim", "batch_dim"]).input(at.g()).input(at.x(1)).build())
        }
        "Roll" => |at| at.first(at.s().op("Roll").input(at.g()).input(-at.x(1)).input(at.x(2)).build()),
        "SpaceToBatch" => |at| at.first(at.like("BatchToSpace", &BLOCK[..1]).input(at.g()).input(at.x(1)).build()),
        "BatchToSpace" => |at| at.first(at.like("SpaceToBatch", &BLOCK[..1]).input(at.g()).input(at.x(1)).build()),
        "SpaceToBatchND" => |at| at.first(blocks(at, "BatchToSpaceND")),
        "BatchToSpaceND" => |at| at.first(blocks(at, "SpaceToBatchND")),
        "SpaceToDepth" => |at| at.first(at.like("DepthToSpace", &BLOCK).input(at.g()).build()),
        "DepthToSpace" => |at| at.first(at.like("SpaceToDepth", &BLOCK).input(at.g()).build()),
        _ => return None,
    };
    Some(rule)
}

const BLOCK: [&str; 2] = ["block_size", "data_format"];

fn blocks<'g>(at: &Forward<'g>, op: &str) -> Node<'g> {
    at.s().op(op).input(at.g()).input(at.x(1)).input(at.x(2)).build()
}

/// Diagonals and bands of matrices.
fn diagonals(op: &str) -> Option<Differentiate> {
    let rule: Differentiate = match op {
        "MatrixBandPart" => {
            |at| at.first(at.s().op("MatrixBandPart").input(at.g()).input(at.x(1)).input(at.x(2)).build())
        }
        "Diag" => |at| at.first(at.g().unary("DiagPart")),
        "DiagPart" => |at| at.first(at.g().unary("Diag")),
        "MatrixDiag" => |at| at.first(at.g().unary("MatrixDiagPart")),
        "MatrixDiagPart" => |at| {
            let zeros = zeros_like(at.x(0));
            at.first(zeros.binary("MatrixSetDiag", at.g()))
        },
        "MatrixDiagV2" => |at| at.first(diagonal_v2(at, at.g(), at.x(1))),
        "MatrixDiagPartV2" => |at| at.first(set_diagonal_v2(at, zeros_like(at.x(0)), at.g(), at.x(1))),
        "MatrixSetDiag" => |at| {
            at.each(|input| {
                Some(match input {
                    0 => at.g().binary("MatrixSetDiag", zeros_like(at.x(1))),
                    _ => at.g().unary("MatrixDiagPart"),
                })
            })
        },
        "MatrixSetDiagV2" => |at| {
            at.each(|input| {
                Some(match input {
                    0 => set_diagonal_v2(at, at.g(), zeros_like(at.x(1)), at.x(2)),
                    _ => diagonal_v2(at, at.g(), at.x(2)),
                })
            })
        },
        "MatrixDiagV3" => |at| at.first(diagonal(at, at.g(), at.x(1))),
        "MatrixDiagPartV3" => |at| at.first(set_diagonal(at, zeros_like(at.x(0)), at.g(), at.x(1))),
        "MatrixSetDiagV3" => |at| {
            at.each(|input| {
                Some(match input {
                    0 => set_diagonal(at, at.g(), zeros_like(at.x(1)), at.x(2)),
                    _ => diagonal(at, at.g(), at.x(2)),
                })
            })
        },
        _ => return None,
    };
    Some(rule)
}

fn diagonal<'g>(at: &Forward<'g>, matrix: Node<'g>, which: Node<'g>) -> Node<'g> {
    at.like("MatrixDiagPartV3", &["align"]).input(matrix).input(which).input(zero(matrix)).build()
}

fn set_diagonal<'g>(at: &Forward<'g>, matrix: Node<'g>, values: Node<'g>, which: Node<'g>) -> Node<'g> {
    at.like("MatrixSetDiagV3", &["align"]).input(matrix).input(values).input(which).build()
}

fn diagonal_v2<'g>(at: &Forward<'g>, matrix: Node<'g>, which: Node<'g>) -> Node<'g> {
    at.s().op("MatrixDiagPartV2").input(matrix).input(which).input(zero(matrix)).build()
}

fn set_diagonal_v2<'g>(at: &Forward<'g>, matrix: Node<'g>, values: Node<'g>, which: Node<'g>) -> Node<'g> {
    at.s().op("MatrixSetDiagV2").input(matrix).input(values).input(which).build()
}

/// Ops that put elements to named places, or take them from there.
fn scattering(op: &str) -> Option<Differentiate> {
    let rule: Differentiate = match op {
        "ScatterNd" => |at| at.at(1, at.g().binary("GatherNd", at.x(0))),
        "TensorScatterUpdate" => |at| {
            let update = |zeros| at.s().op("TensorScatterUpdate").input(at.g()).input(at.x(1)).input(zeros).build();
            at.each(|input| {
                Some(match input {
                    0 => update(zeros_like(at.x(2))),
                    _ => at.g().binary("GatherNd", at.x(1)),
                })
            })
        },
        "TensorScatterAdd" => {
            |at| at.each(|input| Some(if input == 0 { at.g() } else { at.g().binary("GatherNd", at.x(1)) }))
        }
        "TensorScatterSub" => {
            |at| at.each(|input| Some(if input == 0 { at.g() } else { -at.g().binary("GatherNd", at.x(1)) }))
        }
        "ScatterNdNonAliasingAdd" => {
            |at| at.each(|input| Some(if input == 0 { at.g() } else { at.g().binary("GatherNd", at.x(1)) }))
        }
        "TensorScatterMax" | "TensorScatterMin" => of_scattered_extreme,
        "TensorStridedSliceUpdate" => of_strided_update,
        "TopKV2" => of_largest,
        "NthElement" => |at| {
            let taken = at.x(0).binary("Equal", expand(at.y(0), -1)).cast(at.x(0).dtype());
            at.first(taken / along_last(taken) * expand(at.g(), -1))
        },
        _ => return None,
    };
    Some(rule)
}

/// To the element or to the updates that were taken, in equal shares.
fn of_scattered_extreme<'g>(at: &Forward<'g>) -> Partials<'g> {
    let (x, places, updates) = (at.x(0), at.x(1), at.x(2));
    let is_kept = x.binary("Equal", at.y(0)).cast(x.dtype());
    let is_taken = updates.binary("Equal", at.y(0).binary("GatherNd", places)).cast(x.dtype());
    let scatter = at.s().op("ScatterNd").input(places).input(is_taken);
    let shares = is_kept + scatter.input(x.shape_of().cast(places.dtype())).build();
    at.each(|input| {
        Some(match input {
            0 => at.g() * is_kept / shares,
            _ => (at.g() / shares).binary("GatherNd", places) * is_taken,
        })
    })
}

/// By the tensor outside the slice, by the update within it.
fn of_strided_update<'g>(at: &Forward<'g>) -> Partials<'g> {
    let masks = ["begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask"];
    let slice = |op: &str| at.like(op, &masks).input(at.g()).input(at.x(1)).input(at.x(2)).input(at.x(3));
    at.each(|input| {
        Some(match input {
            0 => slice("TensorStridedSliceUpdate").input(zeros_like(at.x(4))).build(),
            _ => slice("StridedSlice").build(),
        })
    })
}

/// To the places in each row that were chosen.
fn of_largest<'g>(at: &Forward<'g>) -> Partials<'g> {
    let (shape, chosen) = (at.x(0).shape_of(), at.y(1));
    let rank = at.x(0).unary("Rank");
    let last = |vector: Node<'g>| {
        let start = (rank - 1_i32).reshape(&[1]);
        at.s().op("Slice").input(vector).input(start).input(at.constant([1_i32])).build()
    };
    let (width, count) = (last(shape), last(chosen.shape_of()));
    let rows = chosen.cast(crate::dtype::DType::I32).reshape_to(join(&[at.constant([-1_i32]), count]));
    let first = range(part(rows.shape_of(), 0, 1).reshape(&[])) * width;
    let places = (rows + expand(first, 1)).reshape(&[-1, 1]);
    let all = product(shape).reshape(&[1]);
    let flat = at.s().op("ScatterNd").input(places).input(at.g().reshape(&[-1])).input(all).build();
    at.first(flat.reshape_to(shape))
}
