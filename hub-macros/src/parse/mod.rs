//! From tokens to the tree.
//!
//! [`expand`](crate::expand) calls it first. A mistake costs the layer, argument or statement that it stands in: the
//! reader skips to the next comma or semicolon and goes on. Whether names are right is for [`check`](crate::check).
//!
//! | file | reads |
//! |---|---|
//! | `mod` | the crate's path, the brackets, which of the two forms it is |
//! | `list` | layers one after the other |
//! | `layer` | one layer with its arguments |
//! | `graph` | statements |
//! | `node` | what stands for tensors in them |

mod graph;
mod layer;
mod list;
mod node;

use proc_macro2::{Delimiter, Punct, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{ParseStream, Parser};
use syn::{ExprPath, Result};

use crate::ast::{Form, Input};
use crate::report::{self, Report};

/// The way to hub-layers, which `hub_layers::model!` puts in brackets in front of the rest.
pub(crate) fn crate_path(tokens: TokenStream) -> (TokenStream, TokenStream) {
    let mut tokens = tokens.into_iter().peekable();
    match tokens.peek() {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Bracket => {
            let krate = group.stream();
            (krate, tokens.skip(1).collect())
        }
        _ => (quote!(::hub_layers), tokens.collect()),
    }
}

/// Reads the crate's path and the model.
pub(crate) fn input(tokens: TokenStream, report: &mut Report) -> Input {
    let (krate, tokens) = crate_path(tokens);
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let place = tokens.first().map_or_else(Span::call_site, TokenTree::span);
    let form = if is_graph(&tokens) {
        Form::Graph(read(graph::statements, &tokens, report))
    } else {
        Form::List(read(list::items, without_angle_brackets(&tokens, report), report))
    };
    Input { krate, place, form }
}

/// Reads the tokens to their end.
fn read<T: Default>(reader: fn(ParseStream<'_>, &mut Report) -> T, tokens: &[TokenTree], report: &mut Report) -> T {
    let mut read = T::default();
    let parser = |input: ParseStream<'_>| {
        read = reader(input, report);
        Ok(())
    };
    if let Err(error) = parser.parse2(tokens.iter().cloned().collect()) {
        report.push(error);
    }
    read
}

/// Whether the tokens begin like a statement: `input text`, `let logits`, `output {`.
fn is_graph(tokens: &[TokenTree]) -> bool {
    let Some(TokenTree::Ident(word)) = tokens.first() else { return false };
    let next = tokens.get(1);
    match word.to_string().as_str() {
        "let" => true,
        "input" => matches!(next, Some(TokenTree::Ident(_))),
        "output" => match next {
            Some(TokenTree::Ident(_)) => true,
            Some(TokenTree::Group(group)) => group.delimiter() != Delimiter::Parenthesis,
            _ => false,
        },
        _ => false,
    }
}

/// Takes the angle brackets off before anything is parsed, since an expression would take the `>` for "greater than".
fn without_angle_brackets<'a>(tokens: &'a [TokenTree], report: &mut Report) -> &'a [TokenTree] {
    let (opens, closes) = (angle(tokens.first(), '<'), angle(tokens.last(), '>'));
    match (opens, closes) {
        (Some(_), Some(_)) => &tokens[1..tokens.len() - 1],
        (Some(open), None) => {
            report.add(open.span(), report::NOT_CLOSED);
            &tokens[1..]
        }
        (None, Some(close)) => {
            report.add(close.span(), report::NOT_OPENED);
            &tokens[..tokens.len() - 1]
        }
        (None, None) => tokens,
    }
}

fn angle(token: Option<&TokenTree>, bracket: char) -> Option<&Punct> {
    match token {
        Some(TokenTree::Punct(punct)) if punct.as_char() == bracket => Some(punct),
        _ => None,
    }
}

/// Goes on until `stop` says that the next token belongs to what follows.
fn skip_to(input: ParseStream<'_>, stop: impl Fn(ParseStream<'_>) -> bool) {
    while !input.is_empty() && !stop(input) && input.parse::<TokenTree>().is_ok() {}
}

/// Reads what stands between brackets; after a mistake the rest of it is left out.
fn within<T>(content: ParseStream<'_>, read: impl FnOnce(ParseStream<'_>) -> Result<T>) -> Result<T> {
    read(content).inspect_err(|_| skip_to(content, |_| false))
}

/// A path as its author wrote it, near enough for a message.
pub(crate) fn written(path: &ExprPath) -> String {
    path.to_token_stream().to_string().replace(' ', "")
}
