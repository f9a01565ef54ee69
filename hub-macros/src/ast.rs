//! What stands between the macro's parentheses, as a tree.
//!
//! [`parse`](crate::parse) builds it, [`check`](crate::check) reads it. Nothing in it is known to be right, but its form.

use proc_macro2::{Ident, Span, TokenStream};
use syn::{Expr, ExprPath, LitInt, LitStr};

/// All of it.
pub(crate) struct Input {
    /// The way to hub-layers.
    pub(crate) krate: TokenStream,
    /// Where to report what no token is to blame for.
    pub(crate) place: Span,
    /// The model.
    pub(crate) form: Form,
}

/// The two ways to declare a model.
pub(crate) enum Form {
    /// Layers one after the other.
    List(Vec<Item>),
    /// Tensors by name.
    Graph(Vec<Statement>),
}

/// One entry of a list.
pub(crate) enum Item {
    /// `Dense(10)`, or `head = Dense(10)`.
    Layer(LayerCall),
    /// `..layers`
    Spread(Expr),
    /// `if augment { RandomFlip("horizontal") }`
    If(Conditional<Vec<Item>>),
}

/// A choice between two things of one kind.
pub(crate) struct Conditional<T> {
    /// What is asked.
    pub(crate) condition: Expr,
    /// What is taken if so.
    pub(crate) then: T,
    /// What is taken if not.
    pub(crate) otherwise: Option<T>,
    /// The word `if`.
    pub(crate) place: Span,
}

/// One layer as written: `Dense(10, activation = "relu")`.
pub(crate) struct LayerCall {
    /// The name before it.
    pub(crate) name: Option<Ident>,
    /// Its class, by name or path.
    pub(crate) path: ExprPath,
    /// What stands in its parentheses; `None` if it has none.
    pub(crate) arguments: Option<Vec<Argument>>,
    /// Whether all of it could be read.
    pub(crate) whole: bool,
}

/// One argument of a layer.
pub(crate) enum Argument {
    /// `10`
    Positional(Expr),
    /// `activation = "relu"`
    Keyword(Ident, Expr),
}

/// One statement of a graph.
pub(crate) enum Statement {
    /// `input text: String[batch];`
    Input(GraphInput),
    /// `let logits = Dense(2)(encoded);`
    Let(Ident, Node),
    /// `output logits;`
    Output(Span, Node),
    /// What could not be read, and the name that it would have defined.
    Unread(Option<Ident>),
}

/// An input of a graph.
pub(crate) struct GraphInput {
    /// Its name.
    pub(crate) name: Ident,
    /// Its element type, as Rust names it.
    pub(crate) dtype: Ident,
    /// Its dimensions behind the batch; `None` is `_`.
    pub(crate) dimensions: Vec<Option<Expr>>,
}

/// Something that stands for a tensor, for several, or for a layer.
pub(crate) enum Node {
    /// A name.
    Name(Ident),
    /// A layer that is not applied: `Dense(2)`.
    Layer(Box<LayerCall>),
    /// A layer applied, or a name for one: `Dense(2)(x)`, `head(x)`; and where the parentheses of what goes in are.
    Apply(Box<Node>, Box<Node>, Span),
    /// `encoded["pooled_output"]`
    Key(Box<Node>, LitStr),
    /// `pair[0]`
    Index(Box<Node>, LitInt),
    /// `[a, b]`
    List(Vec<Node>),
    /// `{ logits, embedding: encoded["pooled_output"] }`
    Dict(Vec<(Ident, Node)>),
    /// `if deep { Dense(10)(x) } else { x }`
    If(Box<Conditional<Node>>),
}
