//! The arguments of a layer or class against the table: order, names, number.

use proc_macro2::{Ident, Span};
use syn::Expr;
use syn::spanned::Spanned as _;

use super::{Arguments, Meaning, Value, values};
use crate::ast::Argument;
use crate::nearest::nearest;
use crate::report::{self, Report};
use crate::table::layers::Callee;

/// Checks what a callee of the table is given; `whole` is whether all of it could be read.
pub(super) fn known(
    callee: &'static Callee,
    name: &Ident,
    given: Vec<Argument>,
    whole: bool,
    report: &mut Report,
) -> Arguments {
    // An argument that could not be read, or stands in the wrong place, may well be the one that seems to lack.
    let all_placed = whole && given.iter().is_sorted_by_key(|argument| matches!(argument, Argument::Keyword(..)));
    let (positional, keywords) = by_kind(given, report);
    let (mut required, mut keywords) = placed(callee, positional, keywords, report);
    for wanted in &callee.positional[required.len()..] {
        let Some(index) = keywords.iter().position(|(name, _)| *name == wanted.name) else { break };
        required.push(keywords.remove(index).1);
    }
    if all_placed {
        missing(callee, name, required.len(), &keywords, report);
    }
    let mut arguments = Arguments::default();
    for (parameter, value) in callee.positional.iter().zip(required) {
        arguments.positional.push(values::value(callee, parameter, value, report));
    }
    for (name, value) in keywords {
        if let Some(parameter) = callee.parameter(&name.to_string()) {
            let value = values::value(callee, parameter, value, report);
            arguments.keywords.push((name, value));
        }
    }
    arguments
}

/// Takes what a layer by path is given as it is.
pub(super) fn unknown(given: Vec<Argument>, report: &mut Report) -> Arguments {
    let (positional, keywords) = by_kind(given, report);
    let value = |given| Value { given, meaning: Meaning::Expression };
    Arguments {
        positional: positional.into_iter().map(value).collect(),
        keywords: keywords.into_iter().map(|(name, given)| (name, value(given))).collect(),
    }
}

/// Parts positional from keyword arguments; reports wrong order and repeated keywords.
fn by_kind(arguments: Vec<Argument>, report: &mut Report) -> (Vec<Expr>, Vec<(Ident, Expr)>) {
    let mut positional = Vec::new();
    let mut keywords: Vec<(Ident, Expr)> = Vec::new();
    for argument in arguments {
        match argument {
            Argument::Positional(value) if keywords.is_empty() => positional.push(value),
            Argument::Positional(value) => {
                report.push(syn::Error::new_spanned(value, report::POSITIONAL_AFTER_KEYWORD));
            }
            Argument::Keyword(name, _) if keywords.iter().any(|(earlier, _)| *earlier == name) => {
                report.add(name.span(), report::given_twice(&name.to_string()));
            }
            Argument::Keyword(name, value) => keywords.push((name, value)),
        }
    }
    (positional, keywords)
}

/// The arguments of `new` that stand by position, and all others by keyword.
fn placed(
    callee: &'static Callee,
    mut positional: Vec<Expr>,
    keywords: Vec<(Ident, Expr)>,
    report: &mut Report,
) -> (Vec<Expr>, Vec<(Ident, Expr)>) {
    let most = callee.positional.len() + callee.optional.len();
    for extra in positional.drain(most.min(positional.len())..) {
        report.push(syn::Error::new_spanned(extra, report::extra_argument(callee)));
    }
    let taken: Vec<&str> = callee.by_position().take(positional.len()).map(|parameter| parameter.name).collect();
    for (name, _) in &keywords {
        let text = name.to_string();
        if taken.contains(&text.as_str()) {
            report.add(name.span(), report::given_by_position(&text));
        } else if callee.parameter(&text).is_none() {
            report.add(name.span(), report::unknown_argument(callee, &text));
        }
    }
    let by_position = positional.split_off(callee.positional.len().min(positional.len()));
    let named = callee.optional.iter().zip(by_position).map(|(parameter, value)| {
        let place = Span::call_site().located_at(value.span());
        (Ident::new(parameter.name, place), value)
    });
    (positional, named.chain(keywords).collect())
}

/// Reports what `new` still needs, unless a misspelt keyword is meant to be just that.
fn missing(callee: &'static Callee, name: &Ident, given: usize, keywords: &[(Ident, Expr)], report: &mut Report) {
    for missing in callee.positional.iter().skip(given) {
        let meant = |(name, _): &(Ident, Expr)| nearest(&name.to_string(), callee.arguments()) == Some(missing.name);
        if !keywords.iter().any(meant) {
            report.add(name.span(), report::missing_argument(callee, missing.name));
        }
    }
}
