//! What a gradient is: a tensor like the value, or some rows of one.
//!
//! Made by the walk and the op gradients; optimizers update only the rows that a sparse one names.

use crate::dtype::DType;
use crate::graph::node::Node;

/// Rows of a tensor: the others are zero, and a row that is named twice counts twice.
#[derive(Debug, Clone, Copy)]
pub struct IndexedSlices<'g> {
    /// Which rows, a vector of int32 or int64.
    pub indices: Node<'g>,
    /// The rows.
    pub values: Node<'g>,
    /// The shape of the whole, a vector of int32.
    pub dense_shape: Node<'g>,
}

/// A gradient, dense or sparse.
#[derive(Debug, Clone, Copy)]
pub enum Gradient<'g> {
    /// Of the shape of the value.
    Dense(Node<'g>),
    /// Rows of it.
    Sparse(IndexedSlices<'g>),
}

impl<'g> Gradient<'g> {
    /// The gradient as one tensor; rows are added up into zeros.
    pub fn dense(self) -> Node<'g> {
        match self {
            Gradient::Dense(node) => node,
            Gradient::Sparse(slices) => slices.dense(),
        }
    }

    /// The rows, where the gradient is sparse.
    pub fn sparse(self) -> Option<IndexedSlices<'g>> {
        match self {
            Gradient::Dense(_) => None,
            Gradient::Sparse(slices) => Some(slices),
        }
    }

    /// The sum of several; sparse where all are.
    pub(super) fn sum(parts: &[Gradient<'g>]) -> Option<Gradient<'g>> {
        let (first, rest) = parts.split_first()?;
        if rest.is_empty() {
            return Some(*first);
        }
        let sparse: Option<Vec<_>> = parts.iter().map(|part| part.sparse()).collect();
        if let Some(slices) = sparse {
            return Some(Gradient::Sparse(IndexedSlices::chain(&slices)));
        }
        let dense = parts.iter().map(|part| part.dense());
        let scope = first.dense().scope();
        Some(Gradient::Dense(scope.op("AddN").input_list(dense).build()))
    }
}

impl<'g> IndexedSlices<'g> {
    /// The rows added up into zeros.
    pub fn dense(self) -> Node<'g> {
        let scope = self.values.scope();
        let start = scope.constant(crate::tensor::Tensor::from([0_i32]));
        let one = scope.constant(crate::tensor::Tensor::from([1_i32]));
        let rows = scope.op("Slice").input(self.dense_shape).input(start).input(one).build().reshape(&[]);
        let sum = scope.op("UnsortedSegmentSum").input(self.values).input(self.indices).input(rows).build();
        sum.reshape_to(self.dense_shape)
    }

    /// Those of one after those of the other.
    fn chain(slices: &[IndexedSlices<'g>]) -> IndexedSlices<'g> {
        let scope = slices[0].values.scope();
        let axis = scope.constant(0_i32);
        let joined = |nodes: Vec<Node<'g>>| scope.op("ConcatV2").input_list(nodes).input(axis).build();
        IndexedSlices {
            indices: joined(slices.iter().map(|slices| slices.indices.cast(DType::I64)).collect()),
            values: joined(slices.iter().map(|slices| slices.values).collect()),
            dense_shape: slices[0].dense_shape,
        }
    }
}
