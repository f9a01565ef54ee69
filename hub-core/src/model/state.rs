//! The values of a model's variables: read and set, one by one. All of them at one moment are in `snapshot`.

use super::instantiate::Values;
use super::loaded_model::LoadedModel;
use crate::error::{Error, Result};
use crate::graph::{PreparedCall, Variable, check_input};
use crate::saved_model::VariableSpec;
use crate::tensor::Tensor;

/// A run that looks at or changes state, made on first use.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Access {
    /// Reads the variable at a node.
    Read(usize),
    /// Sets the variable at a node.
    Assign(usize),
}

impl LoadedModel {
    /// The value of the variable at a node of the object graph.
    pub(super) fn read_variable(&self, node: usize, spec: &VariableSpec) -> Result<Tensor> {
        let run = self.access(Access::Read(node), || {
            let value = match &self.description().tf1 {
                None => self.variable_node(node, spec)?.read(),
                Some(tf1) => tf1.value(self.program(), node).ok_or_else(|| missing(spec))??,
            };
            self.program().prepare(&[], &[value], &[])
        })?;
        let mut values = self.program().run_checked(&run, &[])?;
        values.pop().ok_or_else(|| missing(spec))
    }

    /// Sets the variable at a node of the object graph.
    pub(super) fn assign_variable(&self, node: usize, spec: &VariableSpec, value: &Tensor) -> Result<()> {
        let _changing = self.changing();
        self.assign_quietly(node, spec, value)
    }

    /// The same while the caller keeps others from running.
    pub(super) fn assign_quietly(&self, node: usize, spec: &VariableSpec, value: &Tensor) -> Result<()> {
        check_input(&spec.name, value, spec.dtype, &spec.shape)?;
        let run = self.access(Access::Assign(node), || {
            let scope = self.program().scope();
            let value = scope.op("Placeholder").name(format!("{}/new_value", spec.name));
            let value = value.attr("dtype", spec.dtype).attr("shape", &spec.shape).build();
            let assign = match &self.description().tf1 {
                None => self.variable_node(node, spec)?.assign(value),
                Some(tf1) => tf1.assign(self.program(), node, value).ok_or_else(|| missing(spec))??,
            };
            self.program().prepare(&[value], &[], &[assign])
        })?;
        self.program().run_checked(&run, &[value]).map(drop)
    }

    /// Sets every variable of a model in TF1's format.
    pub(super) fn set_variables(&self, values: &Values) -> Result<()> {
        let variables = self.description().tf1.iter().flat_map(|tf1| tf1.variables());
        variables
            .filter_map(|(node, spec)| Some((node, spec, values.variables.get(&node)?)))
            .try_for_each(|(node, spec, value)| self.assign_variable(node, spec, value))
    }

    fn variable_node(&self, node: usize, spec: &VariableSpec) -> Result<Variable<'_>> {
        let handle = self.instance().handle(self.program().scope(), node);
        Ok(Variable::from_handle(handle.ok_or_else(|| missing(spec))?, spec.dtype))
    }

    /// A run over the state, made where it is new.
    fn access(&self, access: Access, make: impl FnOnce() -> Result<PreparedCall>) -> Result<PreparedCall> {
        let _growing = self.growing();
        if let Some(known) = self.accesses().get(&access) {
            return Ok(known.clone());
        }
        let made = make()?;
        self.accesses().insert(access, made.clone());
        Ok(made)
    }
}

fn missing(spec: &VariableSpec) -> Error {
    Error::VariableNotFound { name: spec.name.clone() }
}
