//! What stands at the leaves of a call's arguments and results: tensors, composites of tensors, literals.
//!
//! Composites split into plain tensors in TensorFlow's order; nests around leaves are in `nest`.

use std::fmt;

use num_complex::Complex;

use super::element::Element;
use super::nest::Nest;
use super::tensor::Tensor;
use crate::dtype::DType;
use crate::error::{Error, Result};

/// A nest of values: what a function takes as an argument and returns.
///
/// Tensors, arrays, numbers and strings convert into it; a result converts back with `try_into`.
pub type Structure = Nest<Value>;

/// A plain value of Python that is no tensor; it selects a trace.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Literal {
    /// `True` or `False`.
    Bool(bool),
    /// An `int`.
    Int(i64),
    /// A `float`.
    Float(f64),
    /// A `str`.
    String(String),
}

impl Literal {
    /// Equality as Python has it: `1 == True`, `2.0 == 2`.
    pub fn python_eq(&self, other: &Literal) -> bool {
        fn number(literal: &Literal) -> Option<f64> {
            match literal {
                Literal::Bool(value) => Some(f64::from(u8::from(*value))),
                Literal::Int(value) => Some(*value as f64),
                Literal::Float(value) => Some(*value),
                Literal::String(_) => None,
            }
        }
        match (self, other) {
            (Literal::Int(a), Literal::Int(b)) => a == b,
            (Literal::String(a), Literal::String(b)) => a == b,
            _ => matches!((number(self), number(other)), (Some(a), Some(b)) if a == b),
        }
    }

    /// The scalar that Python makes of the literal where a tensor of `dtype` is wanted; `None` where it refuses.
    pub fn to_tensor(&self, dtype: DType) -> Option<Tensor> {
        fn integer<T: Element + TryFrom<i64>>(value: i64) -> Option<Tensor> {
            T::try_from(value).ok().map(Tensor::scalar)
        }
        match (self, dtype) {
            (Literal::Bool(value), DType::Bool) => Some(Tensor::scalar(*value)),
            (Literal::String(text), DType::String) => Some(Tensor::from(text.as_str())),
            (Literal::Float(value), DType::F64) => Some(Tensor::scalar(*value)),
            (Literal::Float(value), DType::F32) => Some(Tensor::scalar(*value as f32)),
            (Literal::Float(value), DType::F16) => Some(Tensor::scalar(half::f16::from_f64(*value))),
            (Literal::Float(value), DType::BF16) => Some(Tensor::scalar(half::bf16::from_f64(*value))),
            (Literal::Float(value), DType::Complex64) => Some(Tensor::scalar(Complex::new(*value as f32, 0.0))),
            (Literal::Float(value), DType::Complex128) => Some(Tensor::scalar(Complex::new(*value, 0.0))),
            (
                Literal::Int(value),
                DType::F64 | DType::F32 | DType::F16 | DType::BF16 | DType::Complex64 | DType::Complex128,
            ) => Literal::Float(*value as f64).to_tensor(dtype),
            (Literal::Int(value), DType::I8) => integer::<i8>(*value),
            (Literal::Int(value), DType::I16) => integer::<i16>(*value),
            (Literal::Int(value), DType::I32) => integer::<i32>(*value),
            (Literal::Int(value), DType::I64) => integer::<i64>(*value),
            (Literal::Int(value), DType::U8) => integer::<u8>(*value),
            (Literal::Int(value), DType::U16) => integer::<u16>(*value),
            (Literal::Int(value), DType::U32) => integer::<u32>(*value),
            (Literal::Int(value), DType::U64) => integer::<u64>(*value),
            // For Python `True` is a kind of 1.
            (Literal::Bool(value), other) => Literal::Int((*value).into()).to_tensor(other),
            _ => None,
        }
    }
}

impl fmt::Display for Literal {
    /// As Python writes it: `True`, `2`, `2.0`, `'text'`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Literal::Bool(true) => f.write_str("True"),
            Literal::Bool(false) => f.write_str("False"),
            Literal::Int(value) => write!(f, "{value}"),
            Literal::Float(value) => write!(f, "{value:?}"),
            Literal::String(text) => write!(f, "'{text}'"),
        }
    }
}

/// Rows of unequal length: flat values and, outermost first, the row splits of each ragged dimension.
#[derive(Debug, Clone, PartialEq)]
pub struct RaggedTensor {
    flat_values: Tensor,
    row_splits: Vec<Tensor>,
}

impl RaggedTensor {
    /// A ragged tensor of these parts.
    ///
    /// # Errors
    /// [`Error::StructureMismatch`] where a row split is not an ascending int32 or int64 vector from 0 to the number of
    /// rows below it.
    pub fn new(flat_values: Tensor, row_splits: Vec<Tensor>) -> Result<RaggedTensor> {
        let refuse = |why: String| Error::StructureMismatch {
            what: "the row splits of a ragged tensor".into(),
            expected: "ascending int64 or int32 vectors from 0 to the number of rows below".into(),
            found: why,
        };
        if row_splits.is_empty() || flat_values.shape().is_empty() {
            return Err(refuse("no ragged dimension".into()));
        }
        for (index, splits) in row_splits.iter().enumerate() {
            let ends: Vec<i64> = match splits.dtype() {
                DType::I64 => splits.as_slice::<i64>()?.to_vec(),
                DType::I32 => splits.as_slice::<i32>()?.iter().map(|end| i64::from(*end)).collect(),
                other => return Err(refuse(other.to_string())),
            };
            let below = match row_splits.get(index + 1) {
                Some(next) => next.len().saturating_sub(1),
                None => flat_values.shape()[0],
            };
            let sound = splits.shape().len() == 1
                && ends.first() == Some(&0)
                && ends.is_sorted()
                && ends.last().is_some_and(|last| usize::try_from(*last) == Ok(below));
            if !sound {
                return Err(refuse(format!("{splits}")));
            }
        }
        Ok(RaggedTensor { flat_values, row_splits })
    }

    /// The values of all rows, one after the other.
    pub fn flat_values(&self) -> &Tensor {
        &self.flat_values
    }

    /// Where each row ends, for each ragged dimension from the outermost.
    pub fn row_splits(&self) -> &[Tensor] {
        &self.row_splits
    }
}

/// A tensor of which only the elements that are not zero are stored.
#[derive(Debug, Clone, PartialEq)]
pub struct SparseTensor {
    indices: Tensor,
    values: Tensor,
    dense_shape: Tensor,
}

impl SparseTensor {
    /// A sparse tensor: `indices` int64 `[n, rank]`, `values` `[n]`, `dense_shape` int64 `[rank]`.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] or [`Error::DTypeMismatch`] where the parts do not fit together.
    pub fn new(indices: Tensor, values: Tensor, dense_shape: Tensor) -> Result<SparseTensor> {
        indices.as_slice::<i64>()?;
        dense_shape.as_slice::<i64>()?;
        let fits = matches!(
            (indices.shape(), values.shape(), dense_shape.shape()),
            ([n, rank], [m], [r]) if n == m && rank == r
        );
        if !fits {
            return Err(Error::ShapeMismatch {
                what: "the parts of a sparse tensor".into(),
                expected: "indices [n, rank], values [n], dense_shape [rank]".into(),
                found: format!("{:?}, {:?}, {:?}", indices.shape(), values.shape(), dense_shape.shape()),
            });
        }
        Ok(SparseTensor { indices, values, dense_shape })
    }

    /// The place of each stored element.
    pub fn indices(&self) -> &Tensor {
        &self.indices
    }

    /// The stored elements.
    pub fn values(&self) -> &Tensor {
        &self.values
    }

    /// The shape with all the zeros.
    pub fn dense_shape(&self) -> &Tensor {
        &self.dense_shape
    }
}

/// One leaf of a [`Structure`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// A tensor.
    Tensor(Tensor),
    /// A ragged tensor.
    Ragged(RaggedTensor),
    /// A sparse tensor.
    Sparse(SparseTensor),
    /// A value that selects a trace, or becomes a tensor where the trace wants one.
    Literal(Literal),
}

impl Value {
    /// The plain tensors of the value, in TensorFlow's order; none for a literal.
    pub fn components(&self) -> Vec<&Tensor> {
        match self {
            Value::Tensor(tensor) => vec![tensor],
            Value::Ragged(ragged) => std::iter::once(&ragged.flat_values).chain(&ragged.row_splits).collect(),
            Value::Sparse(sparse) => vec![&sparse.indices, &sparse.values, &sparse.dense_shape],
            Value::Literal(_) => Vec::new(),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Tensor(tensor) => write!(f, "{} {}", tensor.dtype(), super::Shape::known(tensor.shape())),
            Value::Ragged(ragged) => write!(f, "ragged {}", ragged.flat_values.dtype()),
            Value::Sparse(sparse) => write!(f, "sparse {}", sparse.values.dtype()),
            Value::Literal(literal) => literal.fmt(f),
        }
    }
}

impl Nest<Value> {
    /// The tensor, where the structure is just one.
    ///
    /// # Errors
    /// [`Error::StructureMismatch`] for anything else.
    pub fn tensor(&self) -> Result<&Tensor> {
        match self {
            Nest::Leaf(Value::Tensor(tensor)) => Ok(tensor),
            other => Err(Error::StructureMismatch {
                what: "a structure as a tensor".into(),
                expected: "one tensor".into(),
                found: other.kind(),
            }),
        }
    }

    /// The plain tensors of all leaves, in flattening order.
    pub fn tensors(&self) -> Vec<&Tensor> {
        self.leaves().into_iter().flat_map(Value::components).collect()
    }
}

impl TryFrom<Structure> for Tensor {
    type Error = Error;

    fn try_from(structure: Structure) -> Result<Tensor> {
        structure.tensor().cloned()
    }
}

macro_rules! into_structure {
    ($($from:ty => |$value:ident| $leaf:expr;)*) => {
        $(impl From<$from> for Nest<Value> {
            fn from($value: $from) -> Nest<Value> {
                Nest::Leaf($leaf)
            }
        })*
    };
}

into_structure! {
    Tensor => |tensor| Value::Tensor(tensor);
    &Tensor => |tensor| Value::Tensor(tensor.clone());
    RaggedTensor => |ragged| Value::Ragged(ragged);
    SparseTensor => |sparse| Value::Sparse(sparse);
    Literal => |literal| Value::Literal(literal);
    bool => |value| Value::Literal(Literal::Bool(value));
    i32 => |value| Value::Literal(Literal::Int(value.into()));
    i64 => |value| Value::Literal(Literal::Int(value));
    f64 => |value| Value::Literal(Literal::Float(value));
    &str => |text| Value::Literal(Literal::String(text.into()));
    String => |text| Value::Literal(Literal::String(text));
    f32 => |value| Value::Tensor(value.into());
    Vec<String> => |texts| Value::Tensor(texts.into());
    &[String] => |texts| Value::Tensor(texts.into());
    &[&str] => |texts| Value::Tensor(texts.into());
}

impl<T: Element> From<Vec<T>> for Nest<Value> {
    fn from(values: Vec<T>) -> Nest<Value> {
        Tensor::from(values).into()
    }
}

impl<T: Element> From<&[T]> for Nest<Value> {
    fn from(values: &[T]) -> Nest<Value> {
        Tensor::from(values).into()
    }
}

impl<T: Element, const N: usize> From<[T; N]> for Nest<Value> {
    fn from(values: [T; N]) -> Nest<Value> {
        Tensor::from(values).into()
    }
}

impl<T: Element, const N: usize, const M: usize> From<[[T; M]; N]> for Nest<Value> {
    fn from(rows: [[T; M]; N]) -> Nest<Value> {
        Tensor::from(rows).into()
    }
}

impl<const N: usize> From<[&str; N]> for Nest<Value> {
    fn from(texts: [&str; N]) -> Nest<Value> {
        Tensor::from(texts).into()
    }
}

impl<const N: usize, S: Into<Structure>> From<[(&str, S); N]> for Nest<Value> {
    /// A dict.
    fn from(entries: [(&str, S); N]) -> Nest<Value> {
        Nest::Dict(entries.into_iter().map(|(key, value)| (key.to_owned(), value.into())).collect())
    }
}

impl From<Vec<Tensor>> for Nest<Value> {
    /// A list of tensors.
    fn from(tensors: Vec<Tensor>) -> Nest<Value> {
        Nest::List(tensors.into_iter().map(Structure::from).collect())
    }
}

impl From<Vec<Structure>> for Nest<Value> {
    /// A list.
    fn from(items: Vec<Structure>) -> Nest<Value> {
        Nest::List(items)
    }
}

impl From<&Structure> for Nest<Value> {
    fn from(structure: &Structure) -> Nest<Value> {
        structure.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_equal_as_in_python() {
        assert!(Literal::Int(1).python_eq(&Literal::Bool(true)));
        assert!(Literal::Float(2.0).python_eq(&Literal::Int(2)));
        assert!(!Literal::String("1".into()).python_eq(&Literal::Int(1)));
        assert!(!Literal::Float(f64::NAN).python_eq(&Literal::Float(f64::NAN)));
    }

    #[test]
    fn ragged_parts_are_checked() {
        let splits = |ends: &[i64]| vec![Tensor::from(ends)];
        assert!(RaggedTensor::new(Tensor::from([1.0_f32, 2.0]), splits(&[0, 2, 2])).is_ok());
        for bad in [&[0, 1][..], &[1, 2], &[0, 3, 2], &[]] {
            assert!(RaggedTensor::new(Tensor::from([1.0_f32, 2.0]), splits(bad)).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn flattening_goes_by_sorted_key() {
        let nest: Structure = [("b", Tensor::from([1_i32])), ("a", Tensor::from([2_i32]))].into();
        let first: Vec<i32> = nest.tensors().iter().map(|tensor| tensor.as_slice::<i32>().unwrap()[0]).collect();
        assert_eq!(first, [2, 1]);
    }
}
