//! Nodes: single outputs of operations in a graph under construction, with operators.
//!
//! A node that could not be made is *missing*: its error is kept in the scope, and what is built on it is missing too,
//! without errors of its own.

use std::fmt;
use std::ops::{Add, Div, Mul, Neg, Sub};

use prost::Message;

use super::scope::Scope;
use super::variable::Variable;
use crate::dtype::DType;
use crate::engine::types::dtype_of;
use crate::saved_model::proto::{AttrValue, AttrValueValue};
use crate::saved_model::tensor_proto;
use crate::tensor::{Shape, Tensor};

/// The index of an operation that could not be made.
pub(super) const MISSING: u32 = u32::MAX;

/// One operation of a graph under construction.
#[derive(Clone, Copy)]
pub struct Operation<'g> {
    pub(super) scope: &'g Scope,
    pub(super) index: u32,
}

impl<'g> Operation<'g> {
    /// The output counted from the first.
    pub fn output(self, output: usize) -> Node<'g> {
        let exists = self.scope.with_operation(self.index, |operation| output < operation.num_outputs());
        match exists {
            Some(true) => Node { scope: self.scope, operation: self.index, output: output as u32 },
            _ => Node::missing(self.scope),
        }
    }

    /// Whether the operation could not be made; its error is kept in the scope.
    pub fn is_missing(self) -> bool {
        self.index == MISSING
    }

    /// All outputs.
    pub fn outputs(self) -> Vec<Node<'g>> {
        let count = self.scope.with_operation(self.index, |operation| operation.num_outputs()).unwrap_or(0);
        (0..count).map(|output| self.output(output)).collect()
    }

    /// What the inputs come from, in order; none for a missing operation.
    pub fn inputs(self) -> Vec<Node<'g>> {
        self.scope.inputs_of(self.index)
    }

    /// The operations that this one waits for by an edge of control.
    pub(super) fn controls(self) -> Vec<Operation<'g>> {
        self.scope.controls_of(self.index)
    }

    /// An attribute, where the op has it.
    pub fn attribute(self, name: &str) -> Option<AttrValue> {
        let bytes = self.scope.with_operation(self.index, |operation| operation.get_attr_value_proto(name));
        AttrValue::decode(bytes?.ok()?.as_slice()).ok()
    }

    /// How many outputs the output argument `argument` stands for; 0 for a name that the op has not.
    pub(super) fn list_length(self, argument: &str) -> usize {
        let length = self.scope.with_operation(self.index, |operation| operation.output_list_length(argument));
        length.and_then(|length| length.ok()).unwrap_or(0)
    }

    /// The operation's name in the graph; empty where it is missing.
    pub fn name(self) -> String {
        self.scope.with_operation(self.index, |operation| operation.name().unwrap_or_default()).unwrap_or_default()
    }

    /// The name of its op: `MatMul`, `Const`, ...
    pub fn op(self) -> String {
        self.scope.with_operation(self.index, |operation| operation.op_type().unwrap_or_default()).unwrap_or_default()
    }
}

impl fmt::Debug for Operation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Operation({})", self.name())
    }
}

/// One output of one operation: what operators and methods work on.
///
/// ```
/// # fn main() -> hub_core::Result<()> {
/// use hub_core::{DType, Tensor};
/// let f = hub_core::graph::function("affine", |s| {
///     let x = s.placeholder("x", DType::F32, [None, Some(2)]);
///     s.output("y", (x * 2.0 + 1.0).relu())
/// })?;
/// let y = f.call([("x", &Tensor::from([[1.0_f32, -4.0]]))])?;
/// assert_eq!(y["y"].tensor()?.as_slice::<f32>()?, [3.0, 0.0]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy)]
pub struct Node<'g> {
    pub(super) scope: &'g Scope,
    pub(super) operation: u32,
    pub(super) output: u32,
}

impl<'g> Node<'g> {
    /// The stand-in for a node that could not be made.
    pub(super) fn missing(scope: &'g Scope) -> Node<'g> {
        Node { scope, operation: MISSING, output: 0 }
    }

    /// Whether the node could not be made; its error is kept in the scope.
    pub fn is_missing(self) -> bool {
        self.operation == MISSING
    }

    /// The graph that the node is in.
    pub fn scope(self) -> &'g Scope {
        self.scope
    }

    /// The operation that the node is an output of.
    pub fn operation(self) -> Operation<'g> {
        Operation { scope: self.scope, index: self.operation }
    }

    /// Which output of its operation the node is, from 0.
    pub fn place(self) -> usize {
        self.output as usize
    }

    /// The value, where the node is a constant.
    pub fn constant_value(self) -> Option<Tensor> {
        let operation = self.operation();
        match operation.attribute("value")?.value? {
            AttrValueValue::Tensor(value) if operation.op() == "Const" => tensor_proto::decode(&value).ok(),
            _ => None,
        }
    }

    /// The element type; float32 for a missing node.
    pub fn dtype(self) -> DType {
        self.scope
            .with_operation(self.operation, |operation| dtype_of(operation.output_type(self.output as usize)))
            .flatten()
            .unwrap_or(DType::F32)
    }

    /// What TensorFlow's shape inference knows of the shape.
    pub fn shape(self) -> Shape {
        self.scope.static_shape(self)
    }
}

/// A node without its graph's lifetime, for keeping beside the graph; [`Scope::node`] makes it a node again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId {
    pub(super) graph: u64,
    pub(super) operation: u32,
    pub(super) output: u32,
}

impl<'g> Node<'g> {
    /// The node without its graph's lifetime.
    pub fn id(self) -> NodeId {
        NodeId { graph: self.scope.id(), operation: self.operation, output: self.output }
    }
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Node({}:{}, {} {})", self.operation().name(), self.output, self.dtype(), self.shape())
    }
}

/// What can stand beside a node in an expression: nodes, variables, numbers, tensors.
pub trait IntoNode<'g> {
    /// The value as a node; a number becomes a constant of `like`'s element type.
    fn into_node(self, like: Node<'g>) -> Node<'g>;
}

impl<'g> IntoNode<'g> for Node<'g> {
    fn into_node(self, _like: Node<'g>) -> Node<'g> {
        self
    }
}

impl<'g> IntoNode<'g> for Variable<'g> {
    fn into_node(self, _like: Node<'g>) -> Node<'g> {
        self.read()
    }
}

impl<'g> IntoNode<'g> for Tensor {
    fn into_node(self, like: Node<'g>) -> Node<'g> {
        like.scope.constant(self)
    }
}

macro_rules! number_into_node {
    ($($number:ty => $literal:ident),*) => {
        $(impl<'g> IntoNode<'g> for $number {
            fn into_node(self, like: Node<'g>) -> Node<'g> {
                like.scope.number(crate::tensor::Literal::$literal(self.into()), like.dtype())
            }
        })*
    };
}

number_into_node!(f64 => Float, f32 => Float, i64 => Int, i32 => Int);

macro_rules! operator {
    ($($operator:ident $method:ident $op:literal),*) => {
        $(
            impl<'g, R: IntoNode<'g>> $operator<R> for Node<'g> {
                type Output = Node<'g>;

                fn $method(self, right: R) -> Node<'g> {
                    self.binary($op, right)
                }
            }

            impl<'g> $operator<Node<'g>> for f64 {
                type Output = Node<'g>;

                fn $method(self, right: Node<'g>) -> Node<'g> {
                    self.into_node(right).binary($op, right)
                }
            }
        )*
    };
}

operator!(Add add "AddV2", Sub sub "Sub", Mul mul "Mul", Div div "RealDiv");

impl<'g> Neg for Node<'g> {
    type Output = Node<'g>;

    fn neg(self) -> Node<'g> {
        self.unary("Neg")
    }
}
