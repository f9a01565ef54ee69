//! Writes the builders' calls.
//!
//! `model!(< KerasLayer(handle, trainable = true), Dense(10) >)` becomes
//!
//! ```text
//! {
//!     let sequential = hub_layers::__macro::Sequential::new();
//!     let layer = hub_layers::__macro::KerasLayer::new(handle);
//!     match layer {
//!         Ok(layer) => {
//!             let sequential = sequential.add(layer.trainable(true));
//!             let sequential = sequential.add(hub_layers::__macro::Dense::new(10));
//!             sequential.build()
//!         }
//!         Err(error) => Err(From::from(error)),
//!     }
//! }
//! ```
//!
//! Matches and not a closure or a labelled block: the user's `?`, `return`, `break` and `.await` in an argument then
//! act on the user's function, as they would in any other call. One statement for each constructor: a lock taken in an
//! argument is free again when the next layer's arguments are evaluated. The names `sequential`, `layer` and `error`
//! are the macro's own (`Span::mixed_site`), the user's expressions cannot see them.
//!
//! After a mistake the expansion holds the `compile_error!`s and the layers without one, so its type is right still.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned as _;

use crate::check::{self, CheckedLayer, Constructor};
use crate::layers::LAYERS;
use crate::mistakes::{self, Mistakes};
use crate::parse;

/// The expansion of `model!`.
pub(crate) fn model(tokens: TokenStream) -> TokenStream {
    let mut mistakes = Mistakes::default();
    let expansion = layers(tokens, &mut mistakes);
    let errors = mistakes.into_compile_errors();
    quote!({ #errors #expansion })
}

/// The expansion without its errors, which are added to `mistakes`.
pub(crate) fn layers(tokens: TokenStream, mistakes: &mut Mistakes) -> TokenStream {
    let parse::Input { krate, place, layers } = parse::input(tokens, mistakes);
    if layers.is_empty() && mistakes.count() == 0 {
        mistakes.add(place, mistakes::EMPTY_LIST);
    }
    let layers: Vec<_> = layers.into_iter().filter_map(|call| check::layer(call, mistakes)).collect();
    let here = Span::mixed_site();
    let build = quote_spanned!(here=> sequential.build());
    let added = layers.iter().rev().fold(build, |rest, layer| add(&krate, layer, &rest));
    quote_spanned!(here=> let sequential = #krate::__macro::Sequential::new(); #added)
}

/// The statements that add one layer, followed by the rest.
fn add(krate: &TokenStream, layer: &CheckedLayer, rest: &TokenStream) -> TokenStream {
    let here = Span::mixed_site();
    let add = quote_spanned!(here.located_at(place(layer))=> sequential.add);
    let new = new(krate, layer);
    let setters: TokenStream = layer.keywords.iter().map(|(name, value)| quote!(.#name(#value))).collect();
    if !fallible(layer) {
        return quote_spanned!(here=> let sequential = #add(#new #setters); #rest);
    }
    quote_spanned! {here=>
        let layer = #new;
        match layer {
            ::core::result::Result::Ok(layer) => {
                let sequential = #add(layer #setters);
                #rest
            }
            ::core::result::Result::Err(error) => ::core::result::Result::Err(::core::convert::From::from(error)),
        }
    }
}

/// The call of the constructor.
///
/// All that the user did not write stands where the layer's name does, so that the compiler's own errors point there.
fn new(krate: &TokenStream, layer: &CheckedLayer) -> TokenStream {
    let place = place(layer);
    let positional = &layer.positional;
    let path = match &layer.constructor {
        Constructor::Known(_, name) => {
            let krate = krate.clone().into_iter().map(|mut token| {
                token.set_span(token.span().located_at(place));
                token
            });
            let krate: TokenStream = krate.collect();
            quote_spanned!(place=> #krate::__macro::#name)
        }
        Constructor::Path(path) => path.to_token_stream(),
    };
    quote_spanned!(place=> #path::new(#(#positional),*))
}

/// Where a layer's name stands.
fn place(layer: &CheckedLayer) -> Span {
    match &layer.constructor {
        Constructor::Known(_, name) => name.span(),
        Constructor::Path(path) => path.path.segments.last().map_or_else(|| path.span(), |last| last.ident.span()),
    }
}

fn fallible(layer: &CheckedLayer) -> bool {
    matches!(layer.constructor, Constructor::Known(layer, _) if layer.fallible)
}

/// The expansion of `layer_table!`.
pub(crate) fn layer_table() -> TokenStream {
    let rows = LAYERS.iter().map(|layer| {
        let (name, positional, keywords) = (layer.name, layer.positional, layer.keywords);
        quote!((#name, &[#(#positional),*], &[#(#keywords),*]))
    });
    quote!({
        const TABLE: &[(&str, &[&str], &[&str])] = &[#(#rows),*];
        TABLE
    })
}
