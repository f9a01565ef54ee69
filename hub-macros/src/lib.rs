//! The procedural macros behind `hub_layers::model!` and `hub_layers::hub_model!`.
//!
//! Users never name this crate: hub-layers wraps [`model!`](macro@model) in a macro of its own, which hands over its
//! own path, and documents it there. The way of a model through the files:
//!
//! | file | does |
//! |---|---|
//! | `ast` | what was written, as a tree |
//! | `parse/` | reads tokens into it |
//! | `check/` | holds it against the table of layers; what comes out has no mistakes |
//! | `infer/` | follows element types and shapes from layer to layer |
//! | `contract/` | reads what real models take and give: those of the crate, and records in `hub.lock` |
//! | `expand/` | writes the builders' calls; the pipeline begins here |
//! | `typed/` | `hub_model!`: the signatures of a model as types |
//! | `fallback` | the value after a mistake |
//! | `report` | what is wrong, all at once, and how it is said |
//! | `table/` | the layers, and what their arguments take |
//! | `literal`, `nearest` | what an expression says by itself; the nearest name to a misspelt one |
//!
//! Not here: the layers. The macro knows their names and those of their arguments; what types the arguments have is
//! left to the compiler, which sees the user's own tokens in the expansion.

mod ast;
mod check;
mod contract;
mod expand;
mod fallback;
mod infer;
mod literal;
mod nearest;
mod parse;
mod report;
mod table;
mod typed;

#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

/// Expands the declaration of a model into calls of the builders; `hub_layers::model!` is the way to it.
///
/// The input is `[path] model`, where `path` leads to hub-layers from the place of the call; without it the path is
/// `::hub_layers`. The expansion is an expression of the type `hub_layers::Result<Sequential>`, or
/// `hub_layers::Result<Model>` for a graph.
#[proc_macro]
pub fn model(input: TokenStream) -> TokenStream {
    expand::model(input.into()).into()
}

/// Expands the handle of a model into a struct for each of its signatures; `hub_layers::hub_model!` is the way to it.
#[proc_macro]
pub fn hub_model(input: TokenStream) -> TokenStream {
    typed::hub_model(input.into()).into()
}

/// Expands to every case of the rules for `signature`, `output_key` and `signature_outputs_as_dict`,
/// `&[(hub format, callable, &[signature], signature, key, as dict, outcome)]`, for the test that holds them against
/// those of hub-legacy.
#[doc(hidden)]
#[proc_macro]
pub fn rule_table(_input: TokenStream) -> TokenStream {
    expand::rule_table().into()
}

/// Expands to the macro's table, `&[(layer, &[required], &[by position too], &[keyword])]`, for the test that holds it against the
/// builders.
#[doc(hidden)]
#[proc_macro]
pub fn layer_table(_input: TokenStream) -> TokenStream {
    expand::layer_table().into()
}

/// Expands to the names that arguments are chosen by, `&[(kind, &[name])]`, for the test that holds them against
/// those of hub-layers.
#[doc(hidden)]
#[proc_macro]
pub fn kind_table(_input: TokenStream) -> TokenStream {
    expand::kind_table().into()
}
