//! What stands for tensors in a graph: `Dense(2)(Dropout(0.1)(encoded["pooled_output"]))`.
//!
//! A word that begins with a capital letter is a layer's class, so that `Dense(2)` is a layer with its arguments and
//! `head(x)` a layer applied.

use proc_macro2::Ident;
use syn::ext::IdentExt as _;
use syn::parse::{Parse as _, ParseStream};
use syn::{ExprPath, Lit, Result, Token, token};

use super::{layer, list, within};
use crate::ast::{Conditional, Node};
use crate::report::{self, Report};

/// Reads one.
pub(super) fn node(input: ParseStream<'_>, report: &mut Report) -> Result<Node> {
    let mut node = first(input, report)?;
    loop {
        if input.peek(token::Paren) {
            let place = input.span();
            node = Node::Apply(Box::new(node), Box::new(applied_to(input, report)?), place);
        } else if input.peek(token::Bracket) {
            node = part(node, input)?;
        } else if input.peek(Token![.]) {
            return Err(input.error(report::METHOD_OF_A_TENSOR));
        } else {
            return Ok(node);
        }
    }
}

/// One node, and nothing after it.
fn only(input: ParseStream<'_>, otherwise: &str, report: &mut Report) -> Result<Node> {
    let inner = node(input, report)?;
    if input.is_empty() { Ok(inner) } else { Err(input.error(otherwise)) }
}

fn first(input: ParseStream<'_>, report: &mut Report) -> Result<Node> {
    if input.peek(token::Bracket) {
        let content;
        syn::bracketed!(content in input);
        return within(&content, |content| nodes(content, report)).map(Node::List);
    }
    if input.peek(token::Brace) {
        let content;
        syn::braced!(content in input);
        return within(&content, |content| entries(content, report)).map(Node::Dict);
    }
    if input.peek(token::Paren) {
        let content;
        syn::parenthesized!(content in input);
        return within(&content, |content| only(content, report::SEVERAL_IN_A_LIST, report));
    }
    if input.peek(Token![if]) {
        return conditional(input, report);
    }
    if !layer::starts(input) {
        return Err(input.error(report::NO_NODE));
    }
    if let Some(name) = tensor_name(input) {
        ExprPath::parse(input)?;
        return Ok(Node::Name(name));
    }
    layer::layer(input, report).map(|layer| Node::Layer(Box::new(layer)))
}

/// The name of a tensor or of a layer: one word that begins with a small letter.
fn tensor_name(input: ParseStream<'_>) -> Option<Ident> {
    let fork = input.fork();
    let name = fork.call(Ident::parse_any).ok()?;
    let small = name.unraw().to_string().chars().next().is_some_and(|first| !first.is_uppercase());
    let path = fork.peek(Token![::])
        || fork.peek(Token![<])
        || matches!(name.to_string().as_str(), "self" | "super" | "crate");
    (small && !path && syn::parse2::<Ident>(quote::quote!(#name)).is_ok()).then_some(name)
}

/// What a layer is applied to: one tensor, or several as a list or dict.
fn applied_to(input: ParseStream<'_>, report: &mut Report) -> Result<Node> {
    let content;
    let parentheses = syn::parenthesized!(content in input);
    if content.is_empty() {
        return Err(syn::Error::new(parentheses.span.join(), report::NOTHING_GOES_IN));
    }
    within(&content, |content| {
        let keyword = |content: ParseStream<'_>| content.peek(syn::Ident) && content.peek2(Token![=]);
        if keyword(content) {
            return Err(content.error(report::KEYWORD_WITH_INPUT));
        }
        let inner = node(content, report)?;
        if content.peek(Token![,]) {
            content.parse::<Token![,]>()?;
        }
        if !content.is_empty() {
            let why = if keyword(content) { report::KEYWORD_WITH_INPUT } else { report::SEVERAL_IN_A_LIST };
            return Err(content.error(why));
        }
        Ok(inner)
    })
}

/// The entry of a dict or the item of a list.
fn part(node: Node, input: ParseStream<'_>) -> Result<Node> {
    let content;
    let bracket = syn::bracketed!(content in input);
    if content.is_empty() {
        return Err(syn::Error::new(bracket.span.join(), report::KEY_FORM));
    }
    within(&content, |content| {
        if !content.peek(Lit) {
            return Err(content.error(report::KEY_FORM));
        }
        let part = match content.parse()? {
            Lit::Str(key) => Node::Key(Box::new(node), key),
            Lit::Int(index) => Node::Index(Box::new(node), index),
            other => return Err(syn::Error::new(other.span(), report::KEY_FORM)),
        };
        if content.is_empty() { Ok(part) } else { Err(content.error(report::KEY_FORM)) }
    })
}

fn nodes(input: ParseStream<'_>, report: &mut Report) -> Result<Vec<Node>> {
    let mut nodes = Vec::new();
    while !input.is_empty() {
        nodes.push(node(input, report)?);
        separated(input)?;
    }
    Ok(nodes)
}

fn entries(input: ParseStream<'_>, report: &mut Report) -> Result<Vec<(Ident, Node)>> {
    let mut entries = Vec::new();
    while !input.is_empty() {
        if !input.peek(Ident::peek_any) {
            return Err(input.error(report::ENTRY_FORM));
        }
        if input.peek2(Token![:]) && !input.peek2(Token![::]) {
            let key = input.parse()?;
            input.parse::<Token![:]>()?;
            entries.push((key, node(input, report)?));
        } else {
            let start = input.span();
            match node(input, report)? {
                Node::Name(name) => entries.push((name.clone(), Node::Name(name))),
                _ => return Err(syn::Error::new(start, report::ENTRY_FORM)),
            }
        }
        separated(input)?;
    }
    Ok(entries)
}

fn separated(input: ParseStream<'_>) -> Result<()> {
    if input.is_empty() {
        return Ok(());
    }
    match input.peek(Token![,]) {
        true => input.parse::<Token![,]>().map(drop),
        false => Err(input.error(report::COMMA_BETWEEN_TENSORS)),
    }
}

fn conditional(input: ParseStream<'_>, report: &mut Report) -> Result<Node> {
    let place = input.parse::<Token![if]>()?.span;
    let condition = list::condition(input)?;
    let then = branch(input, report)?;
    if !input.peek(Token![else]) {
        return Err(syn::Error::new(place, report::ELSE_MISSING));
    }
    input.parse::<Token![else]>()?;
    let otherwise = if input.peek(Token![if]) { conditional(input, report)? } else { branch(input, report)? };
    Ok(Node::If(Box::new(Conditional { condition, then, otherwise: Some(otherwise), place })))
}

fn branch(input: ParseStream<'_>, report: &mut Report) -> Result<Node> {
    if !input.peek(token::Brace) {
        return Err(input.error(report::BRACES_AFTER_CONDITION));
    }
    let content;
    let brace = syn::braced!(content in input);
    if content.is_empty() {
        return Err(syn::Error::new(brace.span.join(), report::NO_NODE));
    }
    within(&content, |content| only(content, report::ONE_NODE_IN_A_BRANCH, report))
}
