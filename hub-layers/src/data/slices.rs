//! [`Dataset::from_tensors`] and [`Dataset::from_tensor_slices`]: data in memory.

use std::sync::Arc;

use super::dataset::{Dataset, Kind};
use super::element::Element;
use super::into_element::IntoElement;
use super::rows::{Rows, UpTo};
use crate::error::Result;

impl Dataset {
    /// One element: these tensors as they are.
    ///
    /// # Errors
    /// Ragged and sparse tensors and literals among them.
    pub fn from_tensors(tensors: impl IntoElement) -> Result<Dataset> {
        let element: Element = tensors.into_element()?;
        Ok([element].into_iter().collect())
    }

    /// An element for each row of these tensors: `x`, `(x, y)` or `(x, y, sample_weight)`, where each may be a dict, a
    /// list or a tuple.
    ///
    /// ```
    /// use hub_layers::{Dataset, Tensor};
    /// let inputs = [("length", Tensor::from([1.0, 2.0])), ("name", Tensor::from(["a", "b"]))];
    /// let data = Dataset::from_tensor_slices((inputs, [0_i64, 1]))?;
    /// let second = data.skip(1).iter()?.next().expect("a second element")?;
    /// assert_eq!(second.x["name"].leaves(), [&Tensor::from("b")]);
    /// assert_eq!(second.y.expect("labels").leaves(), [&Tensor::scalar(1_i64)]);
    /// # Ok::<(), hub_layers::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Core`](crate::Error::Core) with [`ShapeMismatch`](hub_core::Error::ShapeMismatch) for tensors of unlike
    /// numbers of rows, or without any axis, and with [`StructureMismatch`](hub_core::Error::StructureMismatch) for no
    /// tensor at all, and for ragged and sparse tensors and literals among them.
    pub fn from_tensor_slices(tensors: impl IntoElement) -> Result<Dataset> {
        let element = tensors.into_element()?;
        let count = element.examples()?;
        let whole = Element { rows: Some((0..count as u64).collect()), ..element };
        Ok(Dataset(Kind::Rows(Rows { whole: Arc::new(whole), order: Arc::new(UpTo(count)) })))
    }
}
