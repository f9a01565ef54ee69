//! Arguments as the choice of a trace sees them: tensors, or nodes that stand for them, composites in their parts, literals.

use crate::dtype::DType;
use crate::saved_model::{Spec, TensorSpec};
use crate::tensor::{Literal, Nest, Shape, Structure, Tensor, Value};

/// What matters of a tensor, or of a node that stands for one.
pub(super) trait TensorLike: Clone {
    fn dtype(&self) -> DType;
    fn shape(&self) -> Shape;

    /// The tensor itself, where it is one already.
    fn as_tensor(&self) -> Option<&Tensor> {
        None
    }
}

impl TensorLike for Tensor {
    fn dtype(&self) -> DType {
        Tensor::dtype(self)
    }

    fn shape(&self) -> Shape {
        Shape::known(Tensor::shape(self))
    }

    fn as_tensor(&self) -> Option<&Tensor> {
        Some(self)
    }
}

/// One leaf of an argument.
#[derive(Debug, Clone)]
pub(super) enum Given<T> {
    Tensor(T),
    Literal(Literal),
    Composite(Composite<T>),
}

/// A ragged or a sparse tensor, in the parts that TensorFlow passes it in.
#[derive(Debug, Clone)]
pub(super) enum Composite<T> {
    /// The flat values, then the row splits from the outermost.
    Ragged { flat_values: T, row_splits: Vec<T> },
    /// Indices, values and the dense shape.
    Sparse { indices: T, values: T, dense_shape: T },
}

impl<T> Composite<T> {
    /// The same of what `convert` makes of each part.
    pub(super) fn map<U>(&self, mut convert: impl FnMut(&T) -> U) -> Composite<U> {
        match self {
            Composite::Ragged { flat_values, row_splits } => Composite::Ragged {
                flat_values: convert(flat_values),
                row_splits: row_splits.iter().map(convert).collect(),
            },
            Composite::Sparse { indices, values, dense_shape } => Composite::Sparse {
                indices: convert(indices),
                values: convert(values),
                dense_shape: convert(dense_shape),
            },
        }
    }
}

impl<T: TensorLike> Composite<T> {
    pub(super) fn parts(&self) -> Vec<&T> {
        match self {
            Composite::Ragged { flat_values, row_splits } => std::iter::once(flat_values).chain(row_splits).collect(),
            Composite::Sparse { indices, values, dense_shape } => vec![indices, values, dense_shape],
        }
    }

    /// What Python calls the spec of the value.
    pub(super) fn spec(&self) -> Spec {
        match self {
            Composite::Ragged { flat_values, row_splits } => Spec::Ragged {
                shape: ragged_shape(&flat_values.shape(), row_splits),
                dtype: flat_values.dtype(),
                ragged_rank: row_splits.len(),
                row_splits_dtype: row_splits.first().map_or(DType::I64, TensorLike::dtype),
            },
            Composite::Sparse { values, dense_shape, .. } => {
                Spec::Sparse { shape: sparse_shape(dense_shape), dtype: values.dtype() }
            }
        }
    }
}

/// Whether the parts of a composite are of the types and shapes that those of `wanted` have.
pub(super) fn takes_parts<T: TensorLike>(wanted: &Spec, given: &Composite<T>) -> bool {
    let same_kind = matches!(
        (wanted, given),
        (Spec::Ragged { .. }, Composite::Ragged { .. }) | (Spec::Sparse { .. }, Composite::Sparse { .. })
    );
    let parts = given.parts();
    let fits =
        |(spec, part): (&TensorSpec, &&T)| spec.dtype == part.dtype() && spec.shape.is_compatible_with(&part.shape());
    same_kind && wanted.parts().is_some_and(|specs| specs.len() == parts.len() && specs.iter().zip(&parts).all(fits))
}

/// The shape of a ragged tensor: its rows, an unknown size for each ragged dimension, then the flat values' own.
fn ragged_shape<T: TensorLike>(flat_values: &Shape, row_splits: &[T]) -> Shape {
    let Some(inner) = flat_values.dimensions() else { return Shape::unknown() };
    let splits = row_splits.first().map(TensorLike::shape);
    let rows = splits.as_ref().and_then(Shape::dimensions).and_then(|sizes| sizes.first().copied().flatten());
    let mut dims = vec![rows.map(|splits| splits.saturating_sub(1))];
    dims.extend(row_splits.iter().map(|_| None));
    dims.extend(inner.iter().skip(1).copied());
    Shape::from(dims)
}

/// The dense shape where it is at hand, otherwise as many unknown dimensions as it has.
fn sparse_shape<T: TensorLike>(dense_shape: &T) -> Shape {
    let known = dense_shape.as_tensor().and_then(|tensor| tensor.as_slice::<i64>().ok());
    if let Some(dims) = known {
        return Shape::from(dims.iter().map(|size| usize::try_from(*size).ok()).collect::<Vec<_>>());
    }
    let rank = dense_shape.shape().dimensions().and_then(|sizes| sizes.first().copied().flatten());
    rank.map_or_else(Shape::unknown, |rank| Shape::from(vec![None; rank]))
}

/// Whether a composite of the spec `given` is taken where `wanted` is declared.
pub(super) fn takes(wanted: &Spec, given: &Spec) -> bool {
    match (wanted, given) {
        (
            Spec::Ragged { shape, dtype, ragged_rank, row_splits_dtype },
            Spec::Ragged { shape: own, dtype: own_dtype, ragged_rank: own_rank, row_splits_dtype: own_splits },
        ) => {
            (dtype, ragged_rank, row_splits_dtype) == (own_dtype, own_rank, own_splits) && shape.is_compatible_with(own)
        }
        (Spec::Sparse { shape, dtype }, Spec::Sparse { shape: own, dtype: own_dtype }) => {
            dtype == own_dtype && shape.is_compatible_with(own)
        }
        _ => false,
    }
}

/// A structure with its leaves as the matcher sees them.
pub(super) fn given(structure: &Structure) -> Nest<Given<Tensor>> {
    let leaf = |value: &Value| {
        Ok::<_, std::convert::Infallible>(match value {
            Value::Tensor(tensor) => Given::Tensor(tensor.clone()),
            Value::Literal(literal) => Given::Literal(literal.clone()),
            Value::Ragged(ragged) => Given::Composite(Composite::Ragged {
                flat_values: ragged.flat_values().clone(),
                row_splits: ragged.row_splits().to_vec(),
            }),
            Value::Sparse(sparse) => Given::Composite(Composite::Sparse {
                indices: sparse.indices().clone(),
                values: sparse.values().clone(),
                dense_shape: sparse.dense_shape().clone(),
            }),
        })
    };
    match structure.try_map(&mut { leaf }) {
        Ok(nest) => nest,
        Err(never) => match never {},
    }
}
