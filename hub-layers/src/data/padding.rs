//! Tensors made larger by a value: what joins examples of unlike lengths. Called by `padded_batch`.

use hub_core::{DType, Shape, Tensor};

use crate::error::{Error, Result};

/// The tensor at the beginning of a larger one of this shape, with `value` in the rest.
pub(super) fn pad(tensor: &Tensor, shape: &[usize], value: Option<&Tensor>) -> Result<Tensor> {
    if tensor.shape() == shape {
        return Ok(tensor.clone());
    }
    let fits = tensor.shape().len() == shape.len() && tensor.shape().iter().zip(shape).all(|(own, all)| own <= all);
    if !fits {
        return Err(mismatch(shape, tensor.shape()).into());
    }
    let count = shape.iter().try_fold(1_usize, |count, size| count.checked_mul(*size));
    let count = count.ok_or_else(|| mismatch(&[], shape))?;
    if let Some(value) = value.filter(|value| value.dtype() != tensor.dtype() || value.len() != 1) {
        let expected = format!("one {}", tensor.dtype());
        let found = format!("{} {}", value.len(), value.dtype());
        return Err(Error::BadConfig { argument: "padding_values".into(), expected, found });
    }
    if tensor.dtype() == DType::String {
        let filling = value.map(|value| Ok::<_, hub_core::Error>(value.as_strings()?[0].clone())).transpose()?;
        let mut padded = vec![filling.unwrap_or_default(); count];
        copy(tensor.shape(), shape, 1, tensor.as_strings()?, &mut padded);
        return Ok(Tensor::strings(shape, padded)?);
    }
    let bytes = tensor.bytes()?;
    let size = tensor.dtype().size_bytes().unwrap_or(1);
    let length = count.checked_mul(size).ok_or_else(|| mismatch(&[], shape))?;
    let mut padded = match value {
        Some(value) => value.bytes()?.repeat(count),
        None => vec![0; length],
    };
    copy(tensor.shape(), shape, size, bytes, &mut padded);
    Ok(Tensor::from_bytes(tensor.dtype(), shape, &padded)?)
}

/// Copies row by row of the last axis; `size` items make an element.
fn copy<T: Clone>(own: &[usize], all: &[usize], size: usize, from: &[T], to: &mut [T]) {
    match (own, all) {
        ([own], [_]) => to[..own * size].clone_from_slice(&from[..own * size]),
        ([rows, own @ ..], [_, all @ ..]) => {
            let width = |shape: &[usize]| shape.iter().product::<usize>() * size;
            let (narrow, wide) = (width(own), width(all));
            for row in 0..*rows {
                copy(own, all, size, &from[row * narrow..][..narrow], &mut to[row * wide..][..wide]);
            }
        }
        _ => {}
    }
}

fn mismatch(expected: &[usize], found: &[usize]) -> hub_core::Error {
    hub_core::Error::ShapeMismatch {
        what: "padding".into(),
        expected: format!("at most {}", Shape::known(expected)),
        found: Shape::known(found).to_string(),
    }
}
