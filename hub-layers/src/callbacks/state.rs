//! Numbers in a [`CallbackState`], as tensors and back.

use hub_core::Tensor;

use super::CallbackState;
use crate::error::{Error, Result};

/// A count.
pub(super) fn whole(count: usize) -> Tensor {
    Tensor::scalar(count as i64)
}

/// A count that was kept.
pub(super) fn count(state: &CallbackState, name: &str) -> Result<usize> {
    let value = state.get(name).map(Tensor::item::<i64>).transpose()?;
    value.and_then(|value| usize::try_from(value).ok()).ok_or_else(|| Error::BadConfig {
        argument: "backup_dir".into(),
        expected: format!("the `{name}` of a callback: the same callbacks in the same order"),
        found: value.map_or("none".into(), |value| value.to_string()),
    })
}

/// A number that was kept, where there was one.
pub(super) fn real(state: &CallbackState, name: &str) -> Result<Option<f64>> {
    Ok(state.get(name).map(Tensor::item::<f64>).transpose()?)
}
