//! A model's state in a graph: its variables and constants as nodes.
//!
//! The graph may be the model's own or that of a larger model. A trace is written into the graph with its own
//! captures: their order differs between the traces of one function.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};

use super::description::Description;
use super::variables::ModelVariable;
use crate::error::{Error, Result};
use crate::graph::{FunctionNames, Inlined, Node, NodeId, Scope, Variable};
use crate::saved_model::ObjectKind;
use crate::tensor::Tensor;

/// The variables and constants of a model, as nodes of one graph.
#[derive(Debug, Clone)]
pub struct Instance {
    /// The loaded model that it is of.
    model: ModelId,
    /// The graph that it is in.
    graph: u64,
    nodes: HashMap<usize, NodeId>,
    /// What the model's functions are called in the graph.
    functions: FunctionNames,
}

/// Tells the loaded models of the process apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ModelId(u64);

impl ModelId {
    /// A number that no model has had.
    pub(super) fn next() -> ModelId {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        ModelId(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// Where the values of variables come from.
pub(super) enum Source<'s> {
    /// The model's checkpoint.
    Checkpoint,
    /// Values by node of the object graph.
    Values(&'s BTreeMap<usize, Tensor>),
}

impl Instance {
    /// Makes the variables and constants in `scope`; they are set with the graph's next initialisation.
    pub(super) fn new(
        scope: &Scope,
        model: ModelId,
        description: &Description,
        source: &Source<'_>,
    ) -> Result<Instance> {
        let functions = scope.import_library(&description.library)?;
        let mut nodes = HashMap::new();
        for (index, object) in description.objects.nodes.iter().enumerate() {
            match &object.kind {
                ObjectKind::Variable(spec) => {
                    let name = if spec.name.is_empty() { "variable" } else { &spec.name };
                    let variable = match source {
                        Source::Values(values) => match values.get(&index) {
                            Some(value) => scope.variable(name, value)?,
                            None => continue,
                        },
                        Source::Checkpoint => {
                            let variable = Variable::new(scope, name, spec.dtype, &spec.shape);
                            let value = restore(scope, description, &description.checkpoint_keys[&index], spec.dtype)?;
                            scope.initialise_with(variable.assign(value));
                            variable
                        }
                    };
                    nodes.insert(index, variable.handle().id());
                }
                ObjectKind::Constant { .. } => {
                    nodes.insert(index, scope.constant(&description.constants[&index]).id());
                }
                _ => {}
            }
        }
        scope.check()?;
        Ok(Instance { model, graph: scope.id(), nodes, functions })
    }

    /// The model's variable as it is in `scope`, the graph that the state was made in.
    pub fn variable<'g>(&self, scope: &'g Scope, variable: &ModelVariable) -> Option<Variable<'g>> {
        self.handle(scope, variable.node()).map(|handle| Variable::from_handle(handle, variable.dtype()))
    }

    /// The handle of a variable, by its node in the object graph.
    pub(super) fn handle<'g>(&self, scope: &'g Scope, node: usize) -> Option<Node<'g>> {
        self.nodes.get(&node).map(|id| scope.node(*id))
    }

    /// Whether the instance is of this loaded model.
    pub(super) fn is_of(&self, model: ModelId) -> bool {
        self.model == model
    }

    /// Writes a trace into the graph: its flat inputs, then what it has captured.
    pub(super) fn place_trace<'g>(
        &self,
        scope: &'g Scope,
        description: &Description,
        trace: &str,
        inputs: &[Node<'g>],
    ) -> Result<Inlined<'g>> {
        if self.graph != scope.id() {
            let why = "the instance is in another graph".into();
            return Err(Error::Graph { node: trace.to_owned(), op: String::new(), why });
        }
        let mut all = inputs.to_vec();
        for captured in &description.trace(trace)?.bound_inputs {
            let node = self.handle(scope, *captured).ok_or_else(|| Error::Unsupported {
                what: format!("`{trace}` uses {}, which", kind_in_words(description, *captured)),
            })?;
            all.push(node);
        }
        scope.inline_named(&self.functions.name(trace), &all)
    }
}

/// The value of a variable in the checkpoint, read when the graph is initialised.
fn restore<'g>(scope: &'g Scope, description: &Description, key: &str, dtype: crate::DType) -> Result<Node<'g>> {
    let prefix = description.path.join("variables").join("variables");
    let prefix = prefix.to_str().ok_or_else(|| Error::NotAModel {
        path: prefix.clone(),
        why: "TensorFlow needs the path of a checkpoint as UTF-8".into(),
    })?;
    let text = |value: &str| scope.constant([value]);
    let restored = scope
        .op("RestoreV2")
        .input(scope.constant(prefix))
        .input(text(key))
        .input(text(""))
        .attr("dtypes", vec![dtype])
        .build();
    scope.check()?;
    Ok(restored)
}

/// What a captured object is, for the message that it cannot be captured yet.
fn kind_in_words(description: &Description, node: usize) -> String {
    match &description.object(node).kind {
        ObjectKind::Asset { file_name } => format!("the asset `{file_name}`"),
        ObjectKind::Resource { .. } => "a table or another resource".into(),
        ObjectKind::CapturedTensor { name, .. } => format!("the captured tensor `{name}`"),
        _ => format!("the object {node}"),
    }
}
