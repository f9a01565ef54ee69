//! The procedural macro behind `hub_layers::model!`.
//!
//! Users never name this crate: hub-layers wraps [`model!`](macro@model) in a macro of its own, which hands over its
//! own path, and documents it there. The way of a list through the files: `parse` reads tokens into layer calls,
//! `check` holds them against the `layers` table, `expand` writes the builders' calls. `mistakes` collects
//! what is wrong on the way, so that everything is reported at once.
//!
//! Not here: the layers. The macro knows their names and those of their arguments; what types the arguments have is
//! left to the compiler, which sees the user's own tokens in the expansion.

mod check;
mod expand;
mod layers;
mod mistakes;
mod nearest;
mod parse;

#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

/// Expands a list of layers into calls of their builders; `hub_layers::model!` is the way to it.
///
/// The input is `[path] list`, where `path` leads to hub-layers from the place of the call; without it the path is
/// `::hub_layers`. The expansion is an expression of the type `hub_layers::Result<Sequential>`.
#[proc_macro]
pub fn model(input: TokenStream) -> TokenStream {
    expand::model(input.into()).into()
}

/// Expands to the macro's table, `&[(layer, &[positional], &[keyword])]`, for the test that holds it against the
/// builders.
#[doc(hidden)]
#[proc_macro]
pub fn layer_table(_input: TokenStream) -> TokenStream {
    expand::layer_table().into()
}
