//! The graph DSL: TensorFlow graphs written in Rust, by the same means for layers, models and users.
//!
//! A [`Scope`] is a graph under construction; a [`Node`] is one output in it, small and `Copy`, with operators and
//! methods named like TensorFlow's ops. What goes wrong is kept with the node that made it and surfaces once, when
//! the graph is used. Library functions of a SavedModel are written into the graph by [`Scope::inline`].
//!
//! | file | holds |
//! |---|---|
//! | `scope` | [`Scope`]: names, control dependencies, placeholders, constants, variables, outputs |
//! | `state` | what is inside a scope |
//! | `node` | [`Node`], [`Operation`], operators, what converts into a node |
//! | `ops` | the methods of [`Node`] |
//! | `operation` | [`OperationBuilder`]: any op of TensorFlow's |
//! | `attribute` | [`Attribute`]: what an attribute can be |
//! | `variable` | [`Variable`]: state of the session |
//! | `control_flow` | [`Scope::cond`], [`Scope::while_loop`] |
//! | `inline` | bodies of library functions written out |
//! | `gradient` | [`Scope::gradients`]: reverse mode, and the gradient of each op |
//! | `program` | [`Program`]: a graph that lives with its session and may grow |
//! | `repeatable` | [`Scope::unrepeatable`]: whether nodes give the same each time |
//! | `export` | part of a graph as a function to be saved |
//! | `library` | [`FunctionNames`]: libraries of several models in one graph |
//! | `function` | [`Function`]: a graph built once and called many times |

mod attribute;
mod control_flow;
mod export;
mod function;
mod gradient;
mod inline;
mod library;
mod node;
mod operation;
mod ops;
mod program;
mod repeatable;
mod scope;
mod state;
mod variable;

pub use attribute::Attribute;
pub(crate) use function::check_input;
pub use function::{Function, function};
pub(crate) use gradient::{Captured, CustomGradient, Dependence};
pub use gradient::{Gradient, IndexedSlices, Target};
pub use inline::Inlined;
pub use library::FunctionNames;
pub use node::{IntoNode, Node, NodeId, Operation};
pub use operation::OperationBuilder;
pub use program::{PreparedCall, Program};
pub use scope::Scope;
pub use variable::Variable;
