//! A model's state in a graph: its variables, constants, assets and tables as nodes.
//!
//! The graph may be the model's own or that of a larger model. A trace is written into the graph with its own
//! captures: their order differs between the traces of one function. As in Python, what the checkpoint holds is restored
//! first; then each resource is initialised, in the order of the object graph.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};

use super::description::Description;
use super::resources::SavedState;
use super::variables::ModelVariable;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::graph::{Captured, CustomGradient, FunctionNames, Inlined, Node, NodeId, Operation, Scope, Variable};
use crate::saved_model::{ObjectKind, VariableSpec};
use crate::tensor::{Shape, Tensor};

/// How many resources may need each other to be made.
const MOST_NESTED: usize = 64;

/// The variables, constants and tables of a model, as nodes of one graph.
#[derive(Debug, Clone)]
pub struct Instance {
    /// The loaded model that it is of.
    model: ModelId,
    /// The graph that it is in.
    graph: u64,
    nodes: HashMap<usize, NodeId>,
    /// What the model's functions are called in the graph.
    functions: FunctionNames,
    /// Whether traces become calls of the model's functions; otherwise they are written out.
    calls: bool,
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

/// The values of a model's variables and tables at some moment.
#[derive(Debug, Clone, Default)]
pub(super) struct Values {
    /// By node.
    pub(super) variables: BTreeMap<usize, Tensor>,
    /// By node and attribute.
    pub(super) tables: BTreeMap<(usize, String), Vec<Tensor>>,
}

/// Where the values of variables and tables come from.
pub(super) enum Source<'s> {
    /// The model's checkpoint, read by ops on this device; empty for any.
    Checkpoint { device: &'s str },
    /// Another instance.
    Values(&'s Values),
    /// Nowhere: they are left without.
    Nothing,
}

impl Instance {
    /// Makes the model's state in `scope`; it is set with the graph's next initialisation.
    pub(super) fn new(
        scope: &Scope,
        model: ModelId,
        description: &Description,
        source: &Source<'_>,
    ) -> Result<Instance> {
        let functions = scope.import_library(&description.library)?;
        let mut making =
            Making { scope, description, source, functions, nodes: HashMap::new(), set: Vec::new(), depth: 0 };
        for index in 0..description.objects.nodes.len() {
            making.make(index)?;
        }
        making.fill()?;
        making.bring_gradients();
        scope.check()?;
        let nodes = making.nodes.iter().map(|(index, node)| (*index, node.id())).collect();
        Ok(Instance { model, graph: scope.id(), nodes, functions: making.functions, calls: false })
    }

    /// The state of a model whose graph was imported as a whole, and holds it already.
    pub(super) fn empty(scope: &Scope, model: ModelId) -> Instance {
        let (nodes, functions) = (HashMap::new(), FunctionNames::default());
        Instance { model, graph: scope.id(), nodes, functions, calls: false }
    }

    /// The same state, with traces that become calls of the model's functions: what is saved stays as small as the model,
    /// and its own gradients keep what they refer to.
    pub fn calling(&self) -> Instance {
        Instance { calls: true, ..self.clone() }
    }

    /// All that traces may capture of the model.
    pub fn nodes<'g>(&self, scope: &'g Scope) -> Vec<Node<'g>> {
        self.captured(scope).into_iter().map(|(_, node)| node).collect()
    }

    /// All that traces may capture of the model: its nodes in the object graph, and in `scope`.
    pub(super) fn captured<'g>(&self, scope: &'g Scope) -> Vec<(usize, Node<'g>)> {
        let mut nodes: Vec<_> = self.nodes.iter().map(|(node, id)| (*node, scope.node(*id))).collect();
        nodes.sort_by_key(|(node, _)| *node);
        nodes
    }

    /// The object that a node stands for.
    pub(super) fn object_of(&self, id: NodeId) -> Option<usize> {
        self.nodes.iter().find(|(_, own)| **own == id).map(|(node, _)| *node)
    }

    /// What the model's functions are called in the graph.
    pub(super) fn function_names(&self) -> &FunctionNames {
        &self.functions
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
            all.push(self.handle(scope, *captured).ok_or_else(|| not_captured(description, trace, *captured))?);
        }
        let name = self.functions.name(trace);
        if !self.calls {
            return scope.inline_named(&name, &all);
        }
        let mut called = scope.call_named(&name, &all)?;
        // A call tells the graph nothing of its outputs' shapes.
        let specs = description.trace(trace)?.outputs.leaves().into_iter().map(|spec| spec.parts());
        let specs = specs.collect::<Option<Vec<_>>>().unwrap_or_default().concat();
        for (output, spec) in called.outputs.iter_mut().zip(specs) {
            if spec.shape.rank().is_some() && output.dtype() == spec.dtype && spec.dtype != DType::Resource {
                *output = scope.op("EnsureShape").input(*output).attr("shape", &spec.shape).build();
            }
        }
        Ok(called)
    }
}

/// A model's state on its way into a graph.
struct Making<'g, 'd> {
    scope: &'g Scope,
    description: &'d Description,
    source: &'d Source<'d>,
    functions: FunctionNames,
    nodes: HashMap<usize, Node<'g>>,
    /// What sets the variables.
    set: Vec<Operation<'g>>,
    /// How many resources are being made, each for the one before.
    depth: usize,
}

impl<'g> Making<'g, '_> {
    /// The node of an object, which is made where it is new; `None` for objects that are no tensors.
    fn make(&mut self, index: usize) -> Result<Option<Node<'g>>> {
        if let Some(known) = self.nodes.get(&index) {
            return Ok(Some(*known));
        }
        let node = match &self.description.object(index).kind {
            ObjectKind::Variable(spec) => self.variable(index, spec)?,
            ObjectKind::Constant { .. } => self.scope.constant(&self.description.constants[&index]),
            ObjectKind::Asset { file_name } => self.scope.constant(self.description.asset_path(index, file_name)?),
            ObjectKind::Resource { .. } => match self.resource(index)? {
                Some(handle) => handle,
                None => return Ok(None),
            },
            _ => return Ok(None),
        };
        self.nodes.insert(index, node);
        Ok(Some(node))
    }

    fn variable(&mut self, index: usize, spec: &VariableSpec) -> Result<Node<'g>> {
        let name = if spec.name.is_empty() { "variable" } else { &spec.name };
        let value = match self.source {
            Source::Values(values) => values.variables.get(&index).map(|value| {
                let shape = Shape::known(value.shape());
                self.scope.initial_value(name, value, &shape)
            }),
            Source::Checkpoint { device } => match self.description.checkpoint_keys.get(&index) {
                Some(key) => {
                    let key = self.scope.constant([key.as_str()]);
                    Some(self.restored(key, self.scope.constant([""]), &[spec.dtype], device)?[0])
                }
                None => None,
            },
            Source::Nothing => None,
        };
        let variable = Variable::new(self.scope, name, spec.dtype, &spec.shape);
        if let Some(value) = value {
            let set = variable.assign(value);
            self.scope.initialise_with(set);
            self.set.push(set);
        }
        Ok(variable.handle())
    }

    /// The handle of a resource, which is made behind what it captures.
    fn resource(&mut self, index: usize) -> Result<Option<Node<'g>>> {
        let Some(create) = self.description.resources.get(&index).and_then(|resource| resource.create.as_deref())
        else {
            return Ok(None);
        };
        if self.depth == MOST_NESTED {
            let why = format!("its resources need each other more than {MOST_NESTED} deep to be made");
            return Err(Error::structure(why));
        }
        self.depth += 1;
        let captures = self.captures(create)?;
        self.depth -= 1;
        let made = self
            .scope
            .with_scope("resource", |scope| scope.inline_resource(&self.functions.name(create), &captures))?;
        // Some of Python's classes around a table make nothing themselves, and are captured by nobody.
        Ok(made.outputs.first().copied())
    }

    /// Restores what resources have in the checkpoint, then initialises each; all behind the variables.
    fn fill(&mut self) -> Result<()> {
        if self.description.resources.is_empty() {
            return Ok(());
        }
        let (scope, description) = (self.scope, self.description);
        let ready = after(scope, "variables_restored", &self.set);
        let mut filled = vec![ready];
        for (index, resource) in &description.resources {
            for saved in &resource.saved {
                filled.extend(scope.with_control_dependencies(&[ready], |_| self.restore(*index, saved))?);
            }
        }
        let mut last = after(scope, "resources_restored", &filled);
        for resource in description.resources.values() {
            let Some(initialise) = resource.initialise.as_deref() else { continue };
            let captures = self.captures(initialise)?;
            let name = self.functions.name(initialise);
            let run = scope.with_control_dependencies(&[last], |scope| scope.inline_named(&name, &captures))?;
            let ends: Vec<_> =
                run.controls.into_iter().chain(run.outputs.iter().map(|output| output.operation())).collect();
            last = after(scope, "resource_initialised", &[ends, vec![last]].concat());
        }
        scope.initialise_with(last);
        Ok(())
    }

    /// What puts the saved state of a resource back.
    fn restore(&mut self, index: usize, saved: &SavedState) -> Result<Vec<Operation<'g>>> {
        let values: Vec<Node<'g>> = match (self.source, &saved.key) {
            (Source::Values(values), _) => match values.tables.get(&(index, saved.attribute.clone())) {
                // Some ops take more shapes than they say they do, as when a checkpoint's tensors have none yet.
                Some(tensors) => {
                    let value = |tensor| self.scope.initial_value("table", tensor, &Shape::unknown());
                    tensors.iter().map(value).collect()
                }
                None => return Ok(Vec::new()),
            },
            (Source::Checkpoint { device }, Some(key)) => self.saved_values(saved, key, device)?,
            _ => return Ok(Vec::new()),
        };
        let inputs = [values, self.captures(&saved.restore)?].concat();
        let run = self.scope.inline_named(&self.functions.name(&saved.restore), &inputs)?;
        Ok(run.controls.into_iter().chain(run.outputs.iter().map(|output| output.operation())).collect())
    }

    /// The tensors of a resource in the checkpoint; their names are what the save function says.
    fn saved_values(&mut self, saved: &SavedState, key: &str, device: &str) -> Result<Vec<Node<'g>>> {
        let scope = self.scope;
        let inputs = [vec![scope.constant(key)], self.captures(&saved.save)?].concat();
        let outputs = scope.inline_named(&self.functions.name(&saved.save), &inputs)?.outputs;
        let tensors = saved.tensors(self.description, outputs)?;
        if tensors.is_empty() {
            return Ok(Vec::new());
        }
        let pack = |nodes: Vec<Node<'g>>| scope.op("Pack").input_list(nodes).attr("axis", 0_i64).build();
        let names = pack(tensors.iter().map(|tensor| tensor.name).collect());
        let slices = pack(tensors.iter().map(|tensor| tensor.slice).collect());
        let types: Vec<DType> = tensors.iter().map(|tensor| tensor.value.dtype()).collect();
        self.restored(names, slices, &types, device)
    }

    /// Tensors of the checkpoint, read when the graph is initialised.
    fn restored(&self, names: Node<'g>, slices: Node<'g>, types: &[DType], device: &str) -> Result<Vec<Node<'g>>> {
        let prefix = self.description.checkpoint_prefix()?;
        let restored = self
            .scope
            .op("RestoreV2")
            .device(device)
            .input(self.scope.constant(prefix))
            .input(names)
            .input(slices)
            .attr("dtypes", types.to_vec())
            .build_operation();
        self.scope.check()?;
        Ok(restored.outputs())
    }

    /// The gradients that the model's functions come with, for what is differentiated in the graph.
    fn bring_gradients(&self) {
        for gradient in &self.description.library.registered_gradients {
            let Ok(trace) = self.description.trace(&gradient.gradient_func) else { continue };
            let custom = CustomGradient {
                function: self.functions.name(&gradient.gradient_func),
                outputs: trace.outputs.clone(),
                captured: trace.bound_inputs.iter().map(|node| self.captured_by_gradient(*node)).collect(),
            };
            self.scope.add_custom_gradient(self.functions.name(&gradient.registered_op_type), custom);
        }
    }

    fn captured_by_gradient(&self, node: usize) -> Captured {
        match (&self.description.object(node).kind, self.nodes.get(&node)) {
            (ObjectKind::CapturedTensor { name, concrete_function }, _) => {
                Captured::Tensor { function: self.functions.name(concrete_function), name: name.clone() }
            }
            (_, Some(made)) => Captured::Node(made.id()),
            (_, None) => Captured::Elsewhere,
        }
    }

    /// What a trace has captured, made where it is new.
    fn captures(&mut self, trace: &str) -> Result<Vec<Node<'g>>> {
        let description = self.description;
        let captured = &description.trace(trace)?.bound_inputs;
        captured
            .iter()
            .map(|index| self.make(*index)?.ok_or_else(|| not_captured(description, trace, *index)))
            .collect()
    }
}

/// An operation that waits for others.
fn after<'g>(scope: &'g Scope, name: &str, operations: &[Operation<'g>]) -> Operation<'g> {
    scope.with_control_dependencies(operations, |scope| scope.op("NoOp").name(name).build_operation())
}

/// The error that an object is no tensor that a function can use.
fn not_captured(description: &Description, trace: &str, node: usize) -> Error {
    let object = match &description.object(node).kind {
        ObjectKind::Resource { .. } => "a resource that nothing makes".into(),
        ObjectKind::CapturedTensor { name, .. } => format!("the tensor `{name}` of a function around it"),
        _ => format!("the object {node}, which is no tensor"),
    };
    Error::Unsupported { what: format!("`{trace}` uses {object}, which") }
}
