//! The state of a model at one moment: the values of its variables and tables, fetched in one run.
//!
//! Copies, instances in other graphs and exports start from one. A loaded model lets nothing else run meanwhile; where
//! the state is in a larger graph, the owner of that graph does so.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::instantiate::{Instance, Values};
use super::loaded_model::LoadedModel;
use crate::error::{Error, Result};
use crate::graph::{Node, NodeId, PreparedCall, Scope, Variable};
use crate::saved_model::ObjectKind;
use crate::tensor::Tensor;

/// The values of a model's variables and tables at one moment.
#[derive(Debug, Clone, Default)]
pub struct ModelState {
    pub(super) values: Values,
    /// The ends of the checkpoint keys of each table's tensors, as [`Values::tables`] has those.
    pub(super) table_names: BTreeMap<(usize, String), Vec<String>>,
}

impl ModelState {
    /// The value of the variable whose handle a node of the graph of `instance` is.
    pub fn value_of(&self, instance: &Instance, handle: NodeId) -> Option<&Tensor> {
        self.values.variables.get(&instance.object_of(handle)?)
    }
}

/// What is fetched, in one run, to know the state of a model in some graph; made by [`Instance::state_fetches`].
#[derive(Debug, Clone)]
pub struct StateFetches {
    fetches: Vec<NodeId>,
    variables: Vec<usize>,
    /// Each with the number of its tensors; for each of those a name and a value are fetched.
    tables: Vec<(usize, String, usize)>,
}

/// The run that fetches the state of a loaded model.
pub(super) struct StateRun {
    fetches: StateFetches,
    call: PreparedCall,
}

impl StateFetches {
    /// The nodes to fetch, in the graph that the state is in.
    pub fn nodes<'g>(&self, scope: &'g Scope) -> Vec<Node<'g>> {
        self.fetches.iter().map(|node| scope.node(*node)).collect()
    }

    /// The state, of what the run gave for the nodes.
    ///
    /// # Errors
    /// [`Error::Arguments`] for another number of tensors, [`Error::ModelStructure`] where a table's tensors have no names.
    pub fn state(&self, fetched: Vec<Tensor>) -> Result<ModelState> {
        if fetched.len() != self.fetches.len() {
            let why = format!("expected {} tensors, found {}", self.fetches.len(), fetched.len());
            return Err(Error::Arguments { function: "the state of a model".into(), why });
        }
        let mut fetched = fetched.into_iter();
        let mut state = ModelState::default();
        state.values.variables = self.variables.iter().copied().zip(fetched.by_ref()).collect();
        for (node, attribute, count) in &self.tables {
            let table = (*node, attribute.clone());
            let names = fetched.by_ref().take(*count).map(|name| key_end(&name)).collect::<Result<_>>()?;
            state.table_names.insert(table.clone(), names);
            state.values.tables.insert(table, fetched.by_ref().take(*count).collect());
        }
        Ok(state)
    }
}

fn key_end(name: &Tensor) -> Result<String> {
    let text = name.as_strings()?.first().and_then(|bytes| String::from_utf8(bytes.clone()).ok());
    text.ok_or_else(|| Error::structure("a table whose tensors have no names"))
}

impl Instance {
    /// What is fetched to know the state of `model` in the graph of this instance, which is `scope`.
    ///
    /// # Errors
    /// [`Error::Graph`] where the instance is in another graph, [`Error::Unsupported`] for a model in TF1's format.
    pub fn state_fetches(&self, scope: &Scope, model: &LoadedModel) -> Result<StateFetches> {
        let description = model.description();
        let mut fetches = StateFetches { fetches: Vec::new(), variables: Vec::new(), tables: Vec::new() };
        for (node, object) in description.objects.nodes.iter().enumerate() {
            let ObjectKind::Variable(spec) = &object.kind else { continue };
            let value = match &description.tf1 {
                None => Variable::from_handle(self.variable_handle(scope, node, &spec.name)?, spec.dtype).read(),
                Some(tf1) => match tf1.value(model.program(), node) {
                    Some(value) if std::ptr::eq(scope, model.program().scope()) => value?,
                    _ => return Err(Error::Unsupported { what: "the state of a model in TF1's format here".into() }),
                },
            };
            fetches.variables.push(node);
            fetches.fetches.push(value.id());
        }
        for (node, resource) in &description.resources {
            for saved in &resource.saved {
                let placed = self.place_trace(scope, description, &saved.save, &[scope.constant("")])?;
                let tensors = saved.tensors(description, placed.outputs)?;
                fetches.tables.push((*node, saved.attribute.clone(), tensors.len()));
                fetches.fetches.extend(tensors.iter().map(|tensor| tensor.name.id()));
                fetches.fetches.extend(tensors.iter().map(|tensor| tensor.value.id()));
            }
        }
        scope.check()?;
        Ok(fetches)
    }

    fn variable_handle<'g>(&self, scope: &'g Scope, node: usize, name: &str) -> Result<Node<'g>> {
        self.handle(scope, node).ok_or_else(|| Error::VariableNotFound { name: name.to_owned() })
    }
}

impl LoadedModel {
    /// The values that variables and tables have at this moment; calls wait until they are fetched.
    ///
    /// # Errors
    /// [`Error::Engine`] where a variable has no value.
    pub fn state(&self) -> Result<ModelState> {
        let run = self.prepared_state()?;
        let _still = self.still();
        run.fetches.state(self.program().run_checked(&run.call, &[])?)
    }

    fn prepared_state(&self) -> Result<Arc<StateRun>> {
        let _growing = self.growing();
        let mut kept = self.state_run();
        if let Some(run) = &*kept {
            return Ok(run.clone());
        }
        let fetches = self.instance().state_fetches(self.program().scope(), self)?;
        let call = self.program().prepare(&[], &fetches.nodes(self.program().scope()), &[])?;
        let run = Arc::new(StateRun { fetches, call });
        *kept = Some(run.clone());
        Ok(run)
    }
}
