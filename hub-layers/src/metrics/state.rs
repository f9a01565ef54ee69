//! [`MetricState`]: what a metric counts, in variables of the model's session.

use hub_core::graph::{Node, NodeId, Operation, Scope, Variable};
use hub_core::{DType, Tensor};

use crate::error::Result;

/// The state of a metric in a model's graph, and the operations that change it.
#[derive(Debug)]
pub struct MetricState<'g> {
    scope: &'g Scope,
    name: String,
    dtype: DType,
    slots: Vec<Slot>,
    updates: Vec<Operation<'g>>,
}

/// One variable of a metric.
#[derive(Debug, Clone)]
pub(crate) struct Slot {
    name: String,
    handle: NodeId,
    dtype: DType,
    shape: Vec<usize>,
}

impl<'g> MetricState<'g> {
    /// The state of a metric that counts in this type; `slots` where it has been made before.
    pub(crate) fn new(scope: &'g Scope, name: &str, dtype: DType, slots: Vec<Slot>) -> MetricState<'g> {
        MetricState { scope, name: name.to_owned(), dtype, slots, updates: Vec::new() }
    }

    /// The graph.
    pub fn scope(&self) -> &'g Scope {
        self.scope
    }

    /// The type that the metric counts in: float64 where predictions are, else float32.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// Makes a variable of zeros.
    ///
    /// # Errors
    /// Those of the graph.
    pub fn add_weight(&mut self, name: &str, shape: &[usize]) -> Result<()> {
        let size = shape.iter().product::<usize>() * self.dtype.size_bytes().unwrap_or(0);
        let zeros = Tensor::from_bytes(self.dtype, shape, &vec![0; size])?;
        let variable = self.scope.variable(&format!("{}/{name}", self.name), &zeros)?;
        let (name, handle) = (name.to_owned(), variable.handle().id());
        self.slots.push(Slot { name, handle, dtype: self.dtype, shape: shape.to_vec() });
        Ok(())
    }

    /// A variable made by [`MetricState::add_weight`].
    ///
    /// # Errors
    /// [`hub_core::Error::VariableNotFound`] where there is none.
    pub fn variable(&self, name: &str) -> Result<Variable<'g>> {
        let slot = self.slots.iter().find(|slot| slot.name == name);
        let slot = slot.ok_or_else(|| hub_core::Error::VariableNotFound { name: format!("{}/{name}", self.name) })?;
        Ok(Variable::from_handle(self.scope.node(slot.handle), slot.dtype))
    }

    /// The value of a variable.
    ///
    /// # Errors
    /// As [`MetricState::variable`].
    pub fn value(&self, name: &str) -> Result<Node<'g>> {
        self.variable(name).map(Variable::read)
    }

    /// Adds to a variable at each batch.
    ///
    /// # Errors
    /// As [`MetricState::variable`].
    pub fn add_to(&mut self, name: &str, amount: Node<'g>) -> Result<()> {
        let variable = self.variable(name)?;
        let add = self.scope.op("AssignAddVariableOp").attr("dtype", variable.dtype());
        let add = add.input(variable.handle()).input(amount.cast(variable.dtype())).build_operation();
        self.updates.push(add);
        Ok(())
    }

    /// What is to run at each batch.
    pub(crate) fn updates(&self) -> &[Operation<'g>] {
        &self.updates
    }

    /// The variables, for another graph function over the same state.
    pub(crate) fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// Sets every variable back to zeros.
    pub(crate) fn reset(&self) -> Result<Vec<Operation<'g>>> {
        let set = |slot: &Slot| {
            let size = slot.shape.iter().product::<usize>() * slot.dtype.size_bytes().unwrap_or(0);
            let zeros = Tensor::from_bytes(slot.dtype, &slot.shape, &vec![0; size])?;
            let variable = Variable::from_handle(self.scope.node(slot.handle), slot.dtype);
            Ok(variable.assign(self.scope.constant(zeros)))
        };
        self.slots.iter().map(set).collect()
    }
}
