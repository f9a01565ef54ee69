//! Parts of one meta graph as functions: its signatures, its default call, its losses.

use std::collections::BTreeMap;

use super::super::ends::{Ends, Whole};
use super::super::prune::Needs;
use super::super::{node, operation};
use super::loops::as_functions;
use super::references::without_references;
use super::state::{Captured, State};
use super::{DEFAULT, MetaGraphDef, SavedModelBuilder};
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::graph::{FunctionNames, Node, Operation, Scope};
use crate::saved_model::collections::{REGULARIZATION_LOSSES, UPDATES, node_list};
use crate::saved_model::proto::{FunctionDef, FunctionDefLibrary, GraphDef};
use crate::saved_model::write::{ObjectId, legal_name};
use crate::saved_model::{ConcreteFunction, Spec, TensorSpec};
use crate::tensor::Nest;

/// One meta graph, imported.
pub(super) struct Variant<'m> {
    pub(super) meta_graph: &'m MetaGraphDef,
    graph: GraphDef,
    scope: Scope,
    /// The state: nodes by their places among the objects.
    captured: Vec<(crate::graph::NodeId, ObjectId)>,
    /// What the names of its functions begin with.
    prefix: &'static str,
}

impl<'m> Variant<'m> {
    pub(super) fn new(
        meta_graph: &'m MetaGraphDef,
        state: &mut State<'_>,
        builder: &mut SavedModelBuilder,
        prefix: &'static str,
    ) -> Result<Variant<'m>> {
        let graph = without_references(meta_graph.graph_def.clone().unwrap_or_default())?;
        let mut graph = as_functions(graph);
        let scope = Scope::new()?;
        // The library comes first, so that the scope knows the functions that nodes call.
        scope.import_library(&graph.library.take().unwrap_or_default())?;
        scope.import_graph(&graph)?;
        let captured = state.of(meta_graph, &graph, &scope, builder)?;
        let captured = captured.into_iter().map(|(node, object)| (node.id(), object)).collect();
        Ok(Variant { meta_graph, graph, scope, captured, prefix })
    }

    /// A signature, which takes and gives its tensors by name.
    pub(super) fn signature(
        &self,
        builder: &mut SavedModelBuilder,
        name: &str,
        ends: &Ends,
        concrete: &ConcreteFunction,
        updates: bool,
    ) -> Result<String> {
        let inputs: Vec<(&str, &str)> = ends.feeds.iter().map(|(name, tensor)| (&**name, &**tensor)).collect();
        self.trace(builder, name, &inputs, &ends.outputs, updates, &concrete.arguments, &concrete.outputs)
    }

    /// The call without names: the only input, or a dict of several; the output `default`, or a dict of all.
    pub(super) fn call(
        &self,
        builder: &mut SavedModelBuilder,
        name: &str,
        ends: &Ends,
        literal: Option<Nest<Spec>>,
        updates: bool,
    ) -> Result<String> {
        let mut inputs = Vec::new();
        for input in &ends.inputs {
            inputs.extend(input.tensors.iter().map(|(name, tensor)| (&**name, &**tensor)));
        }
        let named = |whole: &Whole| (whole.key.clone(), with_name(&whole.spec, &whole.key));
        let argument = match ends.inputs.as_slice() {
            [] => None,
            [only] => Some(with_name(&only.spec, "inputs")),
            several => Some(Nest::Dict(several.iter().map(named).collect())),
        };
        let arguments =
            Nest::Tuple(vec![Nest::Tuple(argument.into_iter().chain(literal).collect()), Nest::Dict(BTreeMap::new())]);
        let (outputs, spec) = match ends.outputs.iter().find(|output| output.key == DEFAULT) {
            Some(default) => (std::slice::from_ref(default), default.spec.clone()),
            None => (&ends.outputs[..], Nest::Dict(ends.outputs.iter().map(named).collect())),
        };
        self.trace(builder, name, &inputs, outputs, updates, &arguments, &spec)
    }

    /// The losses, each a function without arguments.
    pub(super) fn losses(&self, builder: &mut SavedModelBuilder) -> Result<Vec<String>> {
        let arguments = Nest::Tuple(vec![Nest::Tuple(Vec::new()), Nest::Dict(BTreeMap::new())]);
        let losses = node_list(self.meta_graph, REGULARIZATION_LOSSES).iter().enumerate();
        let trace = |(index, tensor): (usize, &String)| {
            let node = node(&self.scope, tensor)?;
            let spec = Nest::Leaf(Spec::Tensor(TensorSpec { name: None, shape: node.shape(), dtype: node.dtype() }));
            let whole = Whole {
                key: index.to_string(),
                spec: spec.clone(),
                tensors: vec![(index.to_string(), tensor.clone())],
                operation: None,
            };
            self.trace(builder, &format!("regularization_loss_{index}"), &[], &[whole], false, &arguments, &spec)
        };
        losses.map(trace).collect()
    }

    /// A part of the graph as a function, with what it captures.
    #[expect(clippy::too_many_arguments, reason = "what a trace is made of")]
    fn trace(
        &self,
        builder: &mut SavedModelBuilder,
        name: &str,
        inputs: &[(&str, &str)],
        outputs: &[Whole],
        updates: bool,
        arguments: &Nest<Spec>,
        results: &Nest<Spec>,
    ) -> Result<String> {
        let scope = &self.scope;
        let feeds: Vec<(&str, Node<'_>)> =
            inputs.iter().map(|(name, tensor)| Ok((*name, node(scope, tensor)?))).collect::<Result<_>>()?;
        let mut fetches = Vec::new();
        for (_, tensor) in outputs.iter().flat_map(|output| &output.tensors) {
            fetches.push(read(node(scope, tensor)?));
        }
        let mut effects = self.operations(outputs)?;
        if updates {
            effects.extend(self.updates(inputs)?);
        }
        let captured: Vec<Captured<'_>> =
            self.captured.iter().map(|(node, object)| (scope.node(*node), *object)).collect();
        let handles: Vec<Node<'_>> = captured.iter().map(|(node, _)| *node).collect();
        let wanted = builder.free_function_name(&format!("{}{name}", self.prefix));
        let (functions, taken) = scope.export_trace(&wanted, &feeds, &handles, &fetches, &effects)?;
        let objects: Vec<ObjectId> = taken.into_iter().map(|place| captured[place].1).collect();
        let mut functions = self.apart(functions, builder).into_iter();
        let first = functions.next().ok_or_else(|| Error::structure(format!("`{name}` is no function")))?;
        functions.for_each(|called| builder.library_function(called));
        builder.trace(first, arguments, results, &objects)
    }

    /// The functions under names that no others of the model have: meta graphs number theirs alike.
    fn apart(&self, functions: Vec<FunctionDef>, builder: &SavedModelBuilder) -> Vec<FunctionDef> {
        let clashes = functions.iter().any(|function| builder.has_other_function(function));
        let library = FunctionDefLibrary { function: functions, ..FunctionDefLibrary::default() };
        match clashes {
            true => FunctionNames::numbered(builder.function_count()).apply(&library).function,
            false => library.function,
        }
    }

    /// The outputs that are no tensors, but operations to run.
    fn operations(&self, outputs: &[Whole]) -> Result<Vec<Operation<'_>>> {
        let operations = outputs.iter().filter_map(|output| output.operation.as_deref());
        operations.map(|name| operation(&self.scope, name)).collect()
    }

    /// What updates variables by what these inputs give; updates of other signatures rest on their own inputs.
    fn updates(&self, inputs: &[(&str, &str)]) -> Result<Vec<Operation<'_>>> {
        let needs = Needs::of(&self.graph);
        let fed: Vec<String> = inputs.iter().map(|(_, tensor)| (*tensor).to_owned()).collect();
        let updates = node_list(self.meta_graph, UPDATES).iter();
        let own = updates.filter(|update| needs.unfed([*update], &fed).is_none());
        own.map(|name| operation(&self.scope, name)).collect()
    }
}

/// What is behind a handle, where a signature names a variable itself.
fn read(node: Node<'_>) -> Node<'_> {
    let is_variable = node.dtype() == DType::Resource && node.operation().op() == "VarHandleOp";
    let dtype = is_variable.then(|| node.operation().attribute("dtype")).flatten();
    match dtype {
        Some(dtype) => node.scope().op("ReadVariableOp").attr("dtype", dtype).input(node).build(),
        None => node,
    }
}

fn with_name(spec: &Nest<Spec>, name: &str) -> Nest<Spec> {
    match spec {
        Nest::Leaf(Spec::Tensor(tensor)) => {
            Nest::Leaf(Spec::Tensor(TensorSpec { name: Some(name.to_owned()), ..tensor.clone() }))
        }
        other => other.clone(),
    }
}

/// A name for a function, of the name of a signature.
pub(super) fn legal(name: &str) -> String {
    legal_name(name).replace('/', "_")
}
