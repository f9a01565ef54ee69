//! The handle that an expression is: a text, or one that begins with the crate's directory.

use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Expr, Lit, Macro, Token};

use crate::literal;

/// A handle that can be read while compiling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Text {
    /// As written.
    Plain(String),
    /// What follows the crate's directory, as in `concat!(env!("CARGO_MANIFEST_DIR"), "/model")`.
    InCrate(String),
}

impl Text {
    /// The handle, for messages and for look-ups.
    pub(crate) fn shown(&self) -> &str {
        match self {
            Text::Plain(text) => text,
            Text::InCrate(rest) => rest.trim_start_matches('/'),
        }
    }
}

/// The handle that an expression is; `None` for what has a value only when it runs.
pub(crate) fn text_of(expr: &Expr) -> Option<Text> {
    if let Some(text) = literal::text(expr) {
        return Some(Text::Plain(text));
    }
    match expr {
        Expr::Macro(call) => concatenated(&call.mac),
        Expr::Paren(inner) => text_of(&inner.expr),
        Expr::Group(inner) => text_of(&inner.expr),
        Expr::Reference(inner) => text_of(&inner.expr),
        _ => None,
    }
}

fn concatenated(call: &Macro) -> Option<Text> {
    if call.path.segments.last()?.ident != "concat" {
        return None;
    }
    let parts = Punctuated::<Expr, Token![,]>::parse_terminated.parse2(call.tokens.clone()).ok()?;
    let mut parts = parts.iter();
    let in_crate = match parts.next()? {
        Expr::Macro(first) if is_crate_directory(&first.mac) => true,
        first => return plain(std::iter::once(first).chain(parts)).map(Text::Plain),
    };
    let rest = plain(parts)?;
    (in_crate && rest.starts_with('/')).then_some(Text::InCrate(rest))
}

fn plain<'a>(parts: impl Iterator<Item = &'a Expr>) -> Option<String> {
    parts.map(literal::text).collect()
}

fn is_crate_directory(call: &Macro) -> bool {
    let is_env = call.path.segments.last().is_some_and(|last| last.ident == "env");
    is_env
        && syn::parse2::<Lit>(call.tokens.clone()).is_ok_and(|name| match name {
            Lit::Str(name) => name.value() == "CARGO_MANIFEST_DIR",
            _ => false,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Text> {
        text_of(&syn::parse_str(text).expect("an expression"))
    }

    #[test]
    fn handles_that_can_be_read() {
        assert_eq!(read("\"models/digits\""), Some(Text::Plain("models/digits".into())));
        assert_eq!(read("&(\"models/digits\")"), Some(Text::Plain("models/digits".into())));
        assert_eq!(read("concat!(\"models/\", \"digits\")"), Some(Text::Plain("models/digits".into())));
        let in_crate = Some(Text::InCrate("/models/digits".into()));
        assert_eq!(read("concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/models\", \"/digits\")"), in_crate);
        assert_eq!(read("::core::concat!(::core::env!(\"CARGO_MANIFEST_DIR\"), \"/models/digits\",)"), in_crate);
    }

    #[test]
    fn handles_that_cannot() {
        for text in
            ["HANDLE", "handle()", "concat!(env!(\"HOME\"), \"/x\")", "concat!(env!(\"CARGO_MANIFEST_DIR\"))", "3"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
