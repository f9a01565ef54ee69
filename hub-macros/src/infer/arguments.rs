//! What the literals among a layer's arguments say.

use hub_core::{DType, Shape};
use syn::Expr;

use crate::check::{CheckedLayer, Meaning};
use crate::literal;

/// A size, where it is known.
pub(super) fn size(layer: &CheckedLayer, name: &str) -> Option<usize> {
    literal::size(layer.argument(name)?)
}

/// A truth value, or its default.
pub(super) fn boolean(layer: &CheckedLayer, name: &str, default: bool) -> Option<bool> {
    layer.argument(name).map_or(Some(default), literal::boolean)
}

/// A text, or its default.
pub(super) fn text(layer: &CheckedLayer, name: &str, default: &str) -> Option<String> {
    layer.argument(name).map_or_else(|| Some(default.to_owned()), literal::text)
}

/// Axes as they are given, or the default.
pub(super) fn axes(layer: &CheckedLayer, name: &str, default: i64) -> Option<Vec<i64>> {
    let Some(value) = layer.argument(name) else { return Some(vec![default]) };
    match literal::list(value) {
        Some(items) => items.iter().map(literal::integer).collect(),
        None => literal::integer(value).map(|axis| vec![axis]),
    }
}

/// Height and width; for one number both are that.
pub(super) fn window(layer: &CheckedLayer, name: &str, default: usize) -> [Option<usize>; 2] {
    let Some(value) = layer.argument(name) else { return [Some(default); 2] };
    match literal::list(value).as_deref() {
        Some([height, width]) => [literal::size(height), literal::size(width)],
        Some(_) => [None; 2],
        None => [literal::size(value); 2],
    }
}

/// The element type that the layer computes in.
pub(super) fn dtype(layer: &CheckedLayer) -> Option<DType> {
    dtype_or(layer, DType::F32)
}

/// The element type that is given, or the default.
pub(super) fn dtype_or(layer: &CheckedLayer, default: DType) -> Option<DType> {
    let Some((_, value)) = layer.keyword("dtype") else { return Some(default) };
    let variant = match (&value.meaning, &value.given) {
        (Meaning::DType(variant), _) => variant.to_string(),
        (_, Expr::Path(path)) => path.path.segments.last().map_or_else(String::new, |last| last.ident.to_string()),
        _ => return None,
    };
    DType::ALL.iter().copied().find(|dtype| format!("{dtype:?}") == variant)
}

/// A shape of one example, with the batch in front.
pub(super) fn shape(layer: &CheckedLayer, name: &str) -> Option<Shape> {
    Some(with_batch(layer.argument(name)?))
}

/// The shape that an expression lists, with the batch in front.
pub(super) fn with_batch(value: &Expr) -> Shape {
    match literal::list(value) {
        Some(items) => std::iter::once(None).chain(items.iter().map(dimension)).collect::<Vec<_>>().into(),
        None => Shape::unknown(),
    }
}

/// `3`, `Some(3)`; anything else is not known.
fn dimension(item: &Expr) -> Option<usize> {
    match item {
        Expr::Call(call) if call.args.len() == 1 => match &*call.func {
            Expr::Path(path) if path.path.is_ident("Some") => literal::size(&call.args[0]),
            _ => None,
        },
        item => literal::size(item),
    }
}
