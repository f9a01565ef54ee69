//! `hub_model!`: the signatures of a real model as types.
//!
//! | file | holds |
//! |---|---|
//! | `mod` | what is written, and which graph of the model it means |
//! | `names` | names of signatures and tensors as names of Rust |
//! | `write` | the structs |
//!
//! The description is found as for `model!`, by [`contract`](crate::contract); here its absence is a mistake. Calling is
//! hub-layers' business.

mod names;
mod write;

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::parse::{ParseStream, Parser};
use syn::{Expr, Ident, Token};

use crate::contract::{Contract, Contracts, Found, text_of};
use crate::literal;
use crate::report::{self, Report};

/// The expansion of `hub_model!` in the crate that is compiled.
pub(crate) fn hub_model(tokens: TokenStream) -> TokenStream {
    hub_model_with(tokens, &mut Contracts::here())
}

/// The expansion of `hub_model!` with these descriptions of models.
pub(crate) fn hub_model_with(tokens: TokenStream, contracts: &mut Contracts) -> TokenStream {
    let mut report = Report::default();
    let items = items(tokens, contracts, &mut report);
    let (errors, followed) = (report.to_compile_errors_as_items(), contracts.followed());
    quote!(#errors #followed #items)
}

/// The items without the errors, which are added to `report`.
pub(crate) fn items(tokens: TokenStream, contracts: &mut Contracts, report: &mut Report) -> TokenStream {
    let (krate, tokens) = crate::parse::crate_path(tokens);
    let given = match written.parse2(tokens) {
        Ok(given) => given,
        Err(error) => {
            report.push(error);
            return TokenStream::new();
        }
    };
    let mut refuse = |place: &Expr, message: String| {
        report.push(syn::Error::new_spanned(place, message));
        TokenStream::new()
    };
    let Some(text) = text_of(&given.handle) else {
        return refuse(&given.handle, report::HANDLE_TO_READ.to_owned());
    };
    let contract = match contracts.find(&text) {
        Found::Contract(contract) => contract,
        Found::Nothing => return refuse(&given.handle, report::not_at_hand(text.shown())),
        Found::Mistake(mistake) => return refuse(&given.handle, mistake),
    };
    match graph(&contract, given.tags.as_deref()) {
        Ok(graph) if contract.description.meta_graphs[graph].signatures.is_empty() => {
            refuse(&given.handle, report::no_signatures(&contract.handle))
        }
        Ok(graph) => {
            let graph = &contract.description.meta_graphs[graph];
            write::structs(&krate, &given.handle, given.tags.as_deref(), &contract.handle, graph)
        }
        Err(message) => refuse(given.tags_place.as_ref().unwrap_or(&given.handle), message),
    }
}

/// What stands between the macro's parentheses.
struct Written {
    handle: Expr,
    tags: Option<Vec<String>>,
    tags_place: Option<Expr>,
}

fn written(input: ParseStream<'_>) -> syn::Result<Written> {
    if input.is_empty() {
        return Err(syn::Error::new(Span::call_site(), report::HUB_MODEL_FORM));
    }
    let handle: Expr = input.parse()?;
    let mut written = Written { handle, tags: None, tags_place: None };
    if input.parse::<Option<Token![,]>>()?.is_some() && !input.is_empty() {
        let keyword: Ident = input.parse()?;
        if keyword != "tags" {
            return Err(syn::Error::new(keyword.span(), report::HUB_MODEL_FORM));
        }
        input.parse::<Token![=]>()?;
        let place: Expr = input.parse()?;
        let tags = literal::list(&place).and_then(|items| items.iter().map(literal::text).collect());
        let Some(tags) = tags else { return Err(syn::Error::new_spanned(place, report::HUB_MODEL_FORM)) };
        (written.tags, written.tags_place) = (Some(tags), Some(place));
        input.parse::<Option<Token![,]>>()?;
    }
    match input.is_empty() {
        true => Ok(written),
        false => Err(input.error(report::HUB_MODEL_FORM)),
    }
}

/// The number of the graph that the tags mean.
fn graph(contract: &Contract, tags: Option<&[String]>) -> Result<usize, String> {
    let sorted = |tags: &[String]| {
        let mut tags = tags.to_vec();
        tags.sort();
        tags
    };
    let description = &contract.description;
    let graphs = &description.meta_graphs;
    let available = || -> Vec<String> { description.tag_sets.iter().map(|tags| format!("{tags:?}")).collect() };
    match tags {
        Some(tags) => {
            let found = graphs.iter().position(|graph| sorted(&graph.tags) == sorted(tags));
            found.ok_or_else(|| report::no_such_tags(&contract.handle, &available()))
        }
        None if graphs.len() == 1 => Ok(0),
        None => {
            let plain = graphs.iter().position(|graph| graph.tags.is_empty());
            plain.ok_or_else(|| report::tags_needed(&contract.handle, &available()))
        }
    }
}
