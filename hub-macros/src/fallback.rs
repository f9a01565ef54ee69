//! What the macro gives after a mistake: a value of the right type, so that one mistake is one message.
//!
//! A list without its wrong layers still is a `Sequential`; that is `expand`'s. Of a graph the layers that are right are
//! constructed, so that the compiler sees what their arguments are, and a model comes from nowhere. It never runs.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Expr;

use crate::ast::{Argument, Conditional};
use crate::check::CheckedLayer;
use crate::check::graph::{CheckedGraph, CheckedNode, Defined};
use crate::expand::{self, match_nothing};
use crate::report::Report;

/// The value of a graph with mistakes.
pub(crate) fn model(krate: &TokenStream, graph: &CheckedGraph) -> TokenStream {
    let mut layers = Vec::new();
    for definition in &graph.definitions {
        match &definition.what {
            Defined::Layer(layer) => layers.push(layer),
            Defined::Tensor(node) => layers_in(node, &mut layers),
            Defined::Input(..) | Defined::Wrong => {}
        }
    }
    graph.output.iter().for_each(|node| layers_in(node, &mut layers));
    let constructed: TokenStream = layers.into_iter().map(|layer| constructed(krate, layer)).collect();
    quote_spanned!(Span::mixed_site()=> #constructed #krate::__macro::never_built())
}

fn constructed(krate: &TokenStream, layer: &CheckedLayer) -> TokenStream {
    let here = Span::mixed_site();
    let (new, setters) = (expand::new(krate, layer), expand::setters(krate, layer));
    match expand::is_fallible(layer) {
        false => quote_spanned!(here=> let _ = #new #setters;),
        true => match_nothing(&new, &setters),
    }
}

fn layers_in<'a>(node: &'a CheckedNode, layers: &mut Vec<&'a CheckedLayer>) {
    match node {
        CheckedNode::Apply(layer, inputs) => {
            layers_in(inputs, layers);
            layers.push(layer);
        }
        CheckedNode::ApplyShared(_, _, of) | CheckedNode::Key(of, _) | CheckedNode::Index(of, ..) => {
            layers_in(of, layers);
        }
        CheckedNode::List(items) => items.iter().for_each(|item| layers_in(item, layers)),
        CheckedNode::Dict(entries) => entries.iter().for_each(|(_, item)| layers_in(item, layers)),
        CheckedNode::If(conditional) => {
            let Conditional { then, otherwise, .. } = &**conditional;
            layers_in(then, layers);
            otherwise.iter().for_each(|node| layers_in(node, layers));
        }
        CheckedNode::Tensor(_) | CheckedNode::Wrong => {}
    }
}

/// The variables among the arguments of a layer, which stay used when it is left out.
pub(crate) fn variables(arguments: &[Argument]) -> Vec<Expr> {
    let value = |argument: &Argument| match argument {
        Argument::Positional(value) | Argument::Keyword(_, value) => variable(value),
    };
    arguments.iter().filter_map(value).collect()
}

fn variable(value: &Expr) -> Option<Expr> {
    match value {
        Expr::Path(path) => {
            let name = path.path.get_ident()?.to_string();
            name.starts_with(|first: char| first.is_lowercase()).then(|| value.clone())
        }
        Expr::Reference(inner) => variable(&inner.expr),
        _ => None,
    }
}

/// Statements that use the variables of layers that were left out.
pub(crate) fn still_used(report: &Report) -> TokenStream {
    report.variables().iter().map(|variable| quote!(let _ = &#variable;)).collect()
}
