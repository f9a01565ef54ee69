//! Literals against what an argument takes, and the classes that stand in arguments.

use proc_macro2::Ident;
use syn::spanned::Spanned as _;
use syn::{Expr, ExprCall};

use super::{Meaning, Value, arguments};
use crate::ast::Argument;
use crate::literal::{self, Literal};
use crate::report::{self, Report};
use crate::table::classes::{self, Class};
use crate::table::kinds::{Family, Kind};
use crate::table::layers::{Callee, Parameter};

/// Checks one value, and says what it stands for.
pub(super) fn value(callee: &'static Callee, parameter: &Parameter, given: Expr, report: &mut Report) -> Value {
    let meaning = match parameter.kind {
        Kind::Class(family) => class(callee, parameter, family, &given, report),
        _ => Meaning::Expression,
    };
    let Some(found) = literal::literal(&given) else { return Value { given, meaning } };
    let mut refuse = |message: String| report.push(syn::Error::new_spanned(&given, message));
    match (parameter.kind, &found) {
        (Kind::DType, Literal::Text(name)) => match name.parse::<hub_core::DType>() {
            Ok(dtype) => {
                let variant = Ident::new(&format!("{dtype:?}"), given.span());
                return Value { given, meaning: Meaning::DType(variant) };
            }
            Err(_) => refuse(report::unknown_name(callee, parameter.name, name, &dtype_names())),
        },
        (Kind::OneOf(names), Literal::Text(name)) if !is_one_of(parameter, names, name) => {
            refuse(report::unknown_name(callee, parameter.name, name, names));
        }
        (Kind::Class(family), Literal::Text(name)) if !is_class(family, name) => {
            refuse(report::unknown_name(callee, parameter.name, name, family.names()));
        }
        (Kind::Handle, Literal::Text(handle)) => {
            if let Err(error) = handle.parse::<hub_core::Handle>() {
                refuse(report::invalid_handle(&error.to_string()));
            }
        }
        (kind, found) if !fits(kind, found) => {
            refuse(report::wrong_value(callee, parameter, &report::source(&given)));
        }
        _ => {}
    }
    Value { given, meaning }
}

/// Whether a literal is of the kind, and in its range. Whole numbers where others belong are for the compiler, which
/// says how to write them.
fn fits(kind: Kind, found: &Literal) -> bool {
    let number = |item: &Expr| !matches!(literal::literal(item), Some(Literal::Text(_) | Literal::Bool(_)));
    let integer = |item: &Expr| matches!(literal::literal(item), None | Some(Literal::Int(_)));
    let positive = |item: &Expr| match literal::literal(item) {
        None => true,
        Some(Literal::Int(size)) => (1..=i128::from(i32::MAX)).contains(&size),
        Some(_) => false,
    };
    match (kind, found) {
        (Kind::Any, _) => true,
        (Kind::Count, Literal::Int(count)) => (1..=i128::from(i32::MAX)).contains(count),
        (Kind::Natural, Literal::Int(number)) => *number >= 0,
        (Kind::Integer | Kind::Axes, Literal::Int(_)) | (Kind::Number | Kind::Numbers, Literal::Int(_)) => true,
        (Kind::Axes, Literal::List(items)) => !items.is_empty() && items.iter().all(integer),
        (Kind::Share, Literal::Int(share)) => matches!(share, 0 | 1),
        (Kind::Share, Literal::Float(share)) => (0.0..=1.0).contains(share),
        (Kind::Number | Kind::Numbers, Literal::Float(_)) | (Kind::Bool, Literal::Bool(_)) => true,
        (Kind::Numbers, Literal::List(items)) => items.iter().all(number),
        (Kind::Text | Kind::OneOf(_) | Kind::Class(_) | Kind::Handle, Literal::Text(_)) => true,
        (Kind::Texts, Literal::List(_)) => true,
        (Kind::Window, Literal::Int(size)) => (1..=i128::from(i32::MAX)).contains(size),
        (Kind::Window, Literal::List(sizes)) => sizes.len() == 2 && sizes.iter().all(positive),
        (Kind::Shape, Literal::List(sizes)) => sizes.iter().all(|size| match literal::literal(size) {
            None => true,
            Some(Literal::Int(size)) => size >= 0,
            Some(_) => false,
        }),
        _ => false,
    }
}

/// Keras takes these two in any case.
fn is_one_of(parameter: &Parameter, names: &[&str], name: &str) -> bool {
    let any_case = matches!(parameter.name, "padding" | "interpolation");
    names.iter().any(|own| *own == name || (any_case && own.eq_ignore_ascii_case(name)))
}

fn is_class(family: Family, name: &str) -> bool {
    family.names().contains(&name) || classes::find(name).is_some_and(|class| class.family == family)
}

fn dtype_names() -> Vec<&'static str> {
    hub_core::DType::ALL.iter().map(|dtype| dtype.name()).collect()
}

/// A call of a bare name that is a class's: `L2(1e-4)`.
fn class(callee: &'static Callee, parameter: &Parameter, wanted: Family, given: &Expr, report: &mut Report) -> Meaning {
    let Some((class, name, given)) = called_class(given) else { return Meaning::Expression };
    if class.family != wanted {
        report.add(name.span(), report::other_family(callee, parameter.name, wanted, class));
        return Meaning::Expression;
    }
    let arguments = arguments::known(&class.callee, &name, given, true, report);
    Meaning::Class(class, name, arguments)
}

fn called_class(given: &Expr) -> Option<(&'static Class, Ident, Vec<Argument>)> {
    let ExprCall { func, args, .. } = match given {
        Expr::Call(call) => call,
        Expr::Paren(inner) => return called_class(&inner.expr),
        Expr::Group(inner) => return called_class(&inner.expr),
        _ => return None,
    };
    let Expr::Path(path) = &**func else { return None };
    let name = path.path.get_ident()?.clone();
    let class = classes::find(&name.to_string())?;
    let argument = |argument: &Expr| match argument {
        Expr::Assign(assign) => match &*assign.left {
            Expr::Path(keyword) if keyword.path.get_ident().is_some() => {
                let keyword = keyword.path.get_ident().cloned().unwrap_or_else(|| name.clone());
                Argument::Keyword(keyword, (*assign.right).clone())
            }
            _ => Argument::Positional(argument.clone()),
        },
        other => Argument::Positional(other.clone()),
    };
    Some((class, name.clone(), args.iter().map(argument).collect()))
}
