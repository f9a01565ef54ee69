//! A module in a graph under construction: its state there, and applications that share it.

use std::collections::BTreeMap;

use hub_core::Nest;
use hub_core::graph::{Node, Operation, Scope, Variable};
use hub_core::model::{GraphArguments, GraphValue, Instance};

use super::{Module, inputs};
use crate::error::{Error, Result};
use crate::spec::DEFAULT;

/// The state of a module in a graph; each application there shares it, another instance has its own.
///
/// ```
/// # fn main() -> hub_legacy::Result<()> {
/// use hub_core::graph::Scope;
/// use hub_core::model::GraphValue;
/// use hub_core::{DType, Nest};
/// use hub_legacy::{Module, ModuleOptions};
/// let handle = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/hub_modules/affine/module");
/// let module = Module::load_with(handle, ModuleOptions::new().trainable(true))?;
/// let scope = Scope::new()?;
/// let there = module.instantiate(&scope)?;
/// let x = scope.placeholder("x", DType::F32, [None, Some(3)]);
/// let y = there.apply(Nest::Leaf(GraphValue::Node(x)))?;
/// # let Nest::Leaf(y) = y.outputs else { panic!() };
/// let loss = y.node()?.square().reduce_sum([0, 1]);
/// let handles: Vec<_> = there.trainable_variables().iter().map(|variable| variable.handle()).collect();
/// let gradients = scope.gradients(loss, &handles)?;
/// # assert_eq!(gradients.len(), 2);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct ModuleInstance<'g> {
    module: Module,
    scope: &'g Scope,
    instance: Instance,
}

/// What a module gives in a graph.
#[derive(Debug)]
pub struct ModuleOutputs<'g> {
    /// The outputs.
    pub outputs: Nest<GraphValue<'g>>,
    /// What must run with each step: the updates of a trainable module, and the signature's own operations.
    pub updates: Vec<Operation<'g>>,
}

impl<'g> ModuleInstance<'g> {
    pub(super) fn new(module: &Module, scope: &'g Scope) -> Result<ModuleInstance<'g>> {
        let name = module.options().wanted_name();
        let make = |scope: &'g Scope| module.model().instantiate(scope);
        let instance = scope.without_control_dependencies(|scope| scope.with_scope(name, make))?;
        Ok(ModuleInstance { module: module.clone(), scope, instance })
    }

    /// Applies the signature `default` to its only input, or to several by name, and gives the output `default`.
    ///
    /// # Errors
    /// Those of [`ModuleInstance::apply_as_dict`]; [`Error::NoDefaultOutput`].
    pub fn apply(&self, inputs: Nest<GraphValue<'g>>) -> Result<ModuleOutputs<'g>> {
        self.apply_signature(DEFAULT, inputs)
    }

    /// The same of another signature.
    ///
    /// # Errors
    /// Those of [`ModuleInstance::apply_as_dict`]; [`Error::NoDefaultOutput`].
    pub fn apply_signature(&self, signature: &str, inputs: Nest<GraphValue<'g>>) -> Result<ModuleOutputs<'g>> {
        let applied = self.apply_as_dict(signature, inputs)?;
        Ok(ModuleOutputs { outputs: inputs::default_output(applied.outputs)?, ..applied })
    }

    /// Applies a signature and gives every output by its name, under the name `module_apply_signature`.
    ///
    /// # Errors
    /// Those of [`Module::call_as_dict`], for nodes in the place of tensors.
    pub fn apply_as_dict(&self, signature: &str, inputs: Nest<GraphValue<'g>>) -> Result<ModuleOutputs<'g>> {
        let infos = self.module.get_input_info_dict(Some(signature))?;
        let given = inputs::named_values(signature, Some(inputs), &infos, false)?;
        inputs::check_keys(signature, &given, &infos)?;
        let mut nodes = BTreeMap::new();
        for (name, value) in given {
            let expected = infos.get(&name).map(crate::spec::ParsedTensorInfo::kind).unwrap_or_default();
            match (value, expected.as_str()) {
                (Nest::Leaf(GraphValue::Node(node)), "Tensor") => {
                    nodes.insert(name, node);
                }
                (Nest::Leaf(GraphValue::Sparse { indices, values, dense_shape }), "SparseTensor") => {
                    let parts = [("indices", indices), ("values", values), ("dense_shape", dense_shape)];
                    nodes.extend(parts.map(|(part, node)| (format!("{name}_{part}"), node)));
                }
                (Nest::Leaf(GraphValue::Ragged { flat_values, row_splits }), "RaggedTensor") => {
                    let parts = std::iter::once(flat_values).chain(row_splits).enumerate();
                    nodes.extend(parts.map(|(index, node)| (format!("{name}_component_{index}"), node)));
                }
                (other, _) => return Err(Error::InputKind { input: name, expected, found: kind(&other) }),
            }
        }
        let name = format!("{}_apply_{}", self.module.options().wanted_name(), signature.replace(':', "_"));
        let signature = self.module.signature(signature)?;
        let applied = self.scope.with_scope(&name, |scope| signature.apply(scope, &self.instance, &nodes))?;
        Ok(ModuleOutputs { outputs: applied.outputs, updates: applied.controls })
    }

    /// The trainable variables there.
    pub fn trainable_variables(&self) -> Vec<Variable<'g>> {
        self.there(self.module.trainable_variables())
    }

    /// All variables there, in the order of [`Module::variables`].
    pub fn variables(&self) -> Vec<Variable<'g>> {
        self.there(self.module.variables())
    }

    /// The losses that a trainable module asks to be added, as nodes.
    ///
    /// # Errors
    /// Those of [`Callable::apply`](hub_core::Callable::apply).
    pub fn regularization_losses(&self) -> Result<Vec<Node<'g>>> {
        let losses = self.module.model().regularization_losses().into_iter().flatten();
        let node = |loss: hub_core::Callable| {
            let applied = loss.apply(self.scope, &self.instance, GraphArguments::default())?;
            match applied.outputs {
                Nest::Leaf(value) => Ok(value.node()?),
                other => Err(hub_core::Error::structure(format!("a loss is {}", other.kind())).into()),
            }
        };
        losses.map(node).collect()
    }

    /// The module that this is the state of.
    pub fn module(&self) -> &Module {
        &self.module
    }

    /// The state itself, for what else is done with it.
    pub fn instance(&self) -> &Instance {
        &self.instance
    }

    fn there(&self, variables: Vec<hub_core::model::ModelVariable>) -> Vec<Variable<'g>> {
        variables.iter().filter_map(|variable| self.instance.variable(self.scope, variable)).collect()
    }
}

fn kind(value: &Nest<GraphValue<'_>>) -> String {
    match value {
        Nest::Leaf(GraphValue::Node(_)) => "Tensor".into(),
        Nest::Leaf(GraphValue::Sparse { .. }) => "SparseTensor".into(),
        Nest::Leaf(GraphValue::Ragged { .. }) => "RaggedTensor".into(),
        other => other.kind(),
    }
}

/// The nodes that a value is made of.
pub(crate) fn nodes_of<'g>(value: &GraphValue<'g>) -> Vec<Node<'g>> {
    match value {
        GraphValue::Node(node) => vec![*node],
        GraphValue::Sparse { indices, values, dense_shape } => vec![*indices, *values, *dense_shape],
        GraphValue::Ragged { flat_values, row_splits } => {
            std::iter::once(*flat_values).chain(row_splits.iter().copied()).collect()
        }
        _ => Vec::new(),
    }
}
