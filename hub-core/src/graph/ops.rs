//! The methods of nodes, named like TensorFlow's ops.
//!
//! What is not here is built by [`Scope::op`](super::Scope::op). Broadcasting is NumPy's throughout.

use super::node::{IntoNode, Node};
use crate::dtype::DType;
use crate::tensor::Tensor;

macro_rules! unary {
    ($($(#[$doc:meta])* $method:ident = $op:literal;)*) => {
        $($(#[$doc])* pub fn $method(self) -> Node<'g> { self.unary($op) })*
    };
}

macro_rules! binary {
    ($($(#[$doc:meta])* $method:ident = $op:literal;)*) => {
        $($(#[$doc])* pub fn $method(self, other: impl IntoNode<'g>) -> Node<'g> { self.binary($op, other) })*
    };
}

macro_rules! reduction {
    ($($(#[$doc:meta])* $method:ident = $op:literal;)*) => {
        $(
            $(#[$doc])*
            /// Over `axes`, counted from the back where negative; the axes are dropped.
            pub fn $method<const N: usize>(self, axes: [i32; N]) -> Node<'g> {
                let axes = self.scope.constant(axes);
                self.scope.op($op).input(self).input(axes).attr("keep_dims", false).build()
            }
        )*
    };
}

impl<'g> Node<'g> {
    pub(super) fn unary(self, op: &str) -> Node<'g> {
        self.scope.op(op).input(self).build()
    }

    pub(super) fn binary(self, op: &str, other: impl IntoNode<'g>) -> Node<'g> {
        let other = other.into_node(self);
        self.scope.op(op).input(self).input(other).build()
    }

    unary! {
        /// The same value.
        identity = "Identity";
        /// max(x, 0).
        relu = "Relu";
        /// min(max(x, 0), 6).
        relu6 = "Relu6";
        /// x where positive, else exp(x) - 1.
        elu = "Elu";
        /// Scaled exponential linear unit.
        selu = "Selu";
        /// 1 / (1 + exp(-x)).
        sigmoid = "Sigmoid";
        /// Hyperbolic tangent.
        tanh = "Tanh";
        /// exp(x) over its sum along the last axis.
        softmax = "Softmax";
        /// The logarithm of the softmax along the last axis.
        log_softmax = "LogSoftmax";
        /// log(exp(x) + 1).
        softplus = "Softplus";
        /// x / (|x| + 1).
        softsign = "Softsign";
        /// e to the power x.
        exp = "Exp";
        /// The natural logarithm.
        log = "Log";
        /// Square root.
        sqrt = "Sqrt";
        /// x times x.
        square = "Square";
        /// |x|.
        abs = "Abs";
        /// The error function.
        erf = "Erf";
    }

    binary! {
        /// The larger of the two, element by element.
        maximum = "Maximum";
        /// The smaller of the two, element by element.
        minimum = "Minimum";
        /// self to the power `other`.
        pow = "Pow";
        /// Adds a vector to the last axis.
        bias_add = "BiasAdd";
    }

    reduction! {
        /// The mean.
        reduce_mean = "Mean";
        /// The sum.
        reduce_sum = "Sum";
        /// The largest element.
        reduce_max = "Max";
    }

    /// The matrix product of two matrices, or of stacks of matrices.
    pub fn matmul(self, other: impl IntoNode<'g>) -> Node<'g> {
        let other = other.into_node(self);
        match (self.shape().rank(), other.shape().rank()) {
            (Some(2), Some(2)) => self.binary("MatMul", other),
            _ => self.binary("BatchMatMulV2", other),
        }
    }

    /// The elements converted to another type.
    pub fn cast(self, dtype: DType) -> Node<'g> {
        if self.dtype() == dtype {
            return self;
        }
        self.scope.op("Cast").input(self).attr("DstT", dtype).build()
    }

    /// The elements in another shape; one dimension may be -1.
    pub fn reshape(self, shape: &[i32]) -> Node<'g> {
        let shape = self.scope.constant(Tensor::from(shape));
        self.reshape_to(shape)
    }

    /// The elements in the shape that another node holds.
    pub fn reshape_to(self, shape: Node<'g>) -> Node<'g> {
        self.scope.op("Reshape").input(self).input(shape).build()
    }

    /// The shape as an int32 vector.
    pub fn shape_of(self) -> Node<'g> {
        self.scope.op("Shape").input(self).attr("out_type", DType::I32).build()
    }

    /// The index of the largest element along the last axis, int64.
    pub fn arg_max(self) -> Node<'g> {
        let axis = self.scope.constant(-1_i32);
        self.scope.op("ArgMax").input(self).input(axis).attr("output_type", DType::I64).build()
    }
}
