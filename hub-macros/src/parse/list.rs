//! Layers one after the other: `< InputLayer([4]), if deep { Dense(8) }, ..more, head = Dense(2) >`.

use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Expr, Ident, Result, Token, token};

use super::{layer, skip_to};
use crate::ast::{Conditional, Item};
use crate::report::{self, Report};

/// Reads items to the end of the input.
pub(super) fn items(input: ParseStream<'_>, report: &mut Report) -> Vec<Item> {
    let mut items = Vec::new();
    while !input.is_empty() {
        match item(input, report) {
            Ok(item) => items.push(item),
            Err(error) => {
                report.push(error);
                skip_to(input, |input| input.peek(Token![,]));
            }
        }
        if starts_an_item(input) && !input.peek(Token![<]) {
            report.push(input.error(report::COMMA_BETWEEN_LAYERS));
        } else {
            layer::comma(input, report::AFTER_LAYER, report);
        }
    }
    items
}

fn starts_an_item(input: ParseStream<'_>) -> bool {
    layer::starts(input) || input.peek(Token![..])
}

fn item(input: ParseStream<'_>, report: &mut Report) -> Result<Item> {
    if input.peek(Token![..]) {
        input.parse::<Token![..]>()?;
        if input.is_empty() || input.peek(Token![,]) {
            return Err(input.error(report::NOTHING_TO_SPREAD));
        }
        return input.parse().map(Item::Spread);
    }
    if input.peek(Token![if]) {
        return conditional(input, report).map(Item::If);
    }
    if input.peek(Ident::peek_any) && (input.peek2(Token![=>]) || (input.peek2(Token![:]) && !input.peek2(Token![::])))
    {
        input.call(Ident::parse_any)?;
        return Err(input.error(report::NAME_EQUALS));
    }
    if input.peek(Ident) && input.peek2(Token![=]) && !input.peek2(Token![==]) {
        let name = input.parse()?;
        input.parse::<Token![=]>()?;
        return layer::layer(input, report).map(|layer| Item::Layer(layer.named(name)));
    }
    layer::layer(input, report).map(Item::Layer)
}

fn conditional(input: ParseStream<'_>, report: &mut Report) -> Result<Conditional<Vec<Item>>> {
    let place = input.parse::<Token![if]>()?.span;
    let condition = condition(input)?;
    let then = block(input, report)?;
    let otherwise = match input.parse::<Option<Token![else]>>()? {
        None => None,
        Some(_) if input.peek(Token![if]) => Some(vec![Item::If(conditional(input, report)?)]),
        Some(_) => Some(block(input, report)?),
    };
    Ok(Conditional { condition, then, otherwise, place })
}

/// What stands between `if` and the brace; `let` patterns too.
pub(super) fn condition(input: ParseStream<'_>) -> Result<Expr> {
    if input.peek(token::Brace) {
        return Err(input.error(report::NO_CONDITION));
    }
    input.call(Expr::parse_without_eager_brace)
}

fn block(input: ParseStream<'_>, report: &mut Report) -> Result<Vec<Item>> {
    if !input.peek(token::Brace) {
        return Err(input.error(report::BRACES_AFTER_CONDITION));
    }
    let content;
    let brace = syn::braced!(content in input);
    if content.is_empty() {
        report.add(brace.span.join(), report::EMPTY_BRANCH);
    }
    Ok(items(&content, report))
}
