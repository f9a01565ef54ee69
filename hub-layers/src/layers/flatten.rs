//! [`Flatten`]: each example as one row.

use hub_core::graph::Node;
use hub_core::{Nest, Shape};

use super::data_format::DataFormat;
use super::options::{LayerOptions, option_answers, option_builders};
use crate::config::class;
use crate::error::Result;
use crate::layer::{Build, Call, Layer};
use crate::shapes::leading_and;

/// The elements of each example in one row, in the order in which they lie.
///
/// | argument | meaning | default |
/// |---|---|---|
/// | `data_format` | with `"channels_first"` the channels are axis 1 and are moved to the end first | `"channels_last"` |
/// | `name`, `trainable`, `dtype`, `input_shape` | as for every layer | |
///
/// # Shapes
/// Input `[batch, a, b, ...]`, output `[batch, a · b · ...]`; `[batch]` becomes `[batch, 1]`.
///
/// ```
/// use hub_core::Tensor;
/// use hub_layers::{Sequential, layers::Flatten};
/// let model = Sequential::new().add(Flatten::new()).build()?;
/// let y = model.predict(Tensor::new(&[1, 2, 2], vec![1.0_f32, 2.0, 3.0, 4.0])?)?;
/// assert_eq!(y.tensor()?.shape(), [1, 4]);
/// # Ok::<(), hub_layers::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Flatten {
    data_format: DataFormat,
    options: LayerOptions,
}

impl Flatten {
    /// A layer that flattens.
    pub fn new() -> Flatten {
        Flatten::default()
    }

    /// Where the channels are, `"channels_first"` or `"channels_last"`. Default: last.
    pub fn data_format(mut self, data_format: impl Into<String>) -> Self {
        self.data_format = DataFormat::new(data_format);
        self
    }

    option_builders!();
}

impl Layer for Flatten {
    fn class_name(&self) -> &str {
        "Flatten"
    }

    option_answers!();

    fn build<'g>(&self, build: &mut Build<'g>, inputs: &Nest<Node<'g>>) -> Result<()> {
        self.data_format.check(build.place())?;
        let shape = build.place().single(inputs)?.shape();
        match shape.rank() {
            Some(0) => Err(build.place().input_mismatch("one dimension or more", shape)),
            None if self.data_format.is_channels_first() => {
                Err(build.place().input_mismatch("a known number of dimensions", shape))
            }
            _ => Ok(()),
        }
    }

    fn call<'g>(&self, call: &mut Call<'g>, inputs: Nest<Node<'g>>) -> Result<Nest<Node<'g>>> {
        let x = call.place().single(&inputs)?;
        Ok(Nest::Leaf(rows(self.data_format.channels_last(x))))
    }
}

/// Each example as one row.
fn rows(x: Node<'_>) -> Node<'_> {
    match example_size(&x.shape()) {
        // -1 for the batch says more to the shape inference than a shape that is computed.
        Some(size @ 1..) => x.reshape(&[-1, size]),
        Some(size) => x.reshape_to(leading_and(x, 1, size)),
        None => x.reshape_to(leading_and(x, 1, -1)),
    }
}

/// How many elements an example has; `None` where that is unknown, or too many for a shape of int32.
fn example_size(shape: &Shape) -> Option<i32> {
    let example = shape.dimensions()?.get(1..)?;
    if example.contains(&Some(0)) {
        return Some(0);
    }
    let size = example.iter().try_fold(1_usize, |size, dimension| size.checked_mul((*dimension)?))?;
    i32::try_from(size).ok()
}

class! { Flatten = "Flatten", |config| Flatten::new(); data_format = data_format; with options }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_of_examples() {
        let size = |dimensions: &[Option<usize>]| example_size(&Shape::from(dimensions.to_vec()));
        assert_eq!(size(&[None, Some(3), Some(4)]), Some(12));
        assert_eq!(size(&[Some(7)]), Some(1));
        assert_eq!(size(&[None, None, Some(4)]), None);
        assert_eq!(size(&[None, None, Some(0)]), Some(0));
        let large = 1 << 20;
        assert_eq!(size(&[None, Some(i32::MAX as usize)]), Some(i32::MAX));
        assert_eq!(size(&[None, Some(large), Some(large)]), None, "more than int32 holds");
        assert_eq!(size(&[None, Some(large), Some(large), Some(large), Some(large)]), None, "more than usize holds");
        assert_eq!(size(&[None, Some(large), Some(large), Some(large), Some(large), Some(0)]), Some(0));
    }
}
