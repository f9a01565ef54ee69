//! [`Update`]: what one update of one weight is written with.

use std::collections::BTreeMap;

use hub_core::DType;
use hub_core::graph::{Gradient, IndexedSlices, IntoNode, Node, Operation, Scope, Variable};

use crate::error::Result;

/// One weight, its gradient and what the optimizer keeps for it, in the graph of a training step.
///
/// What it is told to run is run in the order of telling, after all gradients have been computed.
#[derive(Debug)]
pub struct Update<'g> {
    pub(crate) scope: &'g Scope,
    pub(crate) variable: Variable<'g>,
    pub(crate) gradient: Gradient<'g>,
    pub(crate) slots: BTreeMap<String, Variable<'g>>,
    /// Of the step, float64.
    pub(crate) learning_rate: Node<'g>,
    /// How many updates there have been before this one, int64.
    pub(crate) iterations: Node<'g>,
    pub(crate) operations: Vec<Operation<'g>>,
}

impl<'g> Update<'g> {
    /// The graph.
    pub fn scope(&self) -> &'g Scope {
        self.scope
    }

    /// The weight.
    pub fn variable(&self) -> Variable<'g> {
        self.variable
    }

    /// The type of the weight.
    pub fn dtype(&self) -> DType {
        self.variable.dtype()
    }

    /// The gradient by the weight, after clipping. Rows of a sparse one are distinct.
    pub fn gradient(&self) -> Gradient<'g> {
        self.gradient
    }

    /// The rows of a sparse gradient.
    pub fn sparse(&self) -> Option<IndexedSlices<'g>> {
        self.gradient.sparse()
    }

    /// The learning rate at this step, in the weight's type.
    pub fn learning_rate(&self) -> Node<'g> {
        self.learning_rate.cast(self.dtype())
    }

    /// The number of this update, 1 at the first, in the weight's type.
    pub fn step(&self) -> Node<'g> {
        self.iterations.cast(self.dtype()) + 1.0
    }

    /// What [`Optimizer::slots`](super::Optimizer::slots) names, for this weight.
    ///
    /// # Errors
    /// [`hub_core::Error::VariableNotFound`] for a name that is none of them.
    pub fn slot(&self, name: &str) -> Result<Variable<'g>> {
        let slot = self.slots.get(name).copied();
        Ok(slot.ok_or_else(|| hub_core::Error::VariableNotFound { name: name.to_owned() })?)
    }

    /// A number in the weight's type.
    pub fn number(&self, value: f64) -> Node<'g> {
        let like = match self.gradient {
            Gradient::Dense(gradient) => gradient,
            Gradient::Sparse(rows) => rows.values,
        };
        value.into_node(like)
    }

    /// Writes that a variable is set.
    pub fn assign(&mut self, variable: Variable<'g>, value: impl FnOnce(&Update<'g>) -> Node<'g>) {
        self.run(|update| variable.assign(value(update)));
    }

    /// Writes that a variable grows by an amount of its shape.
    pub fn add(&mut self, variable: Variable<'g>, amount: impl FnOnce(&Update<'g>) -> Node<'g>) {
        self.run(|update| {
            let add = update.scope.op("AssignAddVariableOp").attr("dtype", variable.dtype());
            add.input(variable.handle()).input(amount(update)).build_operation()
        });
    }

    /// Writes that rows of a variable grow.
    pub fn add_to_rows(
        &mut self,
        variable: Variable<'g>,
        indices: Node<'g>,
        amount: impl FnOnce(&Update<'g>) -> Node<'g>,
    ) {
        self.run(|update| {
            let add = update.scope.op("ResourceScatterAdd").attr("dtype", variable.dtype());
            add.input(variable.handle()).input(indices).input(amount(update)).build_operation()
        });
    }

    /// Writes an operation that runs after those before it.
    pub fn run(&mut self, write: impl FnOnce(&Update<'g>) -> Operation<'g>) {
        let operations = std::mem::take(&mut self.operations);
        let operation = self.scope.with_control_dependencies(&operations, |_| write(self));
        self.operations = operations;
        self.operations.push(operation);
    }
}
