//! What shape comes out of a `KerasLayer` for what comes in, without data.

use std::sync::Arc;

use hub_core::{Nest, Shape};

use super::built::Built;
use super::network::Network;
use crate::error::Result;
use crate::initializers::Seeds;
use crate::layer::{InputSpec, Layer};
use crate::layers::KerasLayer;

impl KerasLayer {
    /// The shape of the outputs for an input of this shape, both with the batch in front: what `output_shape` declares,
    /// else what the loaded model's graph knows.
    ///
    /// ```
    /// use hub_layers::{KerasLayer, Nest, Shape};
    /// let affine = KerasLayer::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/affine/model"))?;
    /// assert_eq!(affine.compute_output_shape([10, 3])?, Nest::Leaf(Shape::from([10, 2])));
    /// # Ok::<(), hub_layers::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of building a model with the layer, where no shape is declared.
    pub fn compute_output_shape(&self, input_shape: impl Into<Shape>) -> Result<Nest<Shape>> {
        let input_shape = input_shape.into();
        let batch = input_shape.dimension(0);
        if let Some(declared) = self.declared_output_shape() {
            return declared.try_map(&mut |shape| Ok(in_batch(shape, batch)));
        }
        let dtype = match self.input()? {
            Some(Nest::Leaf(input)) => input.dtype(),
            _ => self.dtype(),
        };
        let mut network = Network::chain("compute_output_shape", vec![Arc::new(self.clone())])?;
        let input = Nest::Leaf(InputSpec::new(dtype, input_shape).exact());
        network.inputs = Some(input.clone());
        let built = Built::new(&network, input, Seeds::new(Some(0)))?;
        Ok(built.layers[0].output.clone())
    }
}

fn in_batch(example: &Shape, batch: Option<usize>) -> Shape {
    match example.dimensions() {
        Some(dimensions) => std::iter::once(batch).chain(dimensions.iter().copied()).collect::<Vec<_>>().into(),
        None => Shape::unknown(),
    }
}
