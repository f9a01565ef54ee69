//! Whatever stands between the parentheses, the macro answers: with code, or with errors, never with a panic.

use std::cell::Cell;

use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};
use proptest::prelude::*;
use quote::quote;

use crate::expand;

/// Words that mean something, and some that do not.
const WORDS: &[&str] = &[
    "input",
    "output",
    "let",
    "if",
    "else",
    "batch",
    "f32",
    "String",
    "Dense",
    "Dropout",
    "KerasLayer",
    "Concatenate",
    "Conv2D",
    "InputLayer",
    "Flatten",
    "L2",
    "x",
    "y",
    "head",
    "units",
    "activation",
    "name",
    "signature",
    "output_key",
    "trainable",
    "true",
    "self",
    "crate",
    "fn",
    "match",
    "_",
    "r#in",
    "hub_layers",
];

const LITERALS: &[&str] = &[
    "0",
    "1",
    "3",
    "10",
    "0.5",
    "1e400",
    "99999999999999999999999999999999999999999",
    "\"relu\"",
    "\"\"",
    "\"y\"",
    "'c'",
    "b\"x\"",
    "\"models/digits\"",
    "\"https:/x\"",
    "1u8",
    "0x1f",
    "2f32",
];

fn token() -> impl Strategy<Value = TokenTree> {
    let word = prop::sample::select(WORDS).prop_map(|word| match word.strip_prefix("r#") {
        Some(raw) => Ident::new_raw(raw, Span::call_site()).into(),
        None => Ident::new(word, Span::call_site()).into(),
    });
    let literal = prop::sample::select(LITERALS).prop_map(|text| text.parse::<Literal>().expect("a literal").into());
    let punct = (prop::sample::select(&b"<>=,;:.+-*/!?&|#@$%^~"[..]), any::<bool>()).prop_map(|(letter, joint)| {
        Punct::new(letter.into(), if joint { Spacing::Joint } else { Spacing::Alone }).into()
    });
    let leaf = prop_oneof![4 => word, 2 => literal, 3 => punct];
    leaf.prop_recursive(4, 40, 8, |inner| {
        let delimiter =
            prop::sample::select(&[Delimiter::Parenthesis, Delimiter::Bracket, Delimiter::Brace, Delimiter::None][..]);
        (delimiter, prop::collection::vec(inner, 0..8))
            .prop_map(|(delimiter, tokens)| Group::new(delimiter, tokens.into_iter().collect()).into())
    })
}

/// Pieces of right models, of which a wrong one is made by leaving out, doubling and mixing.
const PIECES: &[&str] = &[
    "input x: f32[batch, 3];",
    "let y = Dense(2)(x);",
    "let head = Dense(4);",
    "output y",
    "output { y, z: x[\"k\"] }",
    "head(x)",
    "Dense(10)",
    "< Flatten(), Dense(10) >",
    "if deep { Dense(3) } else { Flatten() }",
    "..layers",
    ",",
    ";",
    "KerasLayer(\"models/digits\", signature = \"s\", output_key = \"y\")",
    "InputLayer([8, 8, 3])",
    "Conv2D(3, [9, 9])",
    "Concatenate()([x, y])",
    "Embedding(3, 4)",
    "name = ",
    "(",
    "[",
    "< ",
    " >",
    "let y = if deep { x } else { Dense(3)(x) };",
];

fn answered(tokens: TokenStream, wrong: &Cell<u32>) {
    // As `hub_layers::model!` hands it over.
    let expansion = expand::model(quote!([::hub_layers] #tokens));
    if expansion.to_string().contains("compile_error") {
        wrong.set(wrong.get() + 1);
    }
    syn::parse2::<syn::Expr>(expansion).expect("the answer is an expression");
}

#[test]
fn any_tokens_are_answered() {
    let (wrong, cases) = (Cell::new(0), 1_500);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(cases));
    let soup = prop::collection::vec(token(), 0..40);
    let answered = |tokens: Vec<TokenTree>| {
        answered(tokens.into_iter().collect(), &wrong);
        Ok(())
    };
    runner.run(&soup, answered).expect("an answer to each");
    assert!(wrong.get() > cases / 2, "{} of {cases} were wrong", wrong.get());
}

#[test]
fn pieces_of_models_are_answered() {
    let (wrong, cases) = (Cell::new(0), 1_500);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(cases));
    let pieces = prop::collection::vec(prop::sample::select(PIECES), 0..10);
    let answered = |pieces: Vec<&str>| {
        if let Ok(tokens) = pieces.join(" ").parse() {
            answered(tokens, &wrong);
        }
        Ok(())
    };
    runner.run(&pieces, answered).expect("an answer to each");
    assert!(wrong.get() > cases / 10, "{} of {cases} were wrong", wrong.get());
}
