//! Gradients of ragged and sparse tensors in their parts: values move, the partitions and places have none.

use super::broadcast::sum_all;
use super::forward::{Forward, part, range, transpose};
use super::registry::{Differentiate, Partials};
use super::value::{Gradient, IndexedSlices};
use crate::graph::node::Node;

/// The gradient of an op of this family.
pub(super) fn rule(op: &str) -> Option<Differentiate> {
    of_ragged(op).or_else(|| of_sparse(op))
}

fn of_ragged(op: &str) -> Option<Differentiate> {
    let rule: Differentiate = match op {
        "RaggedTensorToTensor" => of_ragged_to_tensor,
        "RaggedTensorToSparse" => |at| {
            let values = at.count() - 1;
            at.at(values, at.g_at(1).reshape_to(at.x(values).shape_of()))
        },
        "RaggedGather" => of_ragged_gather,
        "RaggedTensorToVariant" => |at| {
            let values = at.count() - 1;
            let splits = if values == 0 { at.constant(0_i64) } else { at.x(0) };
            let back = at.s().op("RaggedTensorToVariantGradient").input(at.g()).input(splits);
            at.at(values, back.input(at.x(values).shape_of()).attr("Tvalues", at.x(values).dtype()).build())
        },
        "RaggedTensorFromVariant" => |at| {
            let values = at.operation().outputs().len() - 1;
            let is_batched = match at.x(0).shape().rank() {
                Some(rank) => rank > 0,
                None => at.int("output_ragged_rank") > 0,
            };
            let back = at.s().op("RaggedTensorToVariant").input_list((0..values).map(|split| at.y(split)));
            at.first(back.input(at.g_at(values)).attr("batched_input", is_batched).build())
        },
        _ => return None,
    };
    Some(rule)
}

/// To the values that were taken, and to the default what is left.
fn of_ragged_to_tensor<'g>(at: &Forward<'g>) -> Partials<'g> {
    let (values, default) = (at.x(1), at.x(2));
    let shape = values.shape_of();
    let partitions = at.texts("row_partition_types");
    let rank = partitions.iter().filter(|kind| *kind != "FIRST_DIM_SIZE").count();
    // The same tensor once more, of the numbers of the rows instead of the rows.
    let outer = part(at.g().shape_of(), 0, i32::try_from(rank).unwrap_or(0) + 1);
    let numbers = at.like("RaggedTensorToTensor", &["row_partition_types"]).input(outer);
    let numbers = numbers.input(range(part(shape, 0, 1).reshape(&[]))).input(at.constant(-1_i32));
    let numbers = numbers.input_list((3..at.count()).map(|input| at.x(input))).build();
    let is_value = numbers.binary("NotEqual", at.constant(-1_i32));
    let chosen = |of: Node<'g>, which: Node<'g>| of.binary("GatherNd", which.unary("Where"));
    let mut partials = vec![None; at.count()];
    if at.wants(1) {
        let slices =
            IndexedSlices { indices: chosen(numbers, is_value), values: chosen(at.g(), is_value), dense_shape: shape };
        partials[1] = Some(Gradient::Sparse(slices));
    }
    if at.wants(2) {
        let rest = chosen(at.g(), is_value.unary("LogicalNot"));
        let inner = super::broadcast::by_shape(rest, default.shape_of());
        partials[2] = Some(Gradient::Dense(inner));
    }
    partials
}

/// Back to the rows that were taken, which the outermost splits and those below lead to.
fn of_ragged_gather<'g>(at: &Forward<'g>) -> Partials<'g> {
    let (values, indices) = (at.count() - 2, at.x(at.count() - 1));
    let gather = |from: Node<'g>, which: Node<'g>| {
        at.s().op("GatherV2").input(from).input(which).input(at.constant(0_i32)).build()
    };
    let splits = (1..values).fold(at.x(0), |splits, level| gather(at.x(level), splits));
    let (starts, ends) = (gather(splits, indices), gather(part(splits, 1, -1), indices));
    let one = at.constant(1_i32).cast(splits.dtype());
    let rows = at.s().op("RaggedRange").input(starts).input(ends).input(one).build_outputs();
    let Some(rows) = rows.get(1) else { return Vec::new() };
    let came = at.g_at(at.operation().outputs().len() - 1);
    let slices = IndexedSlices { indices: *rows, values: came, dense_shape: at.x(values).shape_of() };
    let mut partials = vec![None; values];
    partials.push(Some(Gradient::Sparse(slices)));
    partials
}

fn of_sparse(op: &str) -> Option<Differentiate> {
    let rule: Differentiate = match op {
        "SparseToDense" => |at| {
            let taken = at.g().binary("GatherNd", at.x(0));
            at.each(|input| match input {
                2 => Some(taken),
                3 => Some(sum_all(at.g()) - sum_all(taken)),
                _ => None,
            })
        },
        "SparseReorder" => |at| {
            let places = range(at.x(1).unary("Size"));
            let order = at.s().op("SparseReorder").input(at.x(0)).input(places).input(at.x(2)).build_outputs();
            let Some(order) = order.get(1) else { return Vec::new() };
            let back = order.unary("InvertPermutation");
            at.at(1, at.s().op("GatherV2").input(at.g_at(1)).input(back).input(at.constant(0_i32)).build())
        },
        "SparseFillEmptyRows" => |at| {
            let back = at.s().op("SparseFillEmptyRowsGrad").input(at.y(3)).input(at.g_at(1)).build_outputs();
            at.each(|input| match input {
                1 => back.first().copied(),
                3 => back.get(1).copied(),
                _ => None,
            })
        },
        "SparseTensorDenseMatMul" => of_sparse_product,
        "SparseTensorDenseAdd" => |at| {
            at.each(|input| match input {
                1 => Some(at.g().binary("GatherNd", at.x(0))),
                3 => Some(at.g()),
                _ => None,
            })
        },
        _ => return None,
    };
    Some(rule)
}

/// By the stored elements and by the dense matrix.
fn of_sparse_product<'g>(at: &Forward<'g>) -> Partials<'g> {
    let (turn_a, turn_b) = (at.flag("adjoint_a"), at.flag("adjoint_b"));
    let swap = || at.constant([1_i32, 0]);
    let column = |index: i32| {
        let gather = at.s().op("GatherV2").input(at.x(0)).input(at.constant(index));
        gather.input(at.constant(1_i32)).build()
    };
    let rows =
        |of: Node<'g>, which: Node<'g>| at.s().op("GatherV2").input(of).input(which).input(at.constant(0_i32)).build();
    at.each(|input| match input {
        1 => {
            let (row, inner) = if turn_a { (1, 0) } else { (0, 1) };
            let right = if turn_b { transpose(at.x(3), swap()) } else { at.x(3) };
            let product = rows(at.g(), column(row)) * rows(right, column(inner));
            Some(product.reduce_sum([1]))
        }
        3 => {
            let product = at.s().op("SparseTensorDenseMatMul").input(at.x(0)).input(at.x(1)).input(at.x(2));
            let product = product.input(at.g()).attr("adjoint_a", !turn_a).attr("adjoint_b", false).build();
            Some(if turn_b { transpose(product, swap()) } else { product })
        }
        _ => None,
    })
}
