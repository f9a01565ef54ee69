//! [`Tensor::gather`]: rows picked from a tensor by their numbers.
//!
//! What shuffling and batching of data in memory comes down to. Rows that follow each other are cut out without a copy by
//! [`Tensor::rows`]; other axes are the graph's business.

use std::sync::Arc;

use super::shape::Shape;
use super::tensor::{AlignedBytes, Tensor};
use crate::dtype::DType;
use crate::error::{Error, Result};

impl Tensor {
    /// The rows of these numbers along the first axis, in this order; a row may come more than once.
    ///
    /// As TensorFlow's `gather` with `axis = 0`.
    ///
    /// ```
    /// let letters = hub_core::Tensor::from(["a", "b", "c"]);
    /// assert_eq!(letters.gather(&[2, 0, 2])?, hub_core::Tensor::from(["c", "a", "c"]));
    /// # Ok::<(), hub_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] where the tensor has no such row.
    pub fn gather(&self, rows: &[usize]) -> Result<Tensor> {
        let count = self.shape().first().copied().unwrap_or(0);
        if let Some(row) = rows.iter().find(|row| **row >= count) {
            return Err(self.no_row(*row));
        }
        // A scalar has no rows to leave out either.
        let Some((_, row_shape)) = self.shape().split_first() else { return Err(self.no_row(0)) };
        let shape: Vec<usize> = std::iter::once(rows.len()).chain(row_shape.iter().copied()).collect();
        if self.dtype() == DType::String {
            let strings = self.as_strings()?;
            let width = strings.len().checked_div(count).unwrap_or(0);
            let picked = rows.iter().flat_map(|row| &strings[row * width..(row + 1) * width]);
            return Tensor::strings(&shape, picked.cloned());
        }
        let bytes = self.bytes()?;
        let width = bytes.len().checked_div(count).unwrap_or(0);
        let length = width.checked_mul(rows.len()).filter(|length| *length <= isize::MAX as usize);
        let length = length.ok_or_else(|| Error::ShapeMismatch {
            what: "rows of a tensor".into(),
            expected: "fewer rows than memory can hold".into(),
            found: rows.len().to_string(),
        })?;
        let picked = AlignedBytes::filled(length, |picked| {
            // Rows without bytes leave nothing to copy, and no chunks to copy it to.
            for (place, row) in picked.chunks_exact_mut(width.max(1)).zip(rows) {
                place.copy_from_slice(&bytes[row * width..(row + 1) * width]);
            }
        });
        Ok(Tensor::from_owner(self.dtype(), &shape, Arc::new(picked)))
    }

    fn no_row(&self, row: usize) -> Error {
        Error::ShapeMismatch {
            what: format!("row {row} of a tensor"),
            expected: format!("at least {} rows", row.saturating_add(1)),
            found: Shape::known(self.shape()).to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_in_the_order_asked_for() {
        let whole = Tensor::new(&[3, 2], vec![0_i16, 1, 2, 3, 4, 5]).unwrap();
        let picked = whole.gather(&[2, 0, 2]).unwrap();
        assert_eq!(picked, Tensor::new(&[3, 2], vec![4_i16, 5, 0, 1, 4, 5]).unwrap());
        assert_eq!(picked.bytes().unwrap().as_ptr() as usize % 64, 0);
        let tail = whole.rows(1..3).unwrap().gather(&[1]).unwrap();
        assert_eq!(tail, whole.rows(2..3).unwrap());
        let words = Tensor::strings(&[2, 2], ["a", "b", "c", "d"]).unwrap();
        assert_eq!(words.gather(&[1]).unwrap(), Tensor::strings(&[1, 2], ["c", "d"]).unwrap());
    }

    #[test]
    fn nothing_picked_and_nothing_to_pick_from() {
        let whole = Tensor::new(&[3, 2], vec![0.5_f32; 6]).unwrap();
        assert_eq!(whole.gather(&[]).unwrap().shape(), [0, 2]);
        let hollow = Tensor::new(&[3, 0], Vec::<f32>::new()).unwrap();
        assert_eq!(hollow.gather(&[2, 2]).unwrap().shape(), [2, 0]);
        let empty = Tensor::new(&[0, 2], Vec::<f32>::new()).unwrap();
        assert_eq!(empty.gather(&[]).unwrap().shape(), [0, 2]);
        for (tensor, row) in [(&whole, 3), (&empty, 0), (&hollow, usize::MAX), (&Tensor::scalar(1_i32), 0)] {
            assert!(matches!(tensor.gather(&[row]), Err(Error::ShapeMismatch { .. })), "{tensor:?}");
        }
        assert!(Tensor::scalar(1_i32).gather(&[]).is_err());
    }
}
