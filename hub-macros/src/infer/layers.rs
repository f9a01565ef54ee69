//! Through a layer of the table: what it takes, and what it gives.
//!
//! What is refused is what the layer itself refuses when it is built; tests in hub-layers hold the two together.

use hub_core::{DType, Nest, Shape};
use proc_macro2::Span;

use super::flow::{Flow, TensorType, shown};
use super::{arguments, concatenate, images, keras_layer};
use crate::check::CheckedLayer;
use crate::contract::Contracts;
use crate::report::{self, Report};

/// What a layer makes of what comes in; reported where it is applied if it cannot take it.
pub(super) fn apply(
    layer: &CheckedLayer,
    place: Span,
    input: Flow,
    contracts: &mut Contracts,
    report: &mut Report,
) -> Flow {
    let Some(known) = layer.known() else { return Flow::unknown() };
    let from = label(layer);
    let given = match known.callee.name {
        "KerasLayer" => keras_layer::apply(layer, &input, contracts, report),
        "Concatenate" => concatenate::apply(layer, &input).map(Nest::Leaf),
        name => single(&input).and_then(|x| through(name, layer, x)).map(Nest::Leaf),
    };
    match given {
        Ok(what) => Flow { what, from },
        Err(Refused(expected)) => {
            if !expected.is_empty() {
                report.add(place, report::mismatch(&from, &expected, &input.from, &shown(&input.what)));
            }
            Flow::unknown()
        }
    }
}

/// What a layer's model says against it, before anything goes in.
pub(super) fn prepare(layer: &CheckedLayer, contracts: &mut Contracts, report: &mut Report) {
    if layer.known().is_some_and(|known| known.callee.name == "KerasLayer") {
        contracts.check(layer, report);
    }
}

/// What a layer takes instead, in words; empty where that is reported already.
pub(super) struct Refused(pub(super) String);

pub(super) type Given<T = TensorType> = Result<T, Refused>;

/// Refuses what came.
pub(super) fn refuse<T>(expected: impl Into<String>) -> Given<T> {
    Err(Refused(expected.into()))
}

/// What a layer is called in messages.
pub(super) fn label(layer: &CheckedLayer) -> String {
    let class = layer.known().map_or_else(String::new, |known| known.callee.name.to_owned());
    match crate::check::list::name_of(layer) {
        Some((name, _)) => format!("`{class}` (`{name}`)"),
        None => format!("`{class}`"),
    }
}

/// The only tensor that comes in.
fn single(input: &Flow) -> Given<&TensorType> {
    match &input.what {
        Nest::Leaf(tensor) => Ok(tensor),
        _ => refuse("one tensor"),
    }
}

/// Refuses strings.
pub(super) fn numbers(x: &TensorType) -> Given<()> {
    match x.dtype {
        Some(DType::String) => refuse("numbers"),
        _ => Ok(()),
    }
}

/// Refuses a known rank below this one.
fn rank_from(x: &TensorType, least: usize, expected: &str) -> Given<()> {
    match x.shape.rank() {
        Some(rank) if rank < least => refuse(expected),
        _ => Ok(()),
    }
}

fn through(name: &str, layer: &CheckedLayer, x: &TensorType) -> Given {
    let own = arguments::dtype(layer);
    match name {
        "InputLayer" => {
            let shape = arguments::shape(layer, "shape").unwrap_or_default();
            Ok(TensorType::new(own, shape))
        }
        "Dense" => {
            numbers(x)?;
            rank_from(x, 2, "two dimensions or more")?;
            softmax_has_an_axis(layer, x)?;
            Ok(TensorType::new(own, with_last(&x.shape, arguments::size(layer, "units"))))
        }
        "Dropout" => match x.dtype {
            Some(DType::String) => refuse("floating-point numbers"),
            _ => Ok(x.clone()),
        },
        "Flatten" => {
            rank_from(x, 1, "one dimension or more")?;
            Ok(TensorType::new(x.dtype, flat(&x.shape)))
        }
        "Activation" => {
            numbers(x)?;
            softmax_has_an_axis(layer, x)?;
            Ok(x.clone())
        }
        "Rescaling" => numbers(x).map(|()| TensorType::new(own, x.shape.clone())),
        "BatchNormalization" | "LayerNormalization" | "Normalization" => {
            numbers(x)?;
            axes_exist(layer, x)?;
            Ok(TensorType::new(own, x.shape.clone()))
        }
        "Embedding" => embedding(layer, x, own),
        "StringLookup" => string_lookup(layer, x),
        "TextVectorization" => text_vectorization(layer, x),
        _ => images::through(name, layer, x, own),
    }
}

/// The shape with another last dimension.
fn with_last(shape: &Shape, last: Option<usize>) -> Shape {
    match shape.dimensions() {
        Some([leading @ .., _]) => leading.iter().copied().chain([last]).collect::<Vec<_>>().into(),
        _ => Shape::unknown(),
    }
}

/// Each example as one row.
fn flat(shape: &Shape) -> Shape {
    let Some([batch, example @ ..]) = shape.dimensions() else { return Shape::unknown() };
    let size = example.iter().try_fold(1_usize, |size, dimension| size.checked_mul((*dimension)?));
    Shape::from([*batch, size])
}

fn softmax_has_an_axis(layer: &CheckedLayer, x: &TensorType) -> Given<()> {
    match arguments::text(layer, "activation", "linear").as_deref() {
        Some(name @ ("softmax" | "log_softmax")) => rank_from(x, 2, &format!("two dimensions or more for `{name}`")),
        _ => Ok(()),
    }
}

/// The axes that a normalization means are there.
fn axes_exist(layer: &CheckedLayer, x: &TensorType) -> Given<()> {
    let (Some(rank), Some(axes)) = (x.shape.rank(), arguments::axes(layer, "axis", -1)) else { return Ok(()) };
    let rank = rank as i64;
    match axes.iter().find(|axis| !(-rank..rank).contains(axis)) {
        Some(axis) => refuse(format!("an input with an axis {axis}")),
        None => Ok(()),
    }
}

fn embedding(layer: &CheckedLayer, x: &TensorType, own: Option<DType>) -> Given {
    numbers(x)?;
    if let (Some(length), Some(dimensions)) = (arguments::size(layer, "input_length"), x.shape.dimensions())
        && (dimensions.len() != 2 || dimensions[1].is_some_and(|found| found != length))
    {
        return refuse(format!("[?, {length}], as `input_length` says"));
    }
    let size = arguments::size(layer, "output_dim");
    let shape = x.shape.dimensions().map(|dimensions| dimensions.iter().copied().chain([size]).collect::<Vec<_>>());
    Ok(TensorType::new(own, shape.map_or_else(Shape::unknown, Shape::from)))
}

fn string_lookup(layer: &CheckedLayer, x: &TensorType) -> Given {
    match arguments::boolean(layer, "invert", false) {
        Some(true) => match x.dtype {
            Some(dtype) if !dtype.is_integer() => refuse("whole numbers"),
            _ => Ok(TensorType::new(DType::String, x.shape.clone())),
        },
        None => Ok(TensorType::default()),
        Some(false) => {
            if x.dtype.is_some_and(|dtype| dtype != DType::String) {
                return refuse("strings");
            }
            match arguments::text(layer, "output_mode", "int").as_deref() {
                Some("int") => Ok(TensorType::new(arguments::dtype_or(layer, DType::I64), x.shape.clone())),
                _ => Ok(TensorType::default()),
            }
        }
    }
}

fn text_vectorization(layer: &CheckedLayer, x: &TensorType) -> Given {
    let fits = x.shape.dimensions().is_none_or(|dimensions| matches!(dimensions, [_] | [_, None | Some(1)]));
    if !fits || x.dtype.is_some_and(|dtype| dtype != DType::String) {
        return refuse("texts, string [batch] or [batch, 1]");
    }
    let batch = x.shape.dimension(0);
    match (arguments::text(layer, "output_mode", "int").as_deref(), layer.argument("split")) {
        (Some("int"), None) => {
            let length = arguments::size(layer, "output_sequence_length");
            Ok(TensorType::new(DType::I64, [batch, length]))
        }
        _ => Ok(TensorType::default()),
    }
}
