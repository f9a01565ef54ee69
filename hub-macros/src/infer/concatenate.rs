//! Through `Concatenate`, which takes several tensors.

use hub_core::{Nest, Shape};

use super::arguments;
use super::flow::{Flow, TensorType};
use super::layers::{Given, refuse};
use crate::check::CheckedLayer;

/// What comes out of the tensors side by side.
pub(super) fn apply(layer: &CheckedLayer, input: &Flow) -> Given {
    let parts: Vec<&TensorType> = match &input.what {
        Nest::Leaf(tensor) if tensor.is_unknown() => return Ok(TensorType::default()),
        Nest::Leaf(_) => return refuse("several tensors, as a list or dict"),
        several => several.leaves(),
    };
    let Some(first) = parts.first() else { return refuse("at least one tensor") };
    let dtype = parts.iter().map(|part| part.dtype).reduce(|one, other| if one == other { one } else { None });
    if different(parts.iter().filter_map(|part| part.dtype)) {
        return refuse("tensors of one element type");
    }
    if different(parts.iter().filter_map(|part| part.shape.rank())) {
        return refuse("tensors with as many dimensions each");
    }
    let axis = arguments::axes(layer, "axis", -1).and_then(|axes| axes.first().copied());
    let (Some(rank), Some(axis)) = (first.shape.rank(), axis) else { return Ok(unknown(dtype)) };
    let from_front = if axis < 0 { axis + rank as i64 } else { axis };
    let Some(joined) = usize::try_from(from_front).ok().filter(|joined| *joined < rank) else {
        return refuse(format!("tensors with an axis {axis}"));
    };
    if parts.iter().any(|part| part.shape.rank().is_none()) {
        return Ok(unknown(dtype));
    }
    let sizes = |own: usize| parts.iter().map(move |part| part.shape.dimension(own));
    if (0..rank).any(|own| own != joined && different(sizes(own).flatten())) {
        return refuse(format!("shapes that differ at axis {axis} alone"));
    }
    let size = |own: usize| match own == joined {
        true => sizes(own).try_fold(0_usize, |sum, size| sum.checked_add(size?)),
        false => sizes(own).flatten().next(),
    };
    Ok(TensorType::new(dtype.flatten(), (0..rank).map(size).collect::<Vec<_>>()))
}

fn unknown(dtype: Option<Option<hub_core::DType>>) -> TensorType {
    TensorType::new(dtype.flatten(), Shape::unknown())
}

/// Whether the values are not all the same.
fn different<T: PartialEq>(mut values: impl Iterator<Item = T>) -> bool {
    values.next().is_some_and(|first| values.any(|other| other != first))
}
