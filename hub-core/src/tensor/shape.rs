//! Shapes that may be known only in part, as they stand in signatures and graphs.
//!
//! A tensor in memory has a whole shape: a slice of `usize`.

use std::fmt;

/// A shape of which the rank or some dimensions may be unknown.
///
/// ```
/// use hub_core::Shape;
/// let images = Shape::from([None, Some(8), Some(8)]);
/// assert!(images.accepts(&[32, 8, 8]));
/// assert!(!images.accepts(&[32, 8]));
/// assert_eq!(images.to_string(), "[?, 8, 8]");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Shape(Option<Vec<Option<usize>>>);

impl Shape {
    /// A shape of which nothing is known.
    pub const fn unknown() -> Shape {
        Shape(None)
    }

    /// The shape of a scalar.
    pub const fn scalar() -> Shape {
        Shape(Some(Vec::new()))
    }

    /// The whole shape `dimensions`.
    pub fn known(dimensions: &[usize]) -> Shape {
        Shape(Some(dimensions.iter().copied().map(Some).collect()))
    }

    /// The number of dimensions, where known.
    pub fn rank(&self) -> Option<usize> {
        self.0.as_ref().map(Vec::len)
    }

    /// The dimensions, where the rank is known; an unknown one is `None`.
    pub fn dimensions(&self) -> Option<&[Option<usize>]> {
        self.0.as_deref()
    }

    /// The dimension counted from the left, where it exists and is known.
    pub fn dimension(&self, axis: usize) -> Option<usize> {
        self.0.as_ref()?.get(axis).copied().flatten()
    }

    /// The last dimension, where known.
    pub fn last(&self) -> Option<usize> {
        self.0.as_ref()?.last().copied().flatten()
    }

    /// All dimensions, where every one is known.
    pub fn to_known(&self) -> Option<Vec<usize>> {
        self.0.as_ref()?.iter().copied().collect()
    }

    /// Whether a tensor of the shape `dimensions` fits.
    pub fn accepts(&self, dimensions: &[usize]) -> bool {
        self.0.as_ref().is_none_or(|own| {
            own.len() == dimensions.len() && own.iter().zip(dimensions).all(|(own, d)| own.is_none_or(|own| own == *d))
        })
    }

    /// Whether some tensor could have both shapes.
    pub fn is_compatible_with(&self, other: &Shape) -> bool {
        match (&self.0, &other.0) {
            (Some(a), Some(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.is_none() || b.is_none() || a == b)
            }
            _ => true,
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(dimensions) = &self.0 else { return f.write_str("<unknown>") };
        f.write_str("[")?;
        for (index, dimension) in dimensions.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            match dimension {
                Some(size) => write!(f, "{size}")?,
                None => f.write_str("?")?,
            }
        }
        f.write_str("]")
    }
}

impl<const N: usize> From<[Option<usize>; N]> for Shape {
    fn from(dimensions: [Option<usize>; N]) -> Shape {
        Shape(Some(dimensions.to_vec()))
    }
}

impl<const N: usize> From<[usize; N]> for Shape {
    fn from(dimensions: [usize; N]) -> Shape {
        Shape::known(&dimensions)
    }
}

impl From<&[usize]> for Shape {
    fn from(dimensions: &[usize]) -> Shape {
        Shape::known(dimensions)
    }
}

impl From<Vec<Option<usize>>> for Shape {
    fn from(dimensions: Vec<Option<usize>>) -> Shape {
        Shape(Some(dimensions))
    }
}

impl From<()> for Shape {
    fn from(_: ()) -> Shape {
        Shape::scalar()
    }
}
