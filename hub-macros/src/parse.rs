//! From tokens to layer calls.
//!
//! [`expand`](crate::expand) calls it first. A mistake costs the layer or argument that it stands in: the reader skips
//! to the next comma and goes on. Whether the names are right is for [`check`](crate::check).

use proc_macro2::{Delimiter, Group, Ident, Punct, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser};
use syn::{Expr, ExprPath, Result, Token, token};

use crate::mistakes::{self, Mistakes};

/// What stands between the macro's parentheses.
pub(crate) struct Input {
    /// The way to hub-layers.
    pub(crate) krate: TokenStream,
    /// Where to report what no layer is to blame for.
    pub(crate) place: Span,
    /// The layers that could be read.
    pub(crate) layers: Vec<LayerCall>,
}

/// One layer as written: `Dense(10, activation = "relu")`.
pub(crate) struct LayerCall {
    /// Its name or path.
    pub(crate) path: ExprPath,
    /// What stands in its parentheses; `None` if it has none.
    pub(crate) arguments: Option<Vec<Argument>>,
    /// Whether all of it could be read.
    pub(crate) whole: bool,
}

/// One argument of a layer.
pub(crate) enum Argument {
    /// `10`
    Positional(Expr),
    /// `activation = "relu"`
    Keyword(Ident, Expr),
}

/// Reads the crate's path and the list.
pub(crate) fn input(tokens: TokenStream, mistakes: &mut Mistakes) -> Input {
    let mut tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let krate = match tokens.first() {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Bracket => {
            let krate = group.stream();
            tokens.remove(0);
            krate
        }
        _ => quote!(::hub_layers),
    };
    let place = tokens.first().map_or_else(Span::call_site, TokenTree::span);
    let list = without_angle_brackets(&tokens, mistakes).iter().cloned().collect();
    let mut layers = Vec::new();
    let read = |input: ParseStream<'_>| {
        layers = list_of_layers(input, mistakes);
        Ok(())
    };
    if let Err(error) = read.parse2(list) {
        mistakes.push(error);
    }
    Input { krate, place, layers }
}

/// Takes the angle brackets off before anything is parsed, since an expression would take the `>` for "greater than".
fn without_angle_brackets<'a>(tokens: &'a [TokenTree], mistakes: &mut Mistakes) -> &'a [TokenTree] {
    let (opens, closes) = (angle(tokens.first(), '<'), angle(tokens.last(), '>'));
    match (opens, closes) {
        (Some(_), Some(_)) => &tokens[1..tokens.len() - 1],
        (Some(open), None) => {
            mistakes.add(open.span(), mistakes::NOT_CLOSED);
            &tokens[1..]
        }
        (None, Some(close)) => {
            mistakes.add(close.span(), mistakes::NOT_OPENED);
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

fn list_of_layers(input: ParseStream<'_>, mistakes: &mut Mistakes) -> Vec<LayerCall> {
    let mut layers = Vec::new();
    while !input.is_empty() {
        match layer(input, mistakes) {
            Ok(layer) => layers.push(layer),
            Err(error) => {
                mistakes.push(error);
                skip_to_comma(input);
            }
        }
        if starts_a_layer(input) && !input.peek(Token![<]) {
            mistakes.push(input.error(mistakes::COMMA_BETWEEN_LAYERS));
        } else {
            comma(input, mistakes::AFTER_LAYER, mistakes);
        }
    }
    layers
}

fn starts_a_layer(input: ParseStream<'_>) -> bool {
    input.peek(syn::Ident::peek_any) || input.peek(Token![::]) || input.peek(Token![<])
}

fn layer(input: ParseStream<'_>, mistakes: &mut Mistakes) -> Result<LayerCall> {
    if !starts_a_layer(input) {
        return Err(input.error(mistakes::NO_LAYER));
    }
    let path: ExprPath = input.parse()?;
    if input.peek(token::Paren) {
        let content;
        syn::parenthesized!(content in input);
        let before = mistakes.count();
        let arguments = list_of_arguments(&content, mistakes);
        return Ok(LayerCall { path, arguments: Some(arguments), whole: mistakes.count() == before });
    }
    if input.peek(token::Bracket) || input.peek(token::Brace) {
        let group: Group = input.parse()?;
        mistakes.add(group.span_open(), mistakes::wrong_brackets(&written(&path)));
        return Ok(LayerCall { path, arguments: Some(Vec::new()), whole: false });
    }
    if input.peek(Token![<]) {
        return Err(input.error(mistakes::TURBOFISH));
    }
    Ok(LayerCall { path, arguments: None, whole: true })
}

fn list_of_arguments(input: ParseStream<'_>, mistakes: &mut Mistakes) -> Vec<Argument> {
    let mut arguments = Vec::new();
    while !input.is_empty() {
        match argument(input) {
            Ok(argument) => arguments.push(argument),
            Err(error) => {
                mistakes.push(error);
                skip_to_comma(input);
            }
        }
        comma(input, mistakes::COMMA_BETWEEN_ARGUMENTS, mistakes);
    }
    arguments
}

fn argument(input: ParseStream<'_>) -> Result<Argument> {
    let named = input.peek(syn::Ident);
    if named && (input.peek2(Token![=>]) || (input.peek2(Token![:]) && !input.peek2(Token![::]))) {
        input.parse::<Ident>()?;
        return Err(input.error(mistakes::KEYWORD_EQUALS));
    }
    if named && input.peek2(Token![=]) && !input.peek2(Token![==]) {
        let name = input.parse()?;
        input.parse::<Token![=]>()?;
        return Ok(Argument::Keyword(name, input.parse()?));
    }
    Ok(Argument::Positional(input.parse()?))
}

/// Takes the comma after an item. Anything else is reported and skipped, so that the next item starts afresh.
fn comma(input: ParseStream<'_>, otherwise: &str, mistakes: &mut Mistakes) {
    if !input.is_empty() && !input.peek(Token![,]) {
        mistakes.push(input.error(otherwise));
        skip_to_comma(input);
    }
    if let Err(error) = input.parse::<Option<Token![,]>>() {
        mistakes.push(error);
    }
}

fn skip_to_comma(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) && input.parse::<TokenTree>().is_ok() {}
}

/// A path as its author wrote it, near enough for a message.
pub(crate) fn written(path: &ExprPath) -> String {
    path.to_token_stream().to_string().replace(' ', "")
}
