//! What an expression says by itself: numbers, texts, lists of them.
//!
//! [`check`](crate::check) and [`infer`](crate::infer) ask it; whatever is no literal they leave alone.

use syn::{Expr, ExprLit, ExprUnary, Lit, UnOp};

/// A literal.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Literal {
    /// A whole number.
    Int(i128),
    /// A number with a point or an exponent.
    Float(f64),
    /// `true` or `false`.
    Bool(bool),
    /// A text.
    Text(String),
    /// An array or tuple.
    List(Vec<Expr>),
    /// Bytes, a letter.
    Other,
}

/// The literal that an expression is; `None` for what has a value only when it runs.
pub(crate) fn literal(expr: &Expr) -> Option<Literal> {
    match expr {
        Expr::Lit(ExprLit { lit, .. }) => Some(of_lit(lit)),
        Expr::Paren(inner) => literal(&inner.expr),
        Expr::Group(inner) => literal(&inner.expr),
        Expr::Reference(inner) => literal(&inner.expr),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => match literal(expr)? {
            Literal::Int(number) => Some(Literal::Int(-number)),
            Literal::Float(number) => Some(Literal::Float(-number)),
            _ => None,
        },
        Expr::Array(array) => Some(Literal::List(array.elems.iter().cloned().collect())),
        Expr::Tuple(tuple) => Some(Literal::List(tuple.elems.iter().cloned().collect())),
        _ => None,
    }
}

fn of_lit(lit: &Lit) -> Literal {
    match lit {
        Lit::Int(number) if matches!(number.suffix(), "f32" | "f64") => {
            number.base10_digits().parse().map_or(Literal::Other, Literal::Float)
        }
        // What no number of Rust's holds is as far out of range as any.
        Lit::Int(number) => Literal::Int(number.base10_parse().unwrap_or(i128::MAX)),
        Lit::Float(number) => number.base10_parse().map_or(Literal::Other, Literal::Float),
        Lit::Bool(value) => Literal::Bool(value.value),
        Lit::Str(text) => Literal::Text(text.value()),
        _ => Literal::Other,
    }
}

/// The text that an expression is.
pub(crate) fn text(expr: &Expr) -> Option<String> {
    match literal(expr)? {
        Literal::Text(text) => Some(text),
        _ => None,
    }
}

/// The truth value that an expression is.
pub(crate) fn boolean(expr: &Expr) -> Option<bool> {
    match literal(expr)? {
        Literal::Bool(value) => Some(value),
        _ => None,
    }
}

/// The size that an expression is.
pub(crate) fn size(expr: &Expr) -> Option<usize> {
    match literal(expr)? {
        Literal::Int(number) => usize::try_from(number).ok(),
        _ => None,
    }
}

/// The signed number that an expression is.
pub(crate) fn integer(expr: &Expr) -> Option<i64> {
    match literal(expr)? {
        Literal::Int(number) => i64::try_from(number).ok(),
        _ => None,
    }
}

/// The items that an expression lists.
pub(crate) fn list(expr: &Expr) -> Option<Vec<Expr>> {
    match literal(expr)? {
        Literal::List(items) => Some(items),
        _ => None,
    }
}
