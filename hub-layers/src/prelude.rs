//! What most programs name: `use hub_layers::prelude::*`.

pub use hub_core::{DType, Structure, Tensor};

pub use crate::layers::{Activation, Dense, Dropout, Flatten, InputLayer, KerasLayer, Rescaling};
pub use crate::{Layer, Predict, Sequential};
