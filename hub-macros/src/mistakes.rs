//! The mistakes found in one list, and what they are called.
//!
//! [`parse`](crate::parse) and [`check`](crate::check) add to the collection, [`expand`](crate::expand) turns it into
//! `compile_error!`s. All wording stands here: what is wrong in the user's own syntax, then what would be right.

use proc_macro2::{Span, TokenStream};
use syn::Error;

use crate::layers::{LAYERS, Layer};
use crate::nearest::nearest;

/// Every mistake of one list, in the order found.
#[derive(Default)]
pub(crate) struct Mistakes {
    errors: Vec<Error>,
}

impl Mistakes {
    /// Reports `message` at `place`, the smallest token at fault.
    pub(crate) fn add(&mut self, place: Span, message: impl std::fmt::Display) {
        self.push(Error::new(place, message));
    }

    /// Reports an error that has its place already.
    pub(crate) fn push(&mut self, error: Error) {
        self.errors.push(error);
    }

    /// How many there are so far.
    pub(crate) fn count(&self) -> usize {
        self.errors.len()
    }

    /// One `compile_error!` for each.
    pub(crate) fn into_compile_errors(self) -> TokenStream {
        self.errors.iter().map(Error::to_compile_error).collect()
    }

    /// Each mistake with the source text that it points at.
    #[cfg(test)]
    pub(crate) fn describe(&self) -> String {
        let describe = |error: &Error| {
            let place = error.span().source_text().unwrap_or_else(|| "the whole list".to_owned());
            format!("at {place}\n{error}\n")
        };
        self.errors.iter().map(describe).collect::<Vec<_>>().join("\n")
    }
}

// The list.
pub(crate) const EMPTY_LIST: &str = "the list of layers is empty: write at least one, as in `< Dense(10) >`";
pub(crate) const NOT_CLOSED: &str = "the list opens with `<` but does not end with `>`";
pub(crate) const NOT_OPENED: &str = "the list ends with `>` but does not open with `<`";
pub(crate) const NO_LAYER: &str = "expected a layer, as in `Dense(10)`";
pub(crate) const COMMA_BETWEEN_LAYERS: &str = "expected `,` between two layers";
pub(crate) const AFTER_LAYER: &str =
    "expected `,` after a layer: what is set on it stands in its parentheses, as in `Dense(10, name = \"scores\")`";
pub(crate) const TURBOFISH: &str = "type parameters are written with `::` before them, as in `my::Layer::<f32>(10)`";

// The arguments of a layer.
pub(crate) const COMMA_BETWEEN_ARGUMENTS: &str = "expected `,` between two arguments";
pub(crate) const KEYWORD_EQUALS: &str = "a keyword argument is written with `=`, as in `name = \"scores\"`";
pub(crate) const POSITIONAL_AFTER_KEYWORD: &str =
    "positional argument after a keyword argument: positional ones come first";

pub(crate) fn unknown_layer(name: &str) -> String {
    let names = || LAYERS.iter().map(|layer| layer.name);
    let instead = near_or_list(name, names);
    format!("unknown layer `{name}`, {instead}\na layer of your own is written by its path: `self::{name}(...)`")
}

pub(crate) fn type_parameters(layer: &Layer) -> String {
    format!("`{}` takes no type parameters, write `{}`", layer.name, layer.example)
}

pub(crate) fn calls_new(path: &str) -> String {
    format!("the macro calls `new` itself, write `{path}(...)`")
}

pub(crate) fn parentheses_missing(example: &str) -> String {
    format!("a layer is written with parentheses: `{example}`")
}

pub(crate) fn wrong_brackets(path: &str) -> String {
    format!("the arguments of a layer stand in parentheses: `{path}(...)`")
}

pub(crate) fn unknown_argument(layer: &Layer, name: &str) -> String {
    format!("`{}` has no argument `{name}`, {}", layer.name, near_or_list(name, || layer.arguments()))
}

pub(crate) fn missing_argument(layer: &Layer, name: &str) -> String {
    format!("`{}` lacks its argument `{name}`, as in `{}`", layer.name, layer.example)
}

pub(crate) fn extra_argument(layer: &Layer) -> String {
    let taken = match layer.positional {
        [] => "no positional argument".to_owned(),
        [one] => format!("one positional argument, `{one}`"),
        several => format!("{} positional arguments, {}", several.len(), quoted(several.iter().copied())),
    };
    let keywords = quoted(layer.keywords.iter().copied());
    format!("`{}` takes {taken}; the others are written by keyword: {keywords}", layer.name)
}

pub(crate) fn given_twice(name: &str) -> String {
    format!("`{name}` is given twice")
}

pub(crate) fn given_by_position(name: &str) -> String {
    format!("`{name}` is given twice, by position already")
}

/// The near miss when there is one, else all the names.
fn near_or_list<I: Iterator<Item = &'static str>>(name: &str, names: impl Fn() -> I) -> String {
    match nearest(name, names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("expected one of {}", quoted(names())),
    }
}

fn quoted<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
