//! A list as a `Sequential`.
//!
//! `model!(< KerasLayer(handle, trainable = true), if deep { Dense(32) }, Dense(10) >)` becomes
//!
//! ```text
//! {
//!     let sequential = hub_layers::__macro::Sequential::new();
//!     let layer = hub_layers::__macro::KerasLayer::new(handle);
//!     match layer {
//!         Ok(layer) => {
//!             let sequential = sequential.add(layer.trainable(true));
//!             let sequential = if deep {
//!                 let sequential = sequential.add(hub_layers::__macro::Dense::new(32));
//!                 sequential
//!             } else {
//!                 sequential
//!             };
//!             let sequential = sequential.add(hub_layers::__macro::Dense::new(10));
//!             sequential.build()
//!         }
//!         Err(error) => Err(From::from(error)),
//!     }
//! }
//! ```
//!
//! Layers with a mistake are left out, so that the type of the whole is right still.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::spanned::Spanned as _;

use super::{layer, match_layer};
use crate::ast::Conditional;
use crate::check::CheckedLayer;
use crate::check::list::CheckedItem;

/// The whole expression.
pub(super) fn sequential(krate: &TokenStream, items: &[CheckedItem]) -> TokenStream {
    let here = Span::mixed_site();
    let added = chain(krate, items, quote_spanned!(here=> sequential.build()));
    quote_spanned!(here=> let sequential = #krate::__macro::Sequential::new(); #added)
}

/// The statements that add the items, followed by `end`.
fn chain(krate: &TokenStream, items: &[CheckedItem], end: TokenStream) -> TokenStream {
    items.iter().rev().fold(end, |rest, item| match item {
        CheckedItem::Layer(layer) => add(krate, layer, &rest),
        CheckedItem::Spread(layers) => {
            let here = Span::mixed_site();
            let extend = quote_spanned!(here.located_at(layers.span())=> sequential.extend);
            quote_spanned!(here=> let sequential = #extend(#layers); #rest)
        }
        CheckedItem::If(conditional) => choose(krate, conditional, &rest),
        CheckedItem::Wrong => rest,
    })
}

/// The statements that add one layer, followed by the rest.
fn add(krate: &TokenStream, checked: &CheckedLayer, rest: &TokenStream) -> TokenStream {
    let here = Span::mixed_site();
    let add = quote_spanned!(here.located_at(checked.place())=> sequential.add);
    let (new, setters) = (layer::new(krate, checked), layer::setters(krate, checked));
    match layer::is_fallible(checked) {
        false => quote_spanned!(here=> let sequential = #add(#new #setters); #rest),
        true => match_layer(&new, &quote_spanned!(here=> let sequential = #add(layer #setters); #rest)),
    }
}

/// The statements that add what a condition decides, followed by the rest.
fn choose(krate: &TokenStream, conditional: &Conditional<Vec<CheckedItem>>, rest: &TokenStream) -> TokenStream {
    let here = Span::mixed_site();
    let Conditional { condition, then, otherwise, .. } = conditional;
    let otherwise = otherwise.as_deref().unwrap_or_default();
    if !can_fail(then) && !can_fail(otherwise) {
        let branch = |items| chain(krate, items, quote_spanned!(here=> sequential));
        let (then, otherwise) = (branch(then), branch(otherwise));
        return quote_spanned!(here=> let sequential = if #condition { #then } else { #otherwise }; #rest);
    }
    let branch = |items| chain(krate, items, quote_spanned!(here=> ::core::result::Result::Ok(sequential)));
    let (then, otherwise) = (branch(then), branch(otherwise));
    quote_spanned! {here=>
        let branch: #krate::__macro::Result<_> = if #condition { #then } else { #otherwise };
        match branch {
            ::core::result::Result::Ok(sequential) => { #rest }
            ::core::result::Result::Err(error) => ::core::result::Result::Err(error),
        }
    }
}

/// Whether the constructor of a layer among the items can.
fn can_fail(items: &[CheckedItem]) -> bool {
    items.iter().any(|item| match item {
        CheckedItem::Layer(layer) => layer::is_fallible(layer),
        CheckedItem::If(Conditional { then, otherwise, .. }) => {
            can_fail(then) || otherwise.as_deref().is_some_and(can_fail)
        }
        CheckedItem::Spread(_) | CheckedItem::Wrong => false,
    })
}
