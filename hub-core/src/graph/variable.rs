//! Variables: state that lives in the session and that runs read and change.

use super::node::{Node, Operation};
use super::scope::Scope;
use crate::dtype::DType;
use crate::tensor::Shape;

/// A resource variable of the graph.
#[derive(Debug, Clone, Copy)]
pub struct Variable<'g> {
    handle: Node<'g>,
    dtype: DType,
}

impl<'g> Variable<'g> {
    /// A variable that nothing sets yet.
    pub(crate) fn new(scope: &'g Scope, name: &str, dtype: DType, shape: &Shape) -> Variable<'g> {
        // Variables with one shared name are one variable, whatever their nodes are called.
        let shared_name = scope.distinct_name(name);
        let handle = scope
            .op("VarHandleOp")
            .name(name)
            .attr("dtype", dtype)
            .attr("shape", shape)
            .attr("shared_name", shared_name)
            .build();
        Variable { handle, dtype }
    }

    /// The variable behind a resource handle, whose element type the caller knows.
    pub fn from_handle(handle: Node<'g>, dtype: DType) -> Variable<'g> {
        Variable { handle, dtype }
    }

    /// The resource handle, as functions capture it.
    pub fn handle(self) -> Node<'g> {
        self.handle
    }

    /// The element type.
    pub fn dtype(self) -> DType {
        self.dtype
    }

    /// The value at the moment the node runs.
    pub fn read(self) -> Node<'g> {
        self.handle.scope().op("ReadVariableOp").attr("dtype", self.dtype).input(self.handle).build()
    }

    /// Sets the value.
    pub fn assign(self, value: Node<'g>) -> Operation<'g> {
        let scope = self.handle.scope();
        scope.op("AssignVariableOp").attr("dtype", self.dtype).input(self.handle).input(value).build_operation()
    }
}
