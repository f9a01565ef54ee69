//! Writes the builders' calls; the whole way from tokens to tokens begins here.
//!
//! | file | writes |
//! |---|---|
//! | `mod` | what stands around them: errors, files to follow |
//! | `layer` | one layer with its arguments |
//! | `list` | a `Sequential` |
//! | `graph` | a `Model` |
//!
//! Matches and not a closure or a labelled block: the user's `?`, `return`, `break` and `.await` in an argument then
//! act on the user's function, as they would in any other call. One statement for each constructor that can fail: a lock
//! taken in an argument is free again when the next layer's arguments are evaluated. The names that the macro gives are
//! its own (`Span::mixed_site`), the user's expressions cannot see them.

mod graph;
mod layer;
mod list;

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::ast::{Form, Input};
use crate::check;
use crate::contract::{Contracts, rules};
use crate::fallback;
use crate::infer;
use crate::parse;
use crate::report::{self, Report};
use crate::table::classes::CLASSES;
use crate::table::kinds::{ACTIVATIONS, CONSTRAINTS, Family, INITIALIZERS, REGULARIZERS};
use crate::table::layers::LAYERS;

/// The expansion of `model!` in the crate that is compiled.
pub(crate) fn model(tokens: TokenStream) -> TokenStream {
    model_with(tokens, &mut Contracts::here())
}

/// The expansion of `model!` with these descriptions of models.
pub(crate) fn model_with(tokens: TokenStream, contracts: &mut Contracts) -> TokenStream {
    let mut report = Report::default();
    let expansion = checked(tokens, contracts, &mut report);
    let (errors, used) = (report.to_compile_errors(), fallback::still_used(&report));
    let followed = contracts.followed();
    quote!({ #errors #followed #used #expansion })
}

/// The expansion without its errors, which are added to `report`.
pub(crate) fn checked(tokens: TokenStream, contracts: &mut Contracts, report: &mut Report) -> TokenStream {
    let Input { krate, place, form } = parse::input(tokens, report);
    match form {
        Form::List(items) => {
            if items.is_empty() && report.count() == 0 {
                report.add(place, report::EMPTY_LIST);
            }
            let items = check::list::items(items, report);
            infer::list(&items, contracts, report);
            list::sequential(&krate, &items)
        }
        Form::Graph(statements) => {
            let graph = check::graph::graph(statements, report);
            infer::graph(&graph, contracts, report);
            match report.count() {
                0 => graph::model(&krate, &graph),
                _ => fallback::model(&krate, &graph),
            }
        }
    }
}

pub(crate) use layer::{is_fallible, new, setters};

/// A constructor that can fail, and its setters, of which nothing comes.
pub(crate) fn match_nothing(new: &TokenStream, setters: &TokenStream) -> TokenStream {
    quote_spanned!(Span::mixed_site()=> if let ::core::result::Result::Ok(layer) = #new { let _ = layer #setters; })
}

/// What `match` on a constructor that can fail becomes: `rest` where it has not.
fn match_layer(new: &TokenStream, rest: &TokenStream) -> TokenStream {
    let here = Span::mixed_site();
    quote_spanned! {here=>
        let layer = #new;
        match layer {
            ::core::result::Result::Ok(layer) => { #rest }
            ::core::result::Result::Err(error) => ::core::result::Result::Err(::core::convert::From::from(error)),
        }
    }
}

/// The expansion of `layer_table!`.
pub(crate) fn layer_table() -> TokenStream {
    let rows = LAYERS.iter().map(|layer| {
        let callee = &layer.callee;
        let names = |parameters: &[crate::table::layers::Parameter]| {
            parameters.iter().map(|parameter| parameter.name).collect::<Vec<_>>()
        };
        let (name, positional) = (callee.name, names(callee.positional));
        let (optional, keywords) = (names(callee.optional), names(callee.keywords));
        quote!((#name, &[#(#positional),*], &[#(#optional),*], &[#(#keywords),*]))
    });
    quote!({
        const TABLE: &[(&str, &[&str], &[&str], &[&str])] = &[#(#rows),*];
        TABLE
    })
}

/// The expansion of `kind_table!`.
pub(crate) fn kind_table() -> TokenStream {
    let classes = |family| CLASSES.iter().filter(move |class| class.family == family).map(|class| class.callee.name);
    let rows = [
        ("activation", ACTIVATIONS.to_vec()),
        ("initializer", INITIALIZERS.to_vec()),
        ("regularizer", REGULARIZERS.to_vec()),
        ("constraint", CONSTRAINTS.to_vec()),
        ("initializer class", classes(Family::Initializer).collect()),
        ("regularizer class", classes(Family::Regularizer).collect()),
        ("constraint class", classes(Family::Constraint).collect()),
    ];
    let rows = rows.iter().map(|(kind, names)| quote!((#kind, &[#(#names),*])));
    quote!({
        const TABLE: &[(&str, &[&str])] = &[#(#rows),*];
        TABLE
    })
}

/// The expansion of `rule_table!`.
pub(crate) fn rule_table() -> TokenStream {
    let given = |text: Option<&str>| match text {
        Some(text) => quote!(::core::option::Option::Some(#text)),
        None => quote!(::core::option::Option::None),
    };
    let rows = rules::cases().into_iter().map(|(offered, wanted, outcome)| {
        let (is_hub_format, is_callable, signatures) = (offered.is_hub_format, offered.is_callable, offered.signatures);
        let (signature, output_key, as_dict) = (given(wanted.signature), given(wanted.output_key), wanted.as_dict);
        quote!((#is_hub_format, #is_callable, &[#(#signatures),*], #signature, #output_key, #as_dict, #outcome))
    });
    quote!({
        type Row = (bool, bool, &'static [&'static str], Option<&'static str>, Option<&'static str>, bool, &'static str);
        const TABLE: &[Row] = &[#(#rows),*];
        TABLE
    })
}
