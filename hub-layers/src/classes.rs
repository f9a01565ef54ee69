//! The class that a label or a prediction names.
//!
//! For weights by class and for counting right and wrong answers.

use hub_core::{DType, Tensor};

use crate::cast::{cast, casts_to};
use crate::error::{Error, Result};

/// The class of each example: the number itself, or the place of the largest of several.
pub(crate) fn classes(label: &Tensor) -> Result<Vec<i64>> {
    let rows = label.shape().first().copied().unwrap_or(0);
    let width = label.len().checked_div(rows).unwrap_or(0);
    let values = in_f64(label)?;
    let values = values.as_slice::<f64>()?;
    let largest = |row: &[f64]| {
        let best = row
            .iter()
            .enumerate()
            .fold((0, f64::NEG_INFINITY), |best, (index, value)| if *value > best.1 { (index, *value) } else { best });
        best.0 as i64
    };
    Ok(match width {
        0 | 1 => values.iter().map(|value| *value as i64).collect(),
        width => values.chunks(width).map(largest).collect(),
    })
}

/// Any numbers, or truth values, as float64.
pub(crate) fn in_f64(tensor: &Tensor) -> Result<Tensor> {
    match tensor.dtype() {
        DType::F64 => Ok(tensor.clone()),
        DType::Bool => {
            let bytes = tensor.bytes()?.iter().map(|byte| f64::from(*byte)).collect();
            Ok(Tensor::new(tensor.shape(), bytes)?)
        }
        from if casts_to(from, DType::F64) => Ok(cast(tensor, DType::F64)?),
        found => Err(Error::BadLabels { index: None, expected: "numbers".into(), found: found.to_string() }),
    }
}
