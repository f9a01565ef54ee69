//! Writing the body of a library function into a graph, calls within it included.
//!
//! Gradients, training and fast inference want plain ops, not calls. Functional control flow (`If`, `While`, `Case`)
//! stays as it is: its branches are called from the graph's library; so is a function with loops of TF1's control flow. The
//! rules are those of TensorFlow's own inliner:
//!
//! * `arg` and `node:output:index` name values, `^node` an operation to run after;
//! * a call with control inputs starts with a `NoOp` behind them: its inputs and its nodes without inputs wait for it;
//! * `^call` waits for a `NoOp` behind all that the called function must run (its `control_ret`);
//! * an attribute that is a placeholder takes its value from the calling node.
//!
//! | file | holds |
//! |---|---|
//! | `body` | a function's nodes, in order |
//! | `calls` | the calls among them |
//! | `captured` | what custom gradients have captured |
//! | `loops` | functions that stay calls |
//! | `attributes`, `reference` | attributes with their values; the names of inputs |
//! | `resources` | tables and the like that get a name of their own |

mod attributes;
mod body;
mod calls;
mod captured;
mod loops;
mod reference;
mod resources;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use body::Body;
use loops::has_loop;

use super::gradient::Unbound;
use super::node::{Node, Operation};
use super::scope::Scope;
use crate::error::{Error, Result};
use crate::saved_model::proto::FunctionDef;

/// How deep calls may nest; faults beyond it end in the engine's stack.
const MOST_NESTED: usize = 64;

/// Attributes that describe the place of a node in its old graph.
const LEFT_BEHIND: [&str; 3] = ["_output_shapes", "_input_shapes", "_class"];

/// How many nodes one function may be written out to: calls of calls multiply.
const MOST_NODES: usize = 1 << 18;

/// What an inlined function gives back.
#[derive(Debug)]
pub struct Inlined<'g> {
    /// The function's outputs, flat.
    pub outputs: Vec<Node<'g>>,
    /// What must run even where no output needs it: assignments, assertions.
    pub controls: Vec<Operation<'g>>,
}

impl Scope {
    /// Writes a library function's body here. `inputs` are its flat inputs, captures last.
    ///
    /// # Errors
    /// [`Error::ModelStructure`] where the body does not hang together, [`Error::Graph`] where TensorFlow refuses a
    /// node, [`Error::Unsupported`] for loops of TF1's control flow and unknown ops.
    pub fn inline<'g>(&'g self, function: &FunctionDef, inputs: &[Node<'g>]) -> Result<Inlined<'g>> {
        let task = Task::new(false);
        self.place(function, inputs, &task)
    }

    /// The same for a function that makes a resource, by its name in the library: the resource gets a name that no other
    /// of the graph has.
    pub(crate) fn inline_resource<'g>(&'g self, function: &str, inputs: &[Node<'g>]) -> Result<Inlined<'g>> {
        let task = Task::new(true);
        self.place(&*self.required_function(function)?, inputs, &task)
    }

    fn place<'g>(&'g self, function: &FunctionDef, inputs: &[Node<'g>], task: &Task) -> Result<Inlined<'g>> {
        let inlined = Body::new(self, function, BTreeMap::new(), 0, task)?.place(inputs, None)?;
        self.check()?;
        Ok(inlined)
    }

    /// The same by the function's name in the graph's library.
    ///
    /// # Errors
    /// As [`Scope::inline`]; [`Error::FunctionNotFound`] for a name that is not in the library.
    pub fn inline_named<'g>(&'g self, function: &str, inputs: &[Node<'g>]) -> Result<Inlined<'g>> {
        let function = self.required_function(function)?;
        match has_loop(&function) {
            false => self.inline(&function, inputs),
            true => self.call_function(&function, inputs),
        }
    }

    /// A call of a function of the graph's library, by its name there.
    pub(crate) fn call_named<'g>(&'g self, function: &str, inputs: &[Node<'g>]) -> Result<Inlined<'g>> {
        self.call_function(&*self.required_function(function)?, inputs)
    }

    fn required_function(&self, name: &str) -> Result<Arc<FunctionDef>> {
        let found = self.library_function(name);
        found.ok_or_else(|| Error::FunctionNotFound { name: name.to_owned(), available: Vec::new() })
    }
}

/// What holds for a whole function and all that is called in it.
struct Task {
    /// How many nodes may still be written.
    budget: Cell<usize>,
    /// Whether what makes a resource makes one of its own.
    own_resources: bool,
    /// What custom gradients have captured and no function so far has had.
    unbound: RefCell<Vec<Unbound>>,
}

impl Task {
    fn new(own_resources: bool) -> Task {
        Task { budget: Cell::new(MOST_NODES), own_resources, unbound: RefCell::default() }
    }
}
