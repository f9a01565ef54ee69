//! [`Element`]: features, labels and weights that belong together.

use std::sync::Arc;

use hub_core::{Nest, Structure, Tensor, Value};

use crate::error::Result;

/// What one item of a data set holds: an example, or a batch of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Element {
    /// What goes into the model.
    pub x: Nest<Tensor>,
    /// What should come out, where it is known.
    pub y: Option<Nest<Tensor>>,
    /// How much each example counts, where they do not count alike.
    pub sample_weight: Option<Nest<Tensor>>,
    /// Tells the examples apart: the same number, the same example. None where that is not known.
    pub(crate) rows: Option<Arc<[u64]>>,
}

impl Element {
    /// Features alone.
    ///
    /// # Errors
    /// Ragged and sparse tensors and literals among them.
    pub fn new(x: impl Into<Structure>) -> Result<Element> {
        Ok(Element { x: tensors(x.into())?, y: None, sample_weight: None, rows: None })
    }

    /// With labels.
    ///
    /// # Errors
    /// As [`Element::new`].
    pub fn labels(mut self, y: impl Into<Structure>) -> Result<Element> {
        self.y = Some(tensors(y.into())?);
        Ok(self)
    }

    /// With weights of the examples.
    ///
    /// # Errors
    /// As [`Element::new`].
    pub fn weights(mut self, sample_weight: impl Into<Structure>) -> Result<Element> {
        self.sample_weight = Some(tensors(sample_weight.into())?);
        Ok(self)
    }

    /// All tensors: features, labels, weights.
    pub(crate) fn tensors(&self) -> Vec<&Tensor> {
        let nests = [Some(&self.x), self.y.as_ref(), self.sample_weight.as_ref()];
        nests.into_iter().flatten().flat_map(|nest| nest.leaves()).collect()
    }

    /// Each tensor made into another.
    pub(crate) fn try_map<E>(&self, mut convert: impl FnMut(&Tensor) -> Result<Tensor, E>) -> Result<Element, E> {
        Ok(Element {
            x: self.x.try_map(&mut convert)?,
            y: self.y.as_ref().map(|y| y.try_map(&mut convert)).transpose()?,
            sample_weight: self.sample_weight.as_ref().map(|weight| weight.try_map(&mut convert)).transpose()?,
            rows: self.rows.clone(),
        })
    }
}

/// The plain tensors that a structure holds.
pub(crate) fn tensors(structure: Structure) -> Result<Nest<Tensor>> {
    structure.try_map(&mut |leaf| match leaf {
        Value::Tensor(tensor) => Ok(tensor.clone()),
        other => Err(hub_core::Error::StructureMismatch {
            what: "an input of the model".into(),
            expected: "a tensor".into(),
            found: other.to_string(),
        }
        .into()),
    })
}
