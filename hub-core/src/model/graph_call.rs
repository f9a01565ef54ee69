//! Calls in a graph under construction: what goes in, what comes out, and a trace written there.
//!
//! `callable` and `signature` choose the trace; gradients, layers and larger models are built of what comes out.

use super::given::{Composite, Given, TensorLike};
use super::instantiate::Instance;
use super::loaded_model::LoadedModel;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::graph::{Node, Operation, Scope};
use crate::saved_model::Spec;
use crate::tensor::{Literal, Nest, Shape};

/// An argument or a result in a graph under construction.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum GraphValue<'g> {
    /// A tensor that the graph computes.
    Node(Node<'g>),
    /// A ragged tensor in its parts, the row splits from the outermost.
    Ragged {
        /// The values of all rows, one after the other.
        flat_values: Node<'g>,
        /// Where each row ends, for each ragged dimension.
        row_splits: Vec<Node<'g>>,
    },
    /// A sparse tensor in its parts.
    Sparse {
        /// The place of each stored element, int64 `[n, rank]`.
        indices: Node<'g>,
        /// The stored elements, `[n]`.
        values: Node<'g>,
        /// The shape with all the zeros, int64 `[rank]`.
        dense_shape: Node<'g>,
    },
    /// A plain value that selects a trace, or becomes a constant where the trace wants a tensor.
    Literal(Literal),
}

impl<'g> GraphValue<'g> {
    /// The node, where the value is a plain tensor.
    ///
    /// # Errors
    /// [`Error::StructureMismatch`] for anything else.
    pub fn node(&self) -> Result<Node<'g>> {
        let found = match self {
            GraphValue::Node(node) => return Ok(*node),
            GraphValue::Ragged { .. } => "a ragged tensor".to_owned(),
            GraphValue::Sparse { .. } => "a sparse tensor".to_owned(),
            GraphValue::Literal(literal) => format!("the literal {literal}"),
        };
        Err(Error::StructureMismatch { what: "a value in a graph".into(), expected: "a tensor".into(), found })
    }
}

/// The arguments of a callable in a graph under construction.
#[derive(Debug, Clone, Default)]
pub struct GraphArguments<'g> {
    /// By position.
    pub positional: Vec<Nest<GraphValue<'g>>>,
    /// By name.
    pub keywords: Vec<(String, Nest<GraphValue<'g>>)>,
}

/// What a callable becomes in a graph.
#[derive(Debug)]
pub struct Applied<'g> {
    /// The result.
    pub outputs: Nest<GraphValue<'g>>,
    /// Operations with effects, which must be targets of each run.
    pub controls: Vec<Operation<'g>>,
}

impl TensorLike for Node<'_> {
    fn dtype(&self) -> DType {
        Node::dtype(*self)
    }

    fn shape(&self) -> Shape {
        Node::shape(*self)
    }
}

/// Writes one trace into a graph and gives its result the trace's structure.
pub(super) fn apply_trace<'g>(
    model: &LoadedModel,
    scope: &'g Scope,
    instance: &Instance,
    trace: &str,
    inputs: &[Node<'g>],
) -> Result<Applied<'g>> {
    if !instance.is_of(model.id()) {
        let why = "the instance is of another loaded model".into();
        return Err(Error::Arguments { function: trace.to_owned(), why });
    }
    let inlined = instance.place_trace(scope, model.description(), trace, inputs)?;
    let mut nodes = inlined.outputs.into_iter();
    let mut next = || nodes.next().ok_or_else(|| Error::structure(format!("`{trace}` has too few outputs")));
    let outputs =
        model.description().trace(trace)?.outputs.try_map(&mut |spec| graph_result(trace, spec, &mut next))?;
    Ok(Applied { outputs, controls: inlined.controls })
}

/// A leaf of a result, of the nodes that the trace gives.
fn graph_result<'g>(trace: &str, spec: &Spec, next: &mut impl FnMut() -> Result<Node<'g>>) -> Result<GraphValue<'g>> {
    Ok(match spec {
        Spec::Tensor(spec) => GraphValue::Node(declared(next()?, &spec.shape)),
        Spec::Ragged { ragged_rank: 0, .. } => GraphValue::Node(next()?),
        Spec::Ragged { ragged_rank, .. } => GraphValue::Ragged {
            flat_values: next()?,
            row_splits: (0..*ragged_rank).map(|_| next()).collect::<Result<_>>()?,
        },
        Spec::Sparse { .. } => GraphValue::Sparse { indices: next()?, values: next()?, dense_shape: next()? },
        Spec::Literal(literal) => GraphValue::Literal(literal.clone()),
        other => return Err(Error::Unsupported { what: format!("a result {other} of `{trace}`") }),
    })
}

/// A result with the shape that its trace declares, where the graph knows less: ops of texts and tables do not say.
///
/// TensorFlow holds each run to it. What contradicts the graph is left out, as nothing there is to be learned.
fn declared<'g>(node: Node<'g>, declared: &Shape) -> Node<'g> {
    let own = node.shape();
    let news = |(own, declared): (&Option<usize>, &Option<usize>)| own.is_none() && declared.is_some();
    let more = match (own.dimensions(), declared.dimensions()) {
        (None, Some(_)) => true,
        (Some(own), Some(declared)) => own.iter().zip(declared).any(news),
        (_, None) => false,
    };
    match more && own.is_compatible_with(declared) && node.dtype() != DType::Resource {
        true => node.scope().op("EnsureShape").input(node).attr("shape", declared).build(),
        false => node,
    }
}

/// An argument as the choice of a trace sees it.
pub(super) fn graph_given<'g>(nest: &Nest<GraphValue<'g>>) -> Nest<Given<Node<'g>>> {
    let leaf = |value: &GraphValue<'g>| {
        Ok::<_, std::convert::Infallible>(match value {
            GraphValue::Node(node) => Given::Tensor(*node),
            GraphValue::Literal(literal) => Given::Literal(literal.clone()),
            GraphValue::Ragged { flat_values, row_splits } => {
                Given::Composite(Composite::Ragged { flat_values: *flat_values, row_splits: row_splits.clone() })
            }
            GraphValue::Sparse { indices, values, dense_shape } => {
                Given::Composite(Composite::Sparse { indices: *indices, values: *values, dense_shape: *dense_shape })
            }
        })
    };
    match nest.try_map(&mut { leaf }) {
        Ok(nest) => nest,
        Err(never) => match never {},
    }
}
