//! [`Axes`]: which axes of its input a layer means.

use hub_core::Shape;

use crate::config::{Argument, At};
use crate::error::Result;
use crate::layer::Place;

/// One axis or several, counted from the back where negative: `-1`, `[1, 2]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Axes(Vec<i32>);

impl From<i32> for Axes {
    fn from(axis: i32) -> Axes {
        Axes(vec![axis])
    }
}

impl<const N: usize> From<[i32; N]> for Axes {
    fn from(axes: [i32; N]) -> Axes {
        Axes(axes.to_vec())
    }
}

impl From<Vec<i32>> for Axes {
    fn from(axes: Vec<i32>) -> Axes {
        Axes(axes)
    }
}

impl Axes {
    /// The only axis as it was given, where there is one.
    pub(super) fn only(&self) -> Option<i32> {
        match self.0[..] {
            [axis] => Some(axis),
            _ => None,
        }
    }

    /// The axes as they were given.
    pub(super) fn given(&self) -> &[i32] {
        &self.0
    }

    /// The axes of an input of this shape, counted from the front, with their sizes, which must be known.
    pub(super) fn sizes(&self, place: &Place, shape: &Shape) -> Result<Vec<(usize, usize)>> {
        let axes = self.of(place, shape)?;
        let size = |axis: usize| {
            let unknown = || place.input_mismatch(format!("an input whose dimension {axis} is known"), shape);
            Ok((axis, shape.dimension(axis).ok_or_else(unknown)?))
        };
        axes.into_iter().map(size).collect()
    }

    /// The axes of an input of this shape, counted from the front.
    pub(super) fn of(&self, place: &Place, shape: &Shape) -> Result<Vec<usize>> {
        let rank = shape.rank().ok_or_else(|| place.input_mismatch("a known number of dimensions", shape))?;
        let mut axes = Vec::with_capacity(self.0.len());
        for axis in &self.0 {
            match axis_of(*axis, rank).filter(|found| !axes.contains(found)) {
                Some(found) => axes.push(found),
                None => {
                    let expected = format!("different axes from {} to {}", -(rank as i64), rank as i64 - 1);
                    return Err(place.invalid_argument("axis", expected, format!("{:?} for {shape}", self.0)));
                }
            }
        }
        match axes.is_empty() {
            true => Err(place.invalid_argument("axis", "at least one axis", "none")),
            false => Ok(axes),
        }
    }
}

/// The axis counted from the front.
pub(super) fn axis_of(axis: i32, rank: usize) -> Option<usize> {
    let axis = if axis < 0 { axis as i64 + rank as i64 } else { axis.into() };
    usize::try_from(axis).ok().filter(|axis| *axis < rank)
}

impl Argument for Axes {
    fn write(&self) -> Result<serde_json::Value> {
        self.only().map_or_else(|| self.0.write(), |axis| axis.write())
    }

    fn read(json: &serde_json::Value, at: At<'_>) -> Result<Axes> {
        match json.as_array() {
            Some(_) => Argument::read(json, at).map(Axes),
            None => i32::read(json, at).map(Into::into),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_count_from_both_ends() {
        let place = Place::new(0, "norm");
        let shape = Shape::from([None, Some(3), Some(4)]);
        assert_eq!(Axes::from([-1, 1]).sizes(&place, &shape).unwrap(), [(2, 4), (1, 3)]);
        for wrong in [vec![3], vec![-4], vec![i32::MIN], vec![2, -1], vec![]] {
            assert!(Axes::from(wrong.clone()).of(&place, &shape).is_err(), "{wrong:?}");
        }
        assert!(Axes::from(0).sizes(&place, &shape).is_err(), "the batch has no size");
        assert!(Axes::from(0).of(&place, &Shape::unknown()).is_err());
    }
}
