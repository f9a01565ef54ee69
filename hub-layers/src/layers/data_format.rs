//! [`DataFormat`]: whether the channels of images come last or first.
//!
//! The layers compute with channels last; what has them first is moved there and back, so that CPUs can do it.

use hub_core::Shape;
use hub_core::graph::Node;

use crate::config::{Argument, At};
use crate::error::Result;
use crate::layer::Place;

const CHANNELS_FIRST: &str = "channels_first";
const CHANNELS_LAST: &str = "channels_last";

/// The value of an argument `data_format`.
#[derive(Debug, Clone, Default)]
pub(super) struct DataFormat(Option<String>);

impl DataFormat {
    pub(super) fn new(name: impl Into<String>) -> DataFormat {
        DataFormat(Some(name.into()))
    }

    pub(super) fn is_channels_first(&self) -> bool {
        self.0.as_deref() == Some(CHANNELS_FIRST)
    }

    /// Checks the name.
    pub(super) fn check(&self, place: &Place) -> Result<()> {
        let names = [CHANNELS_FIRST, CHANNELS_LAST];
        match &self.0 {
            Some(name) if !names.contains(&name.as_str()) => Err(place.unknown_name("data_format", name, names)),
            _ => Ok(()),
        }
    }

    /// Checks name and rank: images `[batch, height, width, channels]`.
    pub(super) fn check_images(&self, place: &Place, shape: &Shape) -> Result<()> {
        self.check(place)?;
        match shape.rank() {
            Some(4) => Ok(()),
            _ => Err(place.input_mismatch("four dimensions", shape)),
        }
    }

    /// Height, width and channels of images of this shape.
    pub(super) fn image_sizes(&self, shape: &Shape) -> [Option<usize>; 3] {
        let order = if self.is_channels_first() { [2, 3, 1] } else { [1, 2, 3] };
        order.map(|axis| shape.dimension(axis))
    }

    /// The axes of height and width.
    pub(super) fn spatial_axes(&self) -> [i32; 2] {
        if self.is_channels_first() { [2, 3] } else { [1, 2] }
    }

    /// The input with its channels last; of unknown rank it stays as it is.
    pub(super) fn channels_last<'g>(&self, x: Node<'g>) -> Node<'g> {
        match x.shape().rank() {
            Some(rank @ 3..) if self.is_channels_first() => {
                transposed(x, [0].into_iter().chain(2..rank as i32).chain([1]))
            }
            _ => x,
        }
    }

    /// An output with its channels where they were in the input.
    pub(super) fn restored<'g>(&self, x: Node<'g>) -> Node<'g> {
        match x.shape().rank() {
            Some(rank @ 3..) if self.is_channels_first() => {
                transposed(x, [0, rank as i32 - 1].into_iter().chain(1..rank as i32 - 1))
            }
            _ => x,
        }
    }
}

fn transposed(x: Node<'_>, order: impl Iterator<Item = i32>) -> Node<'_> {
    let order: Vec<i32> = order.collect();
    let order = x.scope().constant(hub_core::Tensor::from(order));
    x.scope().op("Transpose").input(x).input(order).build()
}

impl Argument for DataFormat {
    fn write(&self) -> Result<serde_json::Value> {
        Ok(self.0.as_deref().unwrap_or(CHANNELS_LAST).into())
    }

    fn read(json: &serde_json::Value, at: At<'_>) -> Result<DataFormat> {
        Argument::read(json, at).map(DataFormat)
    }
}
