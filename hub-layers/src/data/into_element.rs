//! [`IntoElement`]: what is taken for an element.

use hub_core::{Structure, Tensor};
use ndarray::{Array, Dimension};

use super::element::Element;
use crate::error::Result;

/// What is taken for an [`Element`]: features alone, `(x, y)` or `(x, y, sample_weight)`.
///
/// A tuple is always features with labels. Features alone are a tensor, a vector, an array, one of `ndarray`, a dict
/// (an array of names and values) or any [`Structure`]; anything else that becomes one goes as `(x,)`.
pub trait IntoElement {
    /// The element.
    ///
    /// # Errors
    /// Ragged and sparse tensors and literals among the values.
    fn into_element(self) -> Result<Element>;
}

impl IntoElement for Element {
    fn into_element(self) -> Result<Element> {
        Ok(self)
    }
}

impl<X: Into<Structure>> IntoElement for (X,) {
    fn into_element(self) -> Result<Element> {
        Element::new(self.0)
    }
}

impl<X: Into<Structure>, Y: Into<Structure>> IntoElement for (X, Y) {
    fn into_element(self) -> Result<Element> {
        Element::new(self.0)?.labels(self.1)
    }
}

impl<X: Into<Structure>, Y: Into<Structure>, W: Into<Structure>> IntoElement for (X, Y, W) {
    fn into_element(self) -> Result<Element> {
        Element::new(self.0)?.labels(self.1)?.weights(self.2)
    }
}

macro_rules! features_alone {
    ($(($($generics:tt)*) $from:ty;)*) => {
        $(impl<$($generics)*> IntoElement for $from
        where
            $from: Into<Structure>,
        {
            fn into_element(self) -> Result<Element> {
                Element::new(self)
            }
        })*
    };
}

features_alone! {
    () Structure;
    () Tensor;
    ('a, T: ?Sized) &'a T;
    (T) Vec<T>;
    (T, const N: usize) [T; N];
    (T, D: Dimension) Array<T, D>;
}
