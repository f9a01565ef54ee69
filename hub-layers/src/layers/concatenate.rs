//! [`Concatenate`]: several inputs side by side.

use hub_core::graph::Node;
use hub_core::{DType, Nest, Shape};

use super::axes::axis_of;
use crate::config::{Config, class, config_of};
use crate::error::Result;
use crate::layer::{Build, Call, Layer, Place};
use crate::shapes::leading_and;

/// The inputs, one after the other along `axis`.
///
/// | argument | meaning | default |
/// |---|---|---|
/// | `axis` | along which they are joined | -1 |
/// | `name`, `dtype` | as for every layer | |
///
/// Takes a list or tuple of tensors, or a dict in the order of its sorted keys. A step counts in the output where it
/// counts in every input with a mask.
///
/// # Shapes
/// Inputs that differ at most along `axis`, `[batch, ..., a]` and `[batch, ..., b]`; output `[batch, ..., a + b]`.
///
/// ```
/// use hub_core::{Nest, Tensor};
/// use hub_layers::{Sequential, layers::Concatenate};
/// let model = Sequential::new().add(Concatenate::new()).build()?;
/// let inputs = [Tensor::from([[1.0_f32, 2.0]]), Tensor::from([[3.0_f32]])];
/// let y = model.predict(Nest::List(inputs.map(Into::into).to_vec()))?;
/// assert_eq!(y.tensor()?.as_slice::<f32>()?, [1.0, 2.0, 3.0]);
/// # Ok::<(), hub_layers::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Concatenate {
    axis: i32,
    name: Option<String>,
    dtype: DType,
}

impl Default for Concatenate {
    fn default() -> Concatenate {
        Concatenate::new()
    }
}

impl Concatenate {
    /// A layer that joins along the last axis.
    pub fn new() -> Concatenate {
        Concatenate { axis: -1, name: None, dtype: DType::F32 }
    }

    /// The axis, counted from the back where negative. Default: -1.
    pub fn axis(mut self, axis: i32) -> Self {
        self.axis = axis;
        self
    }

    /// The layer's name, unique in its model. Default: `concatenate`, counted.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The type that floating-point inputs are cast to. Default: float32.
    pub fn dtype(mut self, dtype: DType) -> Self {
        self.dtype = dtype;
        self
    }

    /// The inputs, and the axis counted from the front.
    fn parts<'g>(&self, place: &Place, inputs: &Nest<Node<'g>>) -> Result<(Vec<Node<'g>>, usize)> {
        let parts: Vec<Node<'g>> = match inputs {
            Nest::Leaf(_) | Nest::None => Vec::new(),
            several => several.leaves().into_iter().copied().collect(),
        };
        let shapes: Vec<Shape> = parts.iter().map(|part| part.shape()).collect();
        let Some(rank) = shapes.iter().find_map(Shape::rank) else {
            return Err(place.input_mismatch("a list of tensors with a known number of dimensions", inputs.kind()));
        };
        let axis = axis_of(self.axis, rank)
            .ok_or_else(|| place.invalid_argument("axis", format!("one of {rank} dimensions"), self.axis))?;
        let mut common = without(&shapes[0], axis);
        for (part, shape) in parts.iter().zip(&shapes) {
            let others = without(shape, axis);
            if !common.is_compatible_with(&others) || part.dtype() != parts[0].dtype() {
                let expected = format!("{} and shapes that differ at axis {axis} alone", parts[0].dtype());
                let found = parts.iter().map(|part| format!("{} {}", part.dtype(), part.shape()));
                return Err(place.input_mismatch(expected, found.collect::<Vec<_>>().join(", ")));
            }
            if common.to_known().is_none() {
                common = others;
            }
        }
        Ok((parts, axis))
    }
}

/// A shape without one of its dimensions.
fn without(shape: &Shape, axis: usize) -> Shape {
    match shape.dimensions() {
        Some(dimensions) => {
            let others = dimensions.iter().enumerate().filter(|(own, _)| *own != axis).map(|(_, size)| *size);
            others.collect::<Vec<_>>().into()
        }
        None => Shape::unknown(),
    }
}

/// Nodes joined along an axis.
fn joined<'g>(nodes: Vec<Node<'g>>, axis: i32) -> Option<Node<'g>> {
    let scope = nodes.first()?.scope();
    Some(match nodes[..] {
        [only] => only,
        _ => scope.op("ConcatV2").input_list(nodes).input(scope.constant(axis)).build(),
    })
}

/// The mask of the joined parts; none where no part has one.
fn joined_mask<'g>(parts: &[Node<'g>], masks: &[Option<Node<'g>>], axis: usize) -> Option<Node<'g>> {
    if masks.iter().all(Option::is_none) {
        return None;
    }
    let expanded = parts.iter().zip(masks).map(|(part, mask)| {
        let scope = part.scope();
        match mask {
            None => {
                let rank = part.shape().rank().unwrap_or(1);
                scope.op("Fill").input(leading_and(*part, rank - 1, 1)).input(scope.constant(true)).build()
            }
            Some(mask) if mask.shape().rank() < part.shape().rank() => {
                scope.op("ExpandDims").input(*mask).input(scope.constant(-1_i32)).build()
            }
            Some(mask) => *mask,
        }
    });
    let all = joined(expanded.collect(), axis as i32)?;
    let last = all.scope().constant([-1_i32]);
    Some(all.scope().op("All").input(all).input(last).attr("keep_dims", false).build())
}

impl Layer for Concatenate {
    fn config(&self) -> crate::Result<Config> {
        config_of(self, "keras.layers")
    }

    fn class_name(&self) -> &str {
        "Concatenate"
    }

    fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    fn dtype(&self) -> DType {
        self.dtype
    }

    fn build<'g>(&self, build: &mut Build<'g>, inputs: &Nest<Node<'g>>) -> Result<()> {
        self.parts(build.place(), inputs).map(drop)
    }

    fn call<'g>(&self, call: &mut Call<'g>, inputs: Nest<Node<'g>>) -> Result<Nest<Node<'g>>> {
        let (parts, axis) = self.parts(call.place(), &inputs)?;
        let masks = call.masks();
        let mask = if masks.len() == parts.len() { joined_mask(&parts, masks, axis) } else { None };
        call.set_mask(mask);
        let y = joined(parts, axis as i32);
        y.map(Nest::Leaf).ok_or_else(|| call.place().input_mismatch("at least one tensor", "none"))
    }
}

class! { Concatenate = "Concatenate", |config| Concatenate::new();
    axis = axis, name = name, dtype = dtype; ignored "trainable" = true
}
