//! The operation whose gradient is asked: its inputs, outputs and attributes, and what came back to its outputs.
//!
//! All that the op gradients in the family files are written with.

use super::broadcast::reduce_to;
use super::registry::Partials;
use super::slice::Step;
use super::value::Gradient;
use crate::error::Error;
use crate::graph::node::{IntoNode, Node, Operation};
use crate::graph::operation::OperationBuilder;
use crate::graph::scope::Scope;
use crate::saved_model::proto::AttrValueValue;
use crate::saved_model::tensor_proto;
use crate::tensor::Tensor;

/// An operation on the way back.
pub(super) struct Forward<'g> {
    operation: Operation<'g>,
    op: String,
    inputs: Vec<Node<'g>>,
    wanted: Vec<bool>,
    upstream: Vec<Option<Gradient<'g>>>,
}

impl<'g> Forward<'g> {
    pub(super) fn new(step: &Step<'g>, upstream: Vec<Option<Gradient<'g>>>) -> Forward<'g> {
        Forward {
            operation: step.operation,
            op: step.op.clone(),
            inputs: step.inputs.clone(),
            wanted: step.wanted.clone(),
            upstream,
        }
    }

    /// The graph.
    pub(super) fn s(&self) -> &'g Scope {
        self.operation.scope
    }

    /// The operation itself.
    pub(super) fn operation(&self) -> Operation<'g> {
        self.operation
    }

    /// An input.
    pub(super) fn x(&self, input: usize) -> Node<'g> {
        self.inputs.get(input).copied().unwrap_or(Node::missing(self.s()))
    }

    /// How many inputs there are.
    pub(super) fn count(&self) -> usize {
        self.inputs.len()
    }

    /// An output.
    pub(super) fn y(&self, output: usize) -> Node<'g> {
        self.operation.output(output)
    }

    /// Whether the gradient by this input is asked.
    pub(super) fn wants(&self, input: usize) -> bool {
        self.wanted.get(input).copied().unwrap_or(false)
    }

    /// What came back to the first output.
    pub(super) fn g(&self) -> Node<'g> {
        self.g_at(0)
    }

    /// What came back to an output; zeros where nothing did.
    pub(super) fn g_at(&self, output: usize) -> Node<'g> {
        match self.upstream(output) {
            Some(gradient) => gradient.dense(),
            None => zeros_like(self.y(output)),
        }
    }

    /// What came back to an output, as it came.
    pub(super) fn upstream(&self, output: usize) -> Option<Gradient<'g>> {
        self.upstream.get(output).copied().flatten()
    }

    /// What came back to all outputs; zeros where nothing did.
    pub(super) fn all_g(&self) -> Vec<Node<'g>> {
        (0..self.upstream.len()).map(|output| self.g_at(output)).collect()
    }

    /// The gradient by the first input alone.
    pub(super) fn first(&self, gradient: Node<'g>) -> Partials<'g> {
        self.at(0, gradient)
    }

    /// The gradient by this input alone.
    pub(super) fn at(&self, input: usize, gradient: Node<'g>) -> Partials<'g> {
        let mut partials = vec![None; input];
        partials.push(Some(Gradient::Dense(gradient)));
        partials
    }

    /// The gradient by each input that is asked for.
    pub(super) fn each(&self, mut partial: impl FnMut(usize) -> Option<Node<'g>>) -> Partials<'g> {
        let partial = |input| if self.wants(input) { partial(input) } else { None };
        (0..self.count()).map(partial).map(|partial| partial.map(Gradient::Dense)).collect()
    }

    /// The gradients by two inputs, whose shapes were broadcast.
    pub(super) fn broadcast(
        &self,
        left: impl Fn(Node<'g>) -> Node<'g>,
        right: impl Fn(Node<'g>) -> Node<'g>,
    ) -> Partials<'g> {
        let g = self.g();
        self.each(|input| match input {
            0 => Some(reduce_to(left(g), self.x(0))),
            1 => Some(reduce_to(right(g), self.x(1))),
            _ => None,
        })
    }

    /// An op that takes some of this one's attributes.
    pub(super) fn like(&self, op: &str, attributes: &[&str]) -> OperationBuilder<'g> {
        let copied = attributes.iter().filter_map(|name| Some((*name, self.operation.attribute(name)?)));
        copied.fold(self.s().op(op), |builder, (name, value)| builder.attr(name, value))
    }

    /// An attribute's value.
    fn attribute(&self, name: &str) -> Option<AttrValueValue> {
        self.operation.attribute(name)?.value
    }

    /// A whole number among the attributes; 0 where there is none.
    pub(super) fn int(&self, name: &str) -> i64 {
        match self.attribute(name) {
            Some(AttrValueValue::I(value)) => value,
            _ => 0,
        }
    }

    /// A truth value among the attributes; false where there is none.
    pub(super) fn flag(&self, name: &str) -> bool {
        matches!(self.attribute(name), Some(AttrValueValue::B(true)))
    }

    /// A text among the attributes.
    pub(super) fn text(&self, name: &str) -> String {
        match self.attribute(name) {
            Some(AttrValueValue::S(bytes)) => String::from_utf8_lossy(&bytes).into_owned(),
            _ => String::new(),
        }
    }

    /// Texts among the attributes, in a list.
    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        match self.attribute(name) {
            Some(AttrValueValue::List(list)) => {
                list.s.iter().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Whole numbers among the attributes, in a list.
    pub(super) fn ints(&self, name: &str) -> Vec<i64> {
        match self.attribute(name) {
            Some(AttrValueValue::List(list)) => list.i.clone(),
            _ => Vec::new(),
        }
    }

    /// The whole number that an input is, where it is a constant.
    pub(super) fn constant_int(&self, input: usize) -> Option<i64> {
        let operation = self.x(input).operation();
        let Some(AttrValueValue::Tensor(message)) = operation.attribute("value")?.value else { return None };
        let tensor = tensor_proto::decode(&message).ok()?;
        tensor.item::<i32>().map(i64::from).or_else(|_| tensor.item::<i64>()).ok()
    }

    /// Keeps the error that this operation, as it is here, has no gradient.
    pub(super) fn refuse(&self, why: &str) -> Partials<'g> {
        let why = format!("no gradient: {why}");
        self.s().keep(Error::Graph { node: self.operation.name(), op: self.op.clone(), why });
        Vec::new()
    }

    /// A constant.
    pub(super) fn constant(&self, value: impl Into<Tensor>) -> Node<'g> {
        self.s().constant(value)
    }
}

/// Zeros of the node's type and shape.
pub(super) fn zeros_like(node: Node<'_>) -> Node<'_> {
    node.unary("ZerosLike")
}

/// `yes` where `condition` holds, else `no`.
pub(super) fn select<'g>(condition: Node<'g>, yes: Node<'g>, no: Node<'g>) -> Node<'g> {
    condition.scope().op("SelectV2").input(condition).input(yes).input(no).build()
}

/// A scalar zero of the node's type.
pub(super) fn zero(node: Node<'_>) -> Node<'_> {
    0.0_f64.into_node(node)
}

/// Part of a vector: `count` elements from `start`, all that are left where it is -1.
pub(super) fn part<'g>(vector: Node<'g>, start: i32, count: i32) -> Node<'g> {
    let scope = vector.scope();
    let (start, count) = (scope.constant([start]), scope.constant([count]));
    scope.op("Slice").input(vector).input(start).input(count).build()
}

/// Vectors one after the other.
pub(super) fn join<'g>(vectors: &[Node<'g>]) -> Node<'g> {
    let scope = vectors[0].scope();
    scope.op("ConcatV2").input_list(vectors.iter().copied()).input(scope.constant(0_i32)).build()
}

/// The whole numbers from 0 to below `end`, an int32 scalar.
pub(super) fn range(end: Node<'_>) -> Node<'_> {
    let scope = end.scope();
    scope.op("Range").input(scope.constant(0_i32)).input(end).input(scope.constant(1_i32)).build()
}

/// The product of a vector's elements, a scalar.
pub(super) fn product(vector: Node<'_>) -> Node<'_> {
    let scope = vector.scope();
    scope.op("Prod").input(vector).input(scope.constant(0_i32)).build()
}

/// Scalars as a vector.
pub(super) fn pack<'g>(scalars: &[Node<'g>]) -> Node<'g> {
    scalars[0].scope().op("Pack").input_list(scalars.iter().copied()).attr("axis", 0_i64).build()
}

/// The axes in another order.
pub(super) fn transpose<'g>(node: Node<'g>, order: Node<'g>) -> Node<'g> {
    node.binary("Transpose", order)
}

/// A new axis of size 1.
pub(super) fn expand<'g>(node: Node<'g>, axis: i32) -> Node<'g> {
    node.binary("ExpandDims", node.scope().constant(axis))
}
