//! Conversions from and to `ndarray`.
//!
//! An owned array in standard order is taken over without a copy; views and other orders are copied.

use ndarray::{Array, ArrayView, Dimension, IxDyn};

use super::element::Element;
use super::nest::Nest;
use super::shape::Shape;
use super::tensor::Tensor;
use super::value::{Structure, Value};
use crate::error::{Error, Result};

impl<T: Element, D: Dimension> From<Array<T, D>> for Tensor {
    fn from(array: Array<T, D>) -> Tensor {
        let shape = array.shape().to_vec();
        let count: usize = shape.iter().product();
        let values = if array.is_standard_layout() {
            let (values, offset) = array.into_raw_vec_and_offset();
            match offset.unwrap_or(0) {
                0 if values.len() == count => values,
                start => values[start..start + count].to_vec(),
            }
        } else {
            array.iter().copied().collect()
        };
        Tensor::vector(values).with_shape(&shape)
    }
}

impl<T: Element, D: Dimension> From<&Array<T, D>> for Tensor {
    fn from(array: &Array<T, D>) -> Tensor {
        array.view().into()
    }
}

impl<T: Element, D: Dimension> From<ArrayView<'_, T, D>> for Tensor {
    fn from(view: ArrayView<'_, T, D>) -> Tensor {
        let shape = view.shape().to_vec();
        Tensor::vector(view.iter().copied().collect()).with_shape(&shape)
    }
}

impl<T: Element, D: Dimension> From<Array<T, D>> for Nest<Value> {
    fn from(array: Array<T, D>) -> Nest<Value> {
        Tensor::from(array).into()
    }
}

impl<T: Element, D: Dimension> From<&Array<T, D>> for Nest<Value> {
    fn from(array: &Array<T, D>) -> Nest<Value> {
        Tensor::from(array).into()
    }
}

impl<T: Element, D: Dimension> TryFrom<&Tensor> for Array<T, D> {
    type Error = Error;

    /// # Errors
    /// [`Error::DTypeMismatch`] and [`Error::ShapeMismatch`] where element type or rank differ.
    fn try_from(tensor: &Tensor) -> Result<Array<T, D>> {
        let values = tensor.as_slice::<T>()?.to_vec();
        let wrong_rank = || Error::ShapeMismatch {
            what: "a tensor as an array".into(),
            expected: format!("rank {}", D::NDIM.map_or("any".into(), |rank| rank.to_string())),
            found: Shape::known(tensor.shape()).to_string(),
        };
        Array::from_shape_vec(IxDyn(tensor.shape()), values)
            .map_err(|_| wrong_rank())?
            .into_dimensionality::<D>()
            .map_err(|_| wrong_rank())
    }
}

impl<T: Element, D: Dimension> TryFrom<Tensor> for Array<T, D> {
    type Error = Error;

    fn try_from(tensor: Tensor) -> Result<Array<T, D>> {
        Array::try_from(&tensor)
    }
}

impl<T: Element, D: Dimension> TryFrom<Structure> for Array<T, D> {
    type Error = Error;

    fn try_from(structure: Structure) -> Result<Array<T, D>> {
        Array::try_from(structure.tensor()?)
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array1, Array2, array, s};

    use super::*;

    #[test]
    fn arrays_round_trip_in_any_layout() {
        let standard = array![[1.0_f32, 2.0, 3.0], [4.0, 5.0, 6.0]];
        let transposed = standard.clone().reversed_axes();
        assert_eq!(Array2::<f32>::try_from(Tensor::from(transposed.clone())).unwrap(), transposed);
        assert_eq!(Array2::<f32>::try_from(Tensor::from(standard.clone())).unwrap(), standard);
        let cut = standard.clone().slice_move(s![1.., ..]);
        assert_eq!(Array2::<f32>::try_from(Tensor::from(cut.clone())).unwrap(), cut);
        let empty = Array2::<i64>::zeros((0, 4));
        assert_eq!(Tensor::from(empty).shape(), [0, 4]);
        assert!(Array1::<f32>::try_from(Tensor::from(standard.clone())).is_err());
        assert!(Array2::<f64>::try_from(Tensor::from(standard)).is_err());
    }
}
