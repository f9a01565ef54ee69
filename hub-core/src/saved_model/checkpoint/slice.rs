//! A slice of a tensor: a box among its elements, and how its values go to their places in the whole.

use super::super::proto::{ExtentHasLengthHack, TensorSliceProto};

/// What a slice takes of one dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) start: usize,
    pub(super) length: usize,
    /// Whether the file says "all of it", in place of start and length.
    pub(super) is_full: bool,
}

/// A box among the elements of a tensor: one extent for each dimension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Slice {
    pub(super) extents: Vec<Extent>,
}

impl Slice {
    /// The slice of a tensor of this shape that a message describes.
    pub(super) fn decode(message: &TensorSliceProto, shape: &[usize]) -> Result<Slice, String> {
        if message.extent.len() != shape.len() || shape.is_empty() {
            return Err(format!("a slice of {} dimensions of {shape:?}", message.extent.len()));
        }
        let extents = message.extent.iter().zip(shape).map(|(extent, size)| match extent.has_length_hack {
            None if extent.start == 0 => Some(Extent { start: 0, length: *size, is_full: true }),
            None => None,
            Some(ExtentHasLengthHack::Length(length)) => {
                let (start, length) = (usize::try_from(extent.start).ok()?, usize::try_from(length).ok()?);
                let fits = start.checked_add(length).is_some_and(|end| end <= *size);
                fits.then_some(Extent { start, length, is_full: false })
            }
        });
        let extents = extents.collect::<Option<_>>().ok_or_else(|| format!("a slice outside of {shape:?}"))?;
        Ok(Slice { extents })
    }

    /// The shape of the slice's values.
    pub(super) fn shape(&self) -> Vec<usize> {
        self.extents.iter().map(|extent| extent.length).collect()
    }

    /// The number of the slice's values; it cannot overflow where that of the whole does not.
    pub(super) fn count(&self) -> usize {
        self.extents.iter().map(|extent| extent.length).product()
    }

    /// Where the slice's values go in a tensor of this shape: the start in the whole of each run of neighbours, in the
    /// order of the slice's values. All runs have the length of the last extent.
    pub(super) fn runs(&self, shape: &[usize]) -> impl Iterator<Item = usize> {
        let outer = self.extents.split_last().map_or(&[][..], |(_, outer)| outer);
        let count = self.count().checked_div(self.run_length()).unwrap_or(0);
        let strides = strides(shape);
        let first: usize = self.extents.iter().zip(&strides).map(|(extent, stride)| extent.start * stride).sum();
        let outer: Vec<(usize, usize)> = outer.iter().map(|extent| extent.length).zip(strides).collect();
        (0..count).map(move |mut number| {
            let mut at = first;
            for (length, stride) in outer.iter().rev() {
                at += number % length * stride;
                number /= length;
            }
            at
        })
    }

    /// The number of neighbours in each of the runs.
    pub(super) fn run_length(&self) -> usize {
        self.extents.last().map_or(1, |extent| extent.length)
    }
}

/// How far apart neighbours along each dimension are.
fn strides(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; shape.len()];
    for dimension in (1..shape.len()).rev() {
        strides[dimension - 1] = strides[dimension] * shape[dimension];
    }
    strides
}

#[cfg(test)]
mod tests {
    use super::super::super::proto::Extent as Message;
    use super::*;

    fn message(extents: &[(i64, Option<i64>)]) -> TensorSliceProto {
        let extent = extents
            .iter()
            .map(|(start, length)| Message { start: *start, has_length_hack: length.map(ExtentHasLengthHack::Length) });
        TensorSliceProto { extent: extent.collect() }
    }

    #[test]
    fn runs_lead_to_the_places_in_the_whole() {
        let slice = Slice::decode(&message(&[(1, Some(2)), (0, None), (2, Some(1))]), &[4, 2, 3]).unwrap();
        assert_eq!(slice.shape(), [2, 2, 1]);
        assert_eq!(slice.runs(&[4, 2, 3]).collect::<Vec<_>>(), [8, 11, 14, 17]);
        let slice = Slice::decode(&message(&[(5, Some(2))]), &[7]).unwrap();
        assert_eq!((slice.runs(&[7]).collect::<Vec<_>>(), slice.run_length()), (vec![5], 2));
        let empty = Slice::decode(&message(&[(3, Some(0)), (0, None)]), &[3, 2]).unwrap();
        assert_eq!(empty.runs(&[3, 2]).count(), 0);
    }

    #[test]
    fn slices_outside_are_refused() {
        for extents in [
            &[(0, Some(5))][..],
            &[(4, Some(1))],
            &[(-1, Some(1))],
            &[(0, Some(-1))],
            &[(1, None)],
            &[(i64::MAX, Some(i64::MAX))],
            &[(0, None), (0, None)],
            &[],
        ] {
            assert!(Slice::decode(&message(extents), &[4]).is_err(), "{extents:?}");
        }
        assert!(Slice::decode(&message(&[]), &[]).is_err(), "a scalar has no slices");
    }
}
