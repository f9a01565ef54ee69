//! [`Tensor::stack`]: tensors of one shape joined along a new first axis.
//!
//! What batching of examples comes down to. Joining along an axis that is there is [`Tensor::concatenate`].

use std::sync::Arc;

use super::shape::Shape;
use super::tensor::{AlignedBytes, Tensor};
use crate::dtype::DType;
use crate::error::{Error, Result};

impl Tensor {
    /// Tensors of one type and shape as the rows of another.
    ///
    /// As TensorFlow's `stack` with `axis = 0`.
    ///
    /// ```
    /// use hub_core::Tensor;
    /// let rows = Tensor::stack(&[Tensor::from([1, 2]), Tensor::from([3, 4])])?;
    /// assert_eq!(rows, Tensor::from([[1, 2], [3, 4]]));
    /// # Ok::<(), hub_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] for none at all and where shapes differ, [`Error::DTypeMismatch`] where types do; they
    /// name the first tensor that is unlike the tensor 0.
    pub fn stack(parts: &[Tensor]) -> Result<Tensor> {
        let [first, ..] = parts else {
            return Err(Error::ShapeMismatch {
                what: "stacking tensors".into(),
                expected: "at least one tensor".into(),
                found: "none".into(),
            });
        };
        parts.iter().enumerate().try_for_each(|(index, part)| part.like(first, index))?;
        let shape: Vec<usize> = std::iter::once(parts.len()).chain(first.shape().iter().copied()).collect();
        if first.dtype() == DType::String {
            let mut strings = Vec::with_capacity(parts.len() * first.len());
            for part in parts {
                strings.extend_from_slice(part.as_strings()?);
            }
            return Tensor::strings(&shape, strings);
        }
        let rows = parts.iter().map(Tensor::bytes).collect::<Result<Vec<_>>>()?;
        let stacked = AlignedBytes::filled(rows.iter().map(|row| row.len()).sum(), |stacked| {
            for (place, row) in stacked.chunks_exact_mut(rows[0].len().max(1)).zip(&rows) {
                place.copy_from_slice(row);
            }
        });
        Ok(Tensor::from_owner(first.dtype(), &shape, Arc::new(stacked)))
    }

    /// Checks that this tensor, the one of `index`, has type and shape of the first.
    fn like(&self, first: &Tensor, index: usize) -> Result<()> {
        let what = || format!("stacking: tensor {index}");
        if self.dtype() != first.dtype() {
            return Err(Error::DTypeMismatch { what: what(), expected: first.dtype(), found: self.dtype() });
        }
        if self.shape() != first.shape() {
            let (expected, found) = (Shape::known(first.shape()).to_string(), Shape::known(self.shape()).to_string());
            return Err(Error::ShapeMismatch { what: what(), expected, found });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_rows_and_strings() {
        let numbers = Tensor::stack(&[Tensor::scalar(1.5_f64), Tensor::scalar(2.5_f64)]).unwrap();
        assert_eq!(numbers, Tensor::from([1.5_f64, 2.5]));
        assert_eq!(Tensor::stack(&[Tensor::from("a"), Tensor::from("b")]).unwrap(), Tensor::from(["a", "b"]));
        let hollow = Tensor::new(&[0, 3], Vec::<u8>::new()).unwrap();
        assert_eq!(Tensor::stack(&[hollow.clone(), hollow]).unwrap().shape(), [2, 0, 3]);
    }

    #[test]
    fn what_is_unlike_the_first_is_named() {
        let whole = Tensor::from([1_i32, 2]);
        let shape = Tensor::stack(&[whole.clone(), Tensor::from([1_i32])]).unwrap_err();
        assert_eq!(shape.to_string(), "stacking: tensor 1: expected shape [2], found [1]");
        let dtype = Tensor::stack(&[whole.clone(), whole, Tensor::from([1_i64, 2])]).unwrap_err();
        assert_eq!(dtype.to_string(), "stacking: tensor 2: expected int32, found int64");
        assert!(matches!(Tensor::stack(&[]), Err(Error::ShapeMismatch { .. })));
    }
}
