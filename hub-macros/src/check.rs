//! Holds layer calls against the table of layers.
//!
//! [`expand`](crate::expand) calls it with each call that [`parse`](crate::parse) read. Of a layer written by path only
//! the form is checked; its names, and every type, are left to the compiler.

use proc_macro2::Ident;
use syn::spanned::Spanned as _;
use syn::{Expr, ExprPath, PathSegment};

use crate::layers::{self, Layer};
use crate::mistakes::{self, Mistakes};
use crate::nearest::nearest;
use crate::parse::{Argument, LayerCall, written};

/// A layer call without mistakes.
pub(crate) struct CheckedLayer {
    /// What to construct.
    pub(crate) constructor: Constructor,
    /// The arguments of `new`, in its order.
    pub(crate) positional: Vec<Expr>,
    /// The setters to call, in the order written.
    pub(crate) keywords: Vec<(Ident, Expr)>,
}

/// What is constructed.
pub(crate) enum Constructor {
    /// A layer of the table, with the name as written.
    Known(&'static Layer, Ident),
    /// A layer written by path.
    Path(ExprPath),
}

/// Checks one call; `None` if something is wrong with it, which is reported by then.
pub(crate) fn layer(call: LayerCall, mistakes: &mut Mistakes) -> Option<CheckedLayer> {
    let before = mistakes.count();
    let constructor = constructor(&call.path, mistakes)?;
    let Some(arguments) = call.arguments else {
        let example = match &constructor {
            Constructor::Known(layer, _) => layer.example.to_owned(),
            Constructor::Path(path) => format!("{}()", written(path)),
        };
        mistakes.add(call.path.span(), mistakes::parentheses_missing(&example));
        return None;
    };
    // An argument that could not be read, or stands in the wrong place, may well be the one that seems to lack.
    let all_placed =
        call.whole && arguments.iter().is_sorted_by_key(|argument| matches!(argument, Argument::Keyword(..)));
    let (mut positional, mut keywords) = by_kind(arguments, mistakes);
    if let Constructor::Known(layer, name) = &constructor {
        positional = known_arguments(layer, positional, &mut keywords, mistakes);
        if all_placed {
            missing_arguments(layer, name, &positional, &keywords, mistakes);
        }
    }
    (call.whole && before == mistakes.count()).then_some(CheckedLayer { constructor, positional, keywords })
}

/// Says what a name or path stands for.
fn constructor(path: &ExprPath, mistakes: &mut Mistakes) -> Option<Constructor> {
    let segments = &path.path.segments;
    let first = segments.first().filter(|_| segments.len() == 1 && path.path.leading_colon.is_none());
    if let Some(PathSegment { ident, arguments, .. }) = first {
        let Some(layer) = layers::find(&ident.to_string()) else {
            mistakes.add(ident.span(), mistakes::unknown_layer(&ident.to_string()));
            return None;
        };
        if !arguments.is_none() {
            mistakes.add(arguments.span(), mistakes::type_parameters(layer));
            return None;
        }
        return Some(Constructor::Known(layer, ident.clone()));
    }
    if let Some(new) = segments.last().filter(|last| last.ident == "new") {
        let written = written(path);
        let layer = written.strip_suffix("::new").unwrap_or(&written);
        mistakes.add(new.ident.span(), mistakes::calls_new(layer));
        return None;
    }
    Some(Constructor::Path(path.clone()))
}

/// Parts positional from keyword arguments; reports wrong order and repeated keywords.
fn by_kind(arguments: Vec<Argument>, mistakes: &mut Mistakes) -> (Vec<Expr>, Vec<(Ident, Expr)>) {
    let mut positional = Vec::new();
    let mut keywords: Vec<(Ident, Expr)> = Vec::new();
    for argument in arguments {
        match argument {
            Argument::Positional(value) if keywords.is_empty() => positional.push(value),
            Argument::Positional(value) => {
                mistakes.push(syn::Error::new_spanned(value, mistakes::POSITIONAL_AFTER_KEYWORD));
            }
            Argument::Keyword(name, _) if keywords.iter().any(|(earlier, _)| *earlier == name) => {
                mistakes.add(name.span(), mistakes::given_twice(&name.to_string()));
            }
            Argument::Keyword(name, value) => keywords.push((name, value)),
        }
    }
    (positional, keywords)
}

/// Holds the arguments against the table and moves positional ones given by keyword to their place.
fn known_arguments(
    layer: &Layer,
    mut positional: Vec<Expr>,
    keywords: &mut Vec<(Ident, Expr)>,
    mistakes: &mut Mistakes,
) -> Vec<Expr> {
    for extra in positional.drain(layer.positional.len().min(positional.len())..) {
        mistakes.push(syn::Error::new_spanned(extra, mistakes::extra_argument(layer)));
    }
    for (name, _) in keywords.iter() {
        let text = name.to_string();
        if layer.positional[..positional.len()].contains(&text.as_str()) {
            mistakes.add(name.span(), mistakes::given_by_position(&text));
        } else if !layer.arguments().any(|argument| argument == text) {
            mistakes.add(name.span(), mistakes::unknown_argument(layer, &text));
        }
    }
    for wanted in &layer.positional[positional.len()..] {
        let Some(index) = keywords.iter().position(|(name, _)| name == wanted) else { break };
        positional.push(keywords.remove(index).1);
    }
    positional
}

/// Reports what `new` still needs, unless a misspelt keyword is meant to be just that.
fn missing_arguments(
    layer: &Layer,
    name: &Ident,
    positional: &[Expr],
    keywords: &[(Ident, Expr)],
    mistakes: &mut Mistakes,
) {
    for &missing in &layer.positional[positional.len()..] {
        let meant = |(name, _): &(Ident, Expr)| nearest(&name.to_string(), layer.arguments()) == Some(missing);
        if !keywords.iter().any(meant) {
            mistakes.add(name.span(), mistakes::missing_argument(layer, missing));
        }
    }
}
