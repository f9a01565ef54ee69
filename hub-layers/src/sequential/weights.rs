//! [`Weight`]: the weights of a built model, for reading.

use hub_core::{DType, Tensor};

use super::Sequential;
use super::built::Built;
use crate::error::Result;
use crate::layer::WeightSlot;

/// One weight of a built model.
#[derive(Debug, Clone, Copy)]
pub struct Weight<'m> {
    built: &'m Built,
    slot: &'m WeightSlot,
}

impl Weight<'_> {
    /// The layer's name and its own: `dense/kernel`; for a loaded model's variable the name that it has there.
    pub fn name(&self) -> &str {
        &self.slot.name
    }

    /// The element type.
    pub fn dtype(&self) -> DType {
        self.slot.dtype
    }

    /// The shape.
    pub fn shape(&self) -> &[usize] {
        &self.slot.shape
    }

    /// Whether training changes it.
    pub fn is_trainable(&self) -> bool {
        self.slot.trainable
    }

    /// Its value now.
    ///
    /// # Errors
    /// [`Error::Core`](crate::Error::Core) where the engine cannot read it.
    pub fn value(&self) -> Result<Tensor> {
        let program = &self.built.program;
        let read = program.prepare(&[], &[program.scope().node(self.slot.read)], &[])?;
        let mut values = program.run(&read, &[])?;
        Ok(values.pop().ok_or_else(|| hub_core::Error::VariableNotFound { name: self.slot.name.clone() })?)
    }
}

impl Sequential {
    /// The weights of all layers, in order; one that layers share comes once.
    ///
    /// # Errors
    /// [`Error::NotBuilt`](crate::Error::NotBuilt) where there are none yet.
    pub fn weights(&self) -> Result<Vec<Weight<'_>>> {
        let built = self.built.get().ok_or_else(|| self.not_built())?;
        Ok(built.distinct_weights().map(|slot| Weight { built, slot }).collect())
    }
}

impl Built {
    /// The weights of all layers, in order; one that layers share comes once.
    pub(super) fn distinct_weights(&self) -> impl Iterator<Item = &WeightSlot> {
        let mut seen = std::collections::HashSet::new();
        self.layers.iter().flat_map(|layer| layer.weights.iter()).filter(move |slot| seen.insert(slot.handle))
    }
}
