//! What happens to gradients before the optimizer sees them: clipping, and rows of sparse ones made distinct.
//!
//! The formulas are TensorFlow's `clip_by_value`, `clip_by_norm` and `clip_by_global_norm`; of a sparse gradient the rows
//! are clipped as they come, and only then made distinct, as Keras does.

use hub_core::DType;
use hub_core::graph::{Gradient, IndexedSlices, Node};

use super::options::OptimizerOptions;

/// The gradients within the limits that the options set, rows of sparse ones distinct.
pub(crate) fn prepare<'g>(gradients: Vec<Gradient<'g>>, options: &OptimizerOptions) -> Vec<Gradient<'g>> {
    let clipped = if let Some(limit) = options.clip_value {
        gradients.into_iter().map(|g| on_values(g, |v| v.maximum(-limit).minimum(limit))).collect()
    } else if let Some(limit) = options.clip_norm {
        gradients.into_iter().map(|g| on_values(g, |v| clip_by_norm(v, limit))).collect()
    } else if let Some(limit) = options.global_clip_norm {
        clip_by_global_norm(gradients, limit)
    } else {
        gradients
    };
    clipped.into_iter().map(distinct).collect()
}

/// v · limit / max(|v|, limit).
fn clip_by_norm<'g>(values: Node<'g>, limit: f64) -> Node<'g> {
    values * limit / sum_of_squares(values).sqrt().maximum(limit)
}

/// Each times limit · min(1 / norm, 1 / limit), where norm is that of all together.
fn clip_by_global_norm(gradients: Vec<Gradient<'_>>, limit: f64) -> Vec<Gradient<'_>> {
    let Some(first) = gradients.first() else { return gradients };
    let dtype = values_of(*first).dtype();
    let squares: Vec<_> = gradients.iter().map(|g| sum_of_squares(values_of(*g)).cast(dtype)).collect();
    let norm = values_of(*first).scope().op("AddN").input_list(squares).build().sqrt();
    let one = norm.scope().constant(1.0).cast(dtype);
    let scale = (one / norm).minimum(1.0 / limit) * limit;
    gradients.into_iter().map(|g| on_values(g, |values| values * scale.cast(values.dtype()))).collect()
}

fn sum_of_squares(values: Node<'_>) -> Node<'_> {
    values.square().reshape(&[-1]).reduce_sum([0])
}

fn values_of(gradient: Gradient<'_>) -> Node<'_> {
    match gradient {
        Gradient::Dense(node) => node,
        Gradient::Sparse(slices) => slices.values,
    }
}

fn on_values<'g>(gradient: Gradient<'g>, change: impl Fn(Node<'g>) -> Node<'g>) -> Gradient<'g> {
    match gradient {
        Gradient::Dense(node) => Gradient::Dense(change(node)),
        Gradient::Sparse(slices) => Gradient::Sparse(IndexedSlices { values: change(slices.values), ..slices }),
    }
}

/// Rows that are named twice added up.
fn distinct(gradient: Gradient<'_>) -> Gradient<'_> {
    let Gradient::Sparse(slices) = gradient else { return gradient };
    let scope = slices.values.scope();
    let unique = scope.op("Unique").input(slices.indices).attr("out_idx", DType::I32).build_operation();
    let (rows, places) = (unique.output(0), unique.output(1));
    let count = scope.op("Size").input(rows).attr("out_type", DType::I32).build();
    let values = scope.op("UnsortedSegmentSum").input(slices.values).input(places).input(count).build();
    Gradient::Sparse(IndexedSlices { indices: rows, values, ..slices })
}
