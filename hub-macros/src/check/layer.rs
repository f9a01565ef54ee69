//! One layer: its class, and what it is given.
//!
//! Of a layer written by path only the form is checked; its names, and every type, are left to the compiler.

use syn::spanned::Spanned as _;
use syn::{ExprPath, PathSegment};

use super::{CheckedLayer, Constructor, arguments, keras_layer};
use crate::ast::LayerCall;
use crate::fallback;
use crate::parse::written;
use crate::report::{self, Report};
use crate::table::layers;

/// Checks one call; `None` if something is wrong with it, which is reported by then.
pub(super) fn layer(call: LayerCall, report: &mut Report) -> Option<CheckedLayer> {
    let variables = fallback::variables(call.arguments.as_deref().unwrap_or_default());
    let checked = checked(call, report);
    if checked.is_none() {
        report.keep_used(variables);
    }
    checked
}

fn checked(call: LayerCall, report: &mut Report) -> Option<CheckedLayer> {
    let before = report.count();
    let constructor = constructor(&call.path, report)?;
    let Some(given) = call.arguments else {
        let example = match &constructor {
            Constructor::Known(layer, _) => layer.callee.example.to_owned(),
            Constructor::Path(path) => format!("{}()", written(path)),
        };
        report.add(call.path.span(), report::parentheses_missing(&example));
        return None;
    };
    let arguments = match &constructor {
        Constructor::Known(layer, name) => arguments::known(&layer.callee, name, given, call.whole, report),
        Constructor::Path(_) => arguments::unknown(given, report),
    };
    let layer = CheckedLayer { name: call.name, constructor, arguments };
    named_once(&layer, report);
    if call.whole {
        keras_layer::rules(&layer, report);
    }
    (call.whole && before == report.count()).then_some(layer)
}

/// Says what a name or path stands for.
fn constructor(path: &ExprPath, report: &mut Report) -> Option<Constructor> {
    let segments = &path.path.segments;
    let only = segments.len() == 1 && path.path.leading_colon.is_none() && path.qself.is_none();
    if let Some(PathSegment { ident, arguments, .. }) = segments.first().filter(|_| only) {
        let Some(layer) = layers::find(&ident.to_string()) else {
            report.add(ident.span(), report::unknown_layer(&ident.to_string()));
            return None;
        };
        if !arguments.is_none() {
            report.add(arguments.span(), report::type_parameters(&layer.callee));
            return None;
        }
        return Some(Constructor::Known(layer, ident.clone()));
    }
    if let Some(new) = segments.last().filter(|last| last.ident == "new") {
        let written = written(path);
        let layer = written.strip_suffix("::new").unwrap_or(&written);
        report.add(new.ident.span(), report::calls_new(layer));
        return None;
    }
    Some(Constructor::Path(path.clone()))
}

/// A name before the layer is its only one.
fn named_once(layer: &CheckedLayer, report: &mut Report) {
    if let (Some(name), Some((keyword, _))) = (&layer.name, layer.keyword("name")) {
        report.add(keyword.span(), report::named_twice(&name.to_string()));
    }
}
