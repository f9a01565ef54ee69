//! The statements of a graph: `input text: String[batch];`, `let y = Dense(2)(x);`, `output y`.

use proc_macro2::Ident;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Expr, Result, Token, token};

use super::{node, skip_to, within};
use crate::ast::{GraphInput, Statement};
use crate::report::{self, Report};

/// Reads statements to the end of the input.
pub(super) fn statements(input: ParseStream<'_>, report: &mut Report) -> Vec<Statement> {
    let mut statements = Vec::new();
    while !input.is_empty() {
        let mut name = None;
        match statement(input, &mut name, report) {
            Ok(statement) => {
                let skipped = semicolon(input, &statement, report);
                statements.push(statement);
                if skipped {
                    statements.push(Statement::Unread(None));
                }
            }
            Err(error) => {
                report.push(error);
                statements.push(Statement::Unread(name));
                skip_to(input, |input| input.peek(Token![;]));
                let _ = input.parse::<Option<Token![;]>>();
            }
        }
    }
    statements
}

/// Takes the semicolon after a statement; the last one, and an `output { ... }`, need none. Whether something was
/// skipped.
fn semicolon(input: ParseStream<'_>, after: &Statement, report: &mut Report) -> bool {
    if input.peek(Token![;]) {
        return input.parse::<Token![;]>().is_err();
    }
    if input.is_empty() || (matches!(after, Statement::Output(..)) && starts(input)) {
        return false;
    }
    report.push(input.error(report::SEMICOLON));
    if starts(input) {
        return false;
    }
    skip_to(input, |input| input.peek(Token![;]));
    let _ = input.parse::<Option<Token![;]>>();
    true
}

fn word(input: ParseStream<'_>, wanted: &str) -> bool {
    input.fork().call(Ident::parse_any).is_ok_and(|found| found == wanted)
}

fn starts(input: ParseStream<'_>) -> bool {
    ["let", "input", "output"].iter().any(|wanted| word(input, wanted))
}

fn statement(input: ParseStream<'_>, name: &mut Option<Ident>, report: &mut Report) -> Result<Statement> {
    if word(input, "let") {
        input.parse::<Token![let]>()?;
        if !input.peek(Ident::peek_any) {
            return Err(input.error(report::LET_NAME));
        }
        let defined: Ident = name.insert(input.parse()?).clone();
        if !input.peek(Token![=]) {
            return Err(input.error(report::LET_EQUALS));
        }
        input.parse::<Token![=]>()?;
        return Ok(Statement::Let(defined, node::node(input, report)?));
    }
    if word(input, "input") {
        input.call(Ident::parse_any)?;
        return graph_input(input, name, report).map(Statement::Input);
    }
    if word(input, "output") {
        let place = input.call(Ident::parse_any)?.span();
        if input.is_empty() || input.peek(Token![;]) {
            return Err(syn::Error::new(place, report::EMPTY_OUTPUT));
        }
        return Ok(Statement::Output(place, node::node(input, report)?));
    }
    Err(input.error(report::NO_STATEMENT))
}

fn graph_input(input: ParseStream<'_>, name: &mut Option<Ident>, report: &mut Report) -> Result<GraphInput> {
    if !input.peek(syn::Ident) {
        return Err(input.error(report::INPUT_FORM));
    }
    let name: Ident = name.insert(input.parse()?).clone();
    if !input.peek(Token![:]) {
        return Err(input.error(report::INPUT_FORM));
    }
    input.parse::<Token![:]>()?;
    if !input.peek(syn::Ident) {
        return Err(input.error(report::INPUT_FORM));
    }
    let dtype: Ident = input.parse()?;
    if !input.peek(token::Bracket) {
        return Err(input.error(report::input_without_shape(&name.to_string(), &dtype.to_string())));
    }
    let content;
    let bracket = syn::bracketed!(content in input);
    if content.is_empty() {
        return Err(syn::Error::new(bracket.span.join(), report::BATCH_FIRST));
    }
    let dimensions = within(&content, |content| dimensions(content, report))?;
    Ok(GraphInput { name, dtype, dimensions })
}

/// The dimensions behind `batch`.
fn dimensions(input: ParseStream<'_>, report: &mut Report) -> Result<Vec<Option<Expr>>> {
    if !word(input, "batch") {
        return Err(input.error(report::BATCH_FIRST));
    }
    input.call(Ident::parse_any)?;
    let mut dimensions = Vec::new();
    while !input.is_empty() {
        if !input.peek(Token![,]) {
            return Err(input.error(report::COMMA_BETWEEN_DIMENSIONS));
        }
        input.parse::<Token![,]>()?;
        if input.is_empty() {
            break;
        }
        if word(input, "batch") {
            report.push(input.error(report::BATCH_ONCE));
        }
        dimensions.push(if input.peek(Token![_]) {
            input.parse::<Token![_]>()?;
            None
        } else {
            Some(input.parse::<Expr>()?)
        });
    }
    Ok(dimensions)
}
