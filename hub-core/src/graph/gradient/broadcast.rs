//! Sums over what broadcasting repeated.

use super::forward::part;
use crate::dtype::DType;
use crate::graph::node::Node;
use crate::tensor::Tensor;

/// `gradient` summed over the axes along which `input` was broadcast, in the shape of `input`.
///
/// Nothing is added to the graph where the shapes are known to agree, one sum where those of the input are known.
pub(super) fn reduce_to<'g>(gradient: Node<'g>, input: Node<'g>) -> Node<'g> {
    let (from, to) = (gradient.shape(), input.shape());
    if from.to_known().is_some_and(|from| to.to_known() == Some(from)) {
        return gradient;
    }
    match (from.dimensions(), to.to_known()) {
        (Some(from), Some(to)) if from.len() >= to.len() => by_known_axes(gradient, from, &to),
        _ => by_shape(gradient, input.shape_of()),
    }
}

/// The axes that are missing in the input, or of size 1 there, are summed.
fn by_known_axes<'g>(gradient: Node<'g>, from: &[Option<usize>], to: &[usize]) -> Node<'g> {
    let new = from.len() - to.len();
    let repeated = |axis: &usize| *axis < new || (to[*axis - new] == 1 && from[*axis] != Some(1));
    let axes: Vec<i32> = (0..from.len()).filter(repeated).map(|axis| axis as i32).collect();
    let sum = match axes.is_empty() {
        true => gradient,
        false => sum(gradient, gradient.scope().constant(Tensor::vector(axes))),
    };
    match sum.shape().to_known().as_deref() == Some(to) {
        true => sum,
        false => sum.reshape(&to.iter().map(|size| *size as i32).collect::<Vec<_>>()),
    }
}

/// The same where only the run knows the shapes.
pub(super) fn by_shape<'g>(gradient: Node<'g>, shape: Node<'g>) -> Node<'g> {
    let scope = gradient.scope();
    let full = gradient.shape_of();
    let axes = scope.op("BroadcastGradientArgs").input(shape.cast(DType::I32)).input(full).build();
    sum(gradient, axes).reshape_to(shape)
}

/// The sum over the axes that a vector names.
fn sum<'g>(node: Node<'g>, axes: Node<'g>) -> Node<'g> {
    node.scope().op("Sum").input(node).input(axes).attr("keep_dims", false).build()
}

/// The sum of all elements, a scalar.
pub(super) fn sum_all(node: Node<'_>) -> Node<'_> {
    let flat = node.reshape(&[-1]);
    sum(flat, flat.scope().constant(0_i32))
}

/// The shape without its first dimension.
pub(super) fn inner_shape(shape: Node<'_>) -> Node<'_> {
    part(shape, 1, -1)
}
