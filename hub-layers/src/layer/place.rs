//! [`Place`]: where a layer stands in its model, for errors that say so.

use std::fmt;

use hub_core::Nest;
use hub_core::graph::Node;

use crate::error::{Error, Result};

/// Where a layer stands in its model; makes the errors that say so.
#[derive(Debug, Clone)]
pub struct Place {
    index: usize,
    name: String,
}

impl Place {
    pub(crate) fn new(index: usize, name: impl Into<String>) -> Place {
        Place { index, name: name.into() }
    }

    /// The layer's place in the model, from 0.
    pub fn index(&self) -> usize {
        self.index
    }

    /// The layer's name in the model.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The only input.
    ///
    /// # Errors
    /// [`Error::InputMismatch`] where there is a dict, list or tuple of inputs.
    pub fn single<'g>(&self, inputs: &Nest<Node<'g>>) -> Result<Node<'g>> {
        match inputs {
            Nest::Leaf(node) => Ok(*node),
            other => Err(self.input_mismatch("one tensor", other.kind())),
        }
    }

    /// The only input, whose elements are numbers or truth values.
    ///
    /// # Errors
    /// [`Error::InputMismatch`] where there is more than one input, or it holds strings or resources.
    pub fn numbers<'g>(&self, inputs: &Nest<Node<'g>>) -> Result<Node<'g>> {
        let node = self.single(inputs)?;
        match node.dtype().size_bytes() {
            Some(_) => Ok(node),
            None => Err(self.input_mismatch("numbers", format!("{} {}", node.dtype(), node.shape()))),
        }
    }

    /// The size of the last axis of the only input.
    ///
    /// # Errors
    /// [`Error::InputMismatch`] where there is more than one input, or the size is unknown.
    pub fn features(&self, inputs: &Nest<Node<'_>>) -> Result<usize> {
        let shape = self.single(inputs)?.shape();
        shape.last().ok_or_else(|| self.input_mismatch("an input whose last dimension is known", shape))
    }

    /// An error: what comes in is not what the layer takes.
    pub fn input_mismatch(&self, expected: impl fmt::Display, found: impl fmt::Display) -> Error {
        let (expected, found) = (expected.to_string(), found.to_string());
        Error::InputMismatch { index: self.index, layer: self.name.clone(), expected, found }
    }

    /// An error: an argument has a value that it cannot have.
    pub fn invalid_argument(&self, argument: &str, expected: impl fmt::Display, found: impl fmt::Display) -> Error {
        Error::InvalidArgument {
            index: self.index,
            layer: self.name.clone(),
            argument: argument.to_owned(),
            expected: expected.to_string(),
            found: found.to_string(),
        }
    }

    /// An error: an argument names something that does not exist.
    pub fn unknown_name<'a>(&self, argument: &str, found: &str, available: impl IntoIterator<Item = &'a str>) -> Error {
        Error::UnknownName {
            index: self.index,
            layer: self.name.clone(),
            argument: argument.to_owned(),
            found: found.to_owned(),
            available: available.into_iter().map(str::to_owned).collect(),
        }
    }
}
