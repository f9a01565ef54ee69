//! Gradients that the program brought that made the model: `tf.custom_gradient`, saved as functions of the library.
//!
//! An operation asks for one by its attribute `_gradient_op_type`. The function takes what came back to each output, then
//! what it has captured: variables of the model, and tensors of the function that the operation was traced in. The
//! inliner says which nodes those are.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::forward::Forward;
use super::functions::zeros_like_value;
use super::registry::{Partials, Rule};
use super::value::{Gradient, IndexedSlices};
use crate::dtype::DType;
use crate::graph::library::GRADIENT;
use crate::graph::node::{Node, NodeId, Operation};
use crate::saved_model::Spec;
use crate::saved_model::proto::{AttrValueValue, FunctionDefLibrary};
use crate::tensor::Nest;

/// A gradient that came with functions.
#[derive(Debug, Clone)]
pub(crate) struct CustomGradient {
    /// The function's name in the graph's library.
    pub(crate) function: String,
    /// What it returns: one item for each input of the operation.
    pub(crate) outputs: Nest<Spec>,
    /// What follows what came back among its inputs.
    pub(crate) captured: Vec<Captured>,
}

/// What the function of a gradient has captured.
#[derive(Debug, Clone)]
pub(crate) enum Captured {
    /// A variable or the like.
    Node(NodeId),
    /// A tensor, by its name in the function that it was traced in.
    Tensor {
        /// The function.
        function: String,
        /// `node:output`, the output counted from 0.
        name: String,
    },
    /// What is not in this graph.
    Elsewhere,
}

/// The custom gradients of a graph.
#[derive(Debug, Default)]
pub(in crate::graph) struct CustomGradients {
    /// By what operations ask for them by.
    known: BTreeMap<String, Arc<CustomGradient>>,
    /// What the gradient of an operation has captured, as far as it has been found.
    bound: HashMap<u32, Vec<Option<NodeId>>>,
}

/// A captured tensor that is still to be found: of which operation, the how many-eth, where it is.
#[derive(Debug, Clone)]
pub(in crate::graph) struct Unbound {
    operation: u32,
    place: usize,
    /// The function that has it.
    pub(in crate::graph) function: String,
    /// Its name there.
    pub(in crate::graph) name: String,
}

impl CustomGradients {
    /// Whether one of the library's gradients has the name of one that is here.
    pub(in crate::graph) fn has_any_of(&self, library: &FunctionDefLibrary) -> bool {
        library.registered_gradients.iter().any(|gradient| self.known.contains_key(&gradient.registered_op_type))
    }

    pub(in crate::graph) fn add(&mut self, operation_type: String, gradient: CustomGradient) {
        self.known.insert(operation_type, Arc::new(gradient));
    }

    pub(super) fn get(&self, operation_type: &str) -> Option<Arc<CustomGradient>> {
        self.known.get(operation_type).cloned()
    }

    /// An operation has been made that asks for this gradient; gives what has to be found for it.
    pub(in crate::graph) fn place(&mut self, operation: Operation<'_>, operation_type: &str) -> Vec<Unbound> {
        let Some(gradient) = self.known.get(operation_type) else { return Vec::new() };
        let mut unbound = Vec::new();
        let bound = gradient.captured.iter().enumerate().map(|(place, captured)| match captured {
            Captured::Node(id) => Some(*id),
            Captured::Elsewhere => None,
            Captured::Tensor { function, name } => {
                let (function, name) = (function.clone(), name.clone());
                unbound.push(Unbound { operation: operation.index, place, function, name });
                None
            }
        });
        let bound = bound.collect();
        self.bound.insert(operation.index, bound);
        unbound
    }

    /// The tensor has been found.
    pub(in crate::graph) fn bind(&mut self, unbound: &Unbound, node: Node<'_>) {
        if let Some(place) = self.bound.get_mut(&unbound.operation).and_then(|bound| bound.get_mut(unbound.place)) {
            *place = Some(node.id());
        }
    }

    fn bound(&self, operation: Operation<'_>) -> Option<Vec<NodeId>> {
        self.bound.get(&operation.index)?.iter().copied().collect()
    }
}

/// What an operation asks for its gradient by.
fn asked(operation: Operation<'_>) -> Option<String> {
    match operation.attribute(GRADIENT)?.value? {
        AttrValueValue::S(name) => Some(String::from_utf8_lossy(&name).into_owned()),
        _ => None,
    }
}

/// The rule of an operation with a gradient of its own, or why that cannot be followed.
pub(super) fn of(operation: Operation<'_>) -> Option<Result<Rule, &'static str>> {
    let asked = asked(operation)?;
    let scope = operation.scope;
    let (is_known, bound) = scope.custom_gradients(|all| (all.get(&asked).is_some(), all.bound(operation)));
    match (is_known, bound) {
        (true, Some(_)) => Some(Ok(Rule::By(of_custom))),
        (true, None) => Some(Err(" with a custom gradient that captured what is not here")),
        // Python marks its calls too, and what they stand for is their function's own gradient.
        (false, _) if operation.op().ends_with("PartitionedCall") => None,
        (false, _) => Some(Err(" with a custom gradient")),
    }
}

fn of_custom<'g>(at: &Forward<'g>) -> Partials<'g> {
    let asked = asked(at.operation()).unwrap_or_default();
    let found = at.s().custom_gradients(|all| Some((all.get(&asked)?, all.bound(at.operation())?)));
    let Some((gradient, bound)) = found else { return at.refuse("its custom gradient is not here") };
    let came = |output| match at.upstream(output) {
        Some(gradient) => gradient.dense(),
        None => zeros_like_value(at.y(output)),
    };
    let outputs = at.operation().outputs().len();
    let inputs: Vec<_> = (0..outputs).map(came).chain(bound.into_iter().map(|id| at.s().node(id))).collect();
    match at.s().inline_named(&gradient.function, &inputs) {
        Ok(inlined) => partials(&gradient.outputs, inlined.outputs),
        Err(error) => {
            at.s().keep(error);
            Vec::new()
        }
    }
}

/// What the function gave, by the input that it is for.
fn partials<'g>(outputs: &Nest<Spec>, flat: Vec<Node<'g>>) -> Partials<'g> {
    let mut flat = flat.into_iter();
    let items = match outputs {
        Nest::List(items) | Nest::Tuple(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    let partial = |item: &Nest<Spec>| match item {
        Nest::Leaf(Spec::Other { components: 3, .. }) => {
            let (values, indices, shape) = (flat.next()?, flat.next()?, flat.next()?);
            Some(Gradient::Sparse(IndexedSlices { indices, values, dense_shape: shape.cast(DType::I32) }))
        }
        Nest::Leaf(Spec::Literal(_)) | Nest::None => None,
        _ => flat.next().map(Gradient::Dense),
    };
    items.iter().map(partial).collect()
}
