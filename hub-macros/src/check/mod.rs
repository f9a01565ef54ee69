//! Holds the tree against what the macro knows: names, values, what goes together, what leads where.
//!
//! [`expand`](crate::expand) calls it with what [`parse`](crate::parse) read. Everything that is wrong is reported, and
//! what is right comes out. Types are left to the compiler; what flows from layer to layer is for
//! [`infer`](crate::infer).
//!
//! | file | checks |
//! |---|---|
//! | `list` | the items of a list, and names that stand twice |
//! | `graph` | definitions and uses of names, inputs and outputs |
//! | `layer` | one layer |
//! | `arguments` | the arguments of a layer or class against the table |
//! | `values` | literals against what an argument takes |
//! | `keras_layer` | what goes together in a `KerasLayer` |

mod arguments;
pub(crate) mod graph;
pub(crate) mod keras_layer;
mod layer;
pub(crate) mod list;
mod values;

use proc_macro2::{Ident, Span};
use syn::spanned::Spanned as _;
use syn::{Expr, ExprPath};

use crate::table::classes::Class;
use crate::table::layers::Layer;

/// A layer without mistakes.
pub(crate) struct CheckedLayer {
    /// The name that stands before it.
    pub(crate) name: Option<Ident>,
    /// What to construct.
    pub(crate) constructor: Constructor,
    /// Its arguments.
    pub(crate) arguments: Arguments,
}

/// What is constructed.
pub(crate) enum Constructor {
    /// A layer of the table, with the name as written.
    Known(&'static Layer, Ident),
    /// A layer written by path.
    Path(ExprPath),
}

/// Arguments in the form of the builders.
#[derive(Default)]
pub(crate) struct Arguments {
    /// Those of `new`, in its order.
    pub(crate) positional: Vec<Value>,
    /// The setters to call, in the order written.
    pub(crate) keywords: Vec<(Ident, Value)>,
}

/// The value of an argument.
pub(crate) struct Value {
    /// As its author wrote it.
    pub(crate) given: Expr,
    /// What becomes of it.
    pub(crate) meaning: Meaning,
}

/// What a value stands for.
pub(crate) enum Meaning {
    /// Rust's own.
    Expression,
    /// An element type by TensorFlow's name; the variant of `DType`.
    DType(Ident),
    /// A class with its arguments.
    Class(&'static Class, Ident, Arguments),
}

impl CheckedLayer {
    /// Where its name stands.
    pub(crate) fn place(&self) -> Span {
        match &self.constructor {
            Constructor::Known(_, name) => name.span(),
            Constructor::Path(path) => path.path.segments.last().map_or_else(|| path.span(), |last| last.ident.span()),
        }
    }

    /// The layer of the table that it is.
    pub(crate) fn known(&self) -> Option<&'static Layer> {
        match &self.constructor {
            Constructor::Known(layer, _) => Some(layer),
            Constructor::Path(_) => None,
        }
    }

    /// The argument of that name, as written.
    pub(crate) fn argument(&self, name: &str) -> Option<&Expr> {
        let layer = self.known()?;
        let index = layer.callee.positional.iter().position(|parameter| parameter.name == name);
        match index.and_then(|index| self.arguments.positional.get(index)) {
            Some(value) => Some(&value.given),
            None => self.keyword(name).map(|(_, value)| &value.given),
        }
    }

    /// The keyword of that name, and its value.
    pub(crate) fn keyword(&self, name: &str) -> Option<&(Ident, Value)> {
        self.arguments.keywords.iter().find(|(keyword, _)| keyword == name)
    }
}
