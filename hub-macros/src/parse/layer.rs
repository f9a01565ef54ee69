//! One layer with its arguments: `Dense(10, activation = "relu")`.

use proc_macro2::{Group, Ident};
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{ExprPath, Result, Token, token};

use super::{skip_to, written};
use crate::ast::{Argument, LayerCall};
use crate::report::{self, Report};

/// Whether a layer may begin here.
pub(super) fn starts(input: ParseStream<'_>) -> bool {
    input.peek(syn::Ident::peek_any) || input.peek(Token![::]) || input.peek(Token![<])
}

impl LayerCall {
    /// The layer with a name before it.
    pub(super) fn named(self, name: Ident) -> LayerCall {
        LayerCall { name: Some(name), ..self }
    }
}

/// Reads one layer.
pub(super) fn layer(input: ParseStream<'_>, report: &mut Report) -> Result<LayerCall> {
    if !starts(input) {
        return Err(input.error(report::NO_LAYER));
    }
    let path: ExprPath = input.parse()?;
    let call = |arguments, whole| LayerCall { name: None, path: path.clone(), arguments, whole };
    if input.peek(token::Paren) {
        let content;
        syn::parenthesized!(content in input);
        let before = report.count();
        let arguments = arguments(&content, report);
        return Ok(call(Some(arguments), report.count() == before));
    }
    if input.peek(token::Bracket) || input.peek(token::Brace) {
        let group: Group = input.parse()?;
        report.add(group.span_open(), report::wrong_brackets(&written(&path)));
        return Ok(call(Some(Vec::new()), false));
    }
    if input.peek(Token![<]) {
        return Err(input.error(report::TURBOFISH));
    }
    Ok(call(None, true))
}

/// Reads arguments to the end of the input.
pub(super) fn arguments(input: ParseStream<'_>, report: &mut Report) -> Vec<Argument> {
    let mut arguments = Vec::new();
    while !input.is_empty() {
        match argument(input) {
            Ok(argument) => arguments.push(argument),
            Err(error) => {
                report.push(error);
                skip_to(input, |input| input.peek(Token![,]));
            }
        }
        comma(input, report::COMMA_BETWEEN_ARGUMENTS, report);
    }
    arguments
}

fn argument(input: ParseStream<'_>) -> Result<Argument> {
    let named = input.peek(syn::Ident);
    if named && (input.peek2(Token![=>]) || (input.peek2(Token![:]) && !input.peek2(Token![::]))) {
        input.parse::<Ident>()?;
        return Err(input.error(report::KEYWORD_EQUALS));
    }
    if named && input.peek2(Token![=]) && !input.peek2(Token![==]) {
        let name = input.parse()?;
        input.parse::<Token![=]>()?;
        return Ok(Argument::Keyword(name, input.parse()?));
    }
    Ok(Argument::Positional(input.parse()?))
}

/// Takes the comma after an item. Anything else is reported and skipped, so that the next item starts afresh.
pub(super) fn comma(input: ParseStream<'_>, otherwise: &str, report: &mut Report) {
    if !input.is_empty() && !input.peek(Token![,]) {
        report.push(input.error(otherwise));
        skip_to(input, |input| input.peek(Token![,]));
    }
    if let Err(error) = input.parse::<Option<Token![,]>>() {
        report.push(error);
    }
}
