//! SavedModels of TF1: a whole graph instead of an object graph, called by signatures.
//!
//! The rules are those of TensorFlow's `load_v2`. The graph is imported as it is. Its saver restores it; without one, every
//! variable is restored by its name. Then the initialiser runs with the paths of the assets fed: `__saved_model_init_op`,
//! else the collections `saved_model_main_op` and `legacy_init_op`, else what makes local variables and fills tables.
//! Signatures take tensors by name.
//!
//! | file | holds |
//! |---|---|
//! | `ends` | what a signature feeds, fetches and runs |
//! | `prune` | [`Pruned`]: any part of the graph as a function; which placeholders a tensor needs |
//! | `upgrade` | [`Upgrade`]: the same model with objects and functions, as TF2 saves it |
//! | `variables` | the variables, from the collections |
//!
//! What the TF1 Hub format adds is hub-legacy's.

mod ends;
mod prune;
mod upgrade;
mod variables;

use std::collections::BTreeMap;
use std::path::Path;

use ends::Ends;
use prune::Needs;
pub use prune::Pruned;
pub use upgrade::{Upgrade, Upgraded, VariableValues};
use variables::Tf1Variable;

use super::description::{Description, HIDDEN_SIGNATURE, NamedTrace};
use super::prepared::apart;
use crate::error::{Error, Result};
use crate::graph::{Node, Operation, PreparedCall, Program, Scope};
use crate::saved_model::collections::{self, INITIALIZERS, TABLE_INITIALIZERS, node_list};
use crate::saved_model::proto::{GraphDef, MetaGraphDef, TensorInfo, TensorInfoEncoding};
use crate::saved_model::{ConcreteFunction, Object, ObjectGraph, ObjectKind, VariableSpec};
use crate::tensor::Tensor;

/// The first node of the object graph that stands for a variable; before it are the root and the list of them.
const FIRST_VARIABLE: usize = 2;

/// What is needed of a TF1 meta graph to run it.
#[derive(Debug)]
pub(super) struct Tf1Graph {
    graph: GraphDef,
    /// The tensor that takes the checkpoint's path, and the operation that restores.
    saver: Option<(String, String)>,
    /// The operations that initialise what the checkpoint does not hold.
    initialisers: Vec<String>,
    /// The tensors that take the paths of assets, each with its file; a model may list one twice.
    assets: BTreeMap<String, String>,
    signatures: BTreeMap<String, Ends>,
    /// Every variable; the first ones are saved.
    variables: Vec<Tf1Variable>,
    saved: usize,
}

impl Tf1Graph {
    /// Takes what is needed out of a meta graph that has been validated; with it the object graph that stands for it: a
    /// root with a list of the variables, and each signature as a trace of its own name.
    pub(super) fn read(meta_graph: &MetaGraphDef) -> Result<(Tf1Graph, ObjectGraph)> {
        let saver = meta_graph.saver_def.as_ref().filter(|saver| !saver.restore_op_name.is_empty());
        let (saved, others) = variables::read(meta_graph)?;
        let initialisers = match initialiser(meta_graph)? {
            Some(named) => named,
            None => {
                [&variables::local_initialisers(meta_graph)?[..], node_list(meta_graph, TABLE_INITIALIZERS)].concat()
            }
        };
        let mut tf1 = Tf1Graph {
            graph: meta_graph.graph_def.clone().unwrap_or_default(),
            saver: saver.map(|saver| (saver.filename_tensor_name.clone(), saver.restore_op_name.clone())),
            initialisers,
            assets: assets(meta_graph)?,
            signatures: BTreeMap::new(),
            saved: saved.len(),
            variables: [saved, others].concat(),
        };
        let needs = Needs::of(&tf1.graph);
        let mut traces = BTreeMap::new();
        for (name, signature) in meta_graph.signature_def.iter().filter(|(name, _)| *name != HIDDEN_SIGNATURE) {
            let (ends, trace) = ends::read(signature)?;
            let outputs = ends.fetches.iter().chain(&ends.targets);
            if let Some(placeholder) = needs.unfed(outputs, ends.feeds.values()) {
                let why = format!(
                    "the signature `{name}` needs the placeholder `{placeholder}`, which is none of its inputs"
                );
                return Err(Error::structure(why));
            }
            tf1.signatures.insert(name.clone(), ends);
            traces.insert(name.clone(), trace);
        }
        let objects = tf1.objects(traces);
        Ok((tf1, objects))
    }

    fn objects(&self, concrete_functions: BTreeMap<String, ConcreteFunction>) -> ObjectGraph {
        let bag = ObjectKind::User { identifier: String::new(), version: 0 };
        let items = (0..self.variables.len()).map(|index| (index.to_string(), FIRST_VARIABLE + index));
        let lists = [object(bag.clone(), vec![("variables".into(), 1)]), object(bag, items.collect())];
        let variables = self.variables.iter().map(|one| object(ObjectKind::Variable(one.spec.clone()), Vec::new()));
        ObjectGraph { nodes: lists.into_iter().chain(variables).collect(), concrete_functions }
    }

    /// The signatures, each as a trace of its own name.
    pub(super) fn named_traces(&self) -> BTreeMap<String, NamedTrace> {
        let named = |(name, ends): (&String, &Ends)| {
            (name.clone(), NamedTrace { trace: name.clone(), inputs: ends.feeds.keys().cloned().collect() })
        };
        self.signatures.iter().map(named).collect()
    }

    /// The keys of the variables that the checkpoint holds, by their nodes; the part of a tensor has none of its own.
    pub(super) fn checkpoint_keys(&self) -> BTreeMap<usize, String> {
        let saved = self.variables[..self.saved].iter().enumerate();
        let whole = saved.filter(|(_, variable)| variable.slice.is_none());
        whole.map(|(index, variable)| (FIRST_VARIABLE + index, variable.key.clone())).collect()
    }

    /// Imports the graph, restores its variables and initialises it.
    pub(super) fn start(&self, description: &Description, program: &Program, restore: bool) -> Result<()> {
        program.scope().import_graph(&self.graph)?;
        if restore {
            self.restore(description, program)?;
        }
        if self.initialisers.is_empty() {
            return Ok(());
        }
        let feeds: Vec<Node<'_>> =
            self.assets.keys().map(|tensor| node(program.scope(), tensor)).collect::<Result<_>>()?;
        let paths = self.assets.values().map(|file| description.file_path(file).map(Tensor::from));
        let paths: Vec<Tensor> = paths.collect::<Result<_>>()?;
        let targets: Vec<_> =
            self.initialisers.iter().map(|name| operation(program.scope(), name)).collect::<Result<_>>()?;
        let call = program.prepare(&feeds, &[], &targets)?;
        program.run_checked(&call, &paths.iter().collect::<Vec<_>>()).map(drop)
    }

    fn restore(&self, description: &Description, program: &Program) -> Result<()> {
        if self.saver.is_none() && self.saved == 0 {
            return Ok(());
        }
        let prefix = description.checkpoint_prefix()?;
        if !Path::new(prefix).with_extension("index").is_file() {
            let path = description.path.clone();
            return Err(Error::MissingVariables { path, missing: vec!["variables.index".into()] });
        }
        let prefix = Tensor::from(prefix);
        match &self.saver {
            Some((file_name, restore)) => {
                let call = program.prepare(
                    &[node(program.scope(), file_name)?],
                    &[],
                    &[operation(program.scope(), restore)?],
                )?;
                program.run_checked(&call, &[&prefix]).map(drop)
            }
            None => self.restore_by_name(program, &prefix),
        }
    }

    /// Restores every saved variable from what has its name.
    fn restore_by_name(&self, program: &Program, prefix: &Tensor) -> Result<()> {
        let scope = program.scope();
        let variables = &self.variables[..self.saved];
        let texts = |texts: Vec<&str>| scope.constant(texts.as_slice());
        let slices: Vec<String> = variables.iter().map(Tf1Variable::slice_text).collect();
        let restored = scope
            .op("RestoreV2")
            .name("restore_by_name")
            .input(scope.constant(prefix))
            .input(texts(variables.iter().map(|one| one.key.as_str()).collect()))
            .input(texts(slices.iter().map(String::as_str).collect()))
            .attr("dtypes", variables.iter().map(|one| one.spec.dtype).collect::<Vec<_>>())
            .build_outputs();
        let set = variables.iter().zip(restored).map(|(one, value)| one.assign(program, value));
        let call = program.prepare(&[], &[], &set.collect::<Result<Vec<_>>>()?)?;
        program.run_checked(&call, &[]).map(drop)
    }

    /// A signature made ready to run: feeds by name, fetches by sorted key.
    pub(super) fn prepare(&self, program: &Program, signature: &str) -> Result<PreparedCall> {
        let ends = self.signatures.get(signature);
        let ends = ends.ok_or_else(|| Error::structure(format!("the signature `{signature}` is not there")))?;
        let feeds: Vec<_> = ends.feeds.values().map(|tensor| node(program.scope(), tensor)).collect::<Result<_>>()?;
        let fetches: Vec<_> = ends.fetches.iter().map(|tensor| node(program.scope(), tensor)).collect::<Result<_>>()?;
        let targets: Vec<_> =
            ends.targets.iter().map(|name| operation(program.scope(), name)).collect::<Result<_>>()?;
        program.prepare(&feeds, &apart(&feeds, fetches), &targets)
    }

    /// The value of the variable at a node.
    pub(super) fn value<'g>(&self, program: &'g Program, index: usize) -> Option<Result<Node<'g>>> {
        Some(node(program.scope(), &self.variables.get(index.checked_sub(FIRST_VARIABLE)?)?.value))
    }

    /// Sets the variable at a node.
    pub(super) fn assign<'g>(
        &self,
        program: &'g Program,
        index: usize,
        value: Node<'g>,
    ) -> Option<Result<Operation<'g>>> {
        Some(self.variables.get(index.checked_sub(FIRST_VARIABLE)?)?.assign(program, value))
    }

    /// The variables with their nodes.
    pub(super) fn variables(&self) -> impl Iterator<Item = (usize, &VariableSpec)> {
        self.variables.iter().enumerate().map(|(index, variable)| (FIRST_VARIABLE + index, &variable.spec))
    }
}

impl Tf1Variable {
    fn assign<'g>(&self, program: &'g Program, value: Node<'g>) -> Result<Operation<'g>> {
        let handle = node(program.scope(), &self.handle)?;
        let builder = match self.is_resource {
            true => program.scope().op("AssignVariableOp").attr("dtype", self.spec.dtype),
            // Python's variables may be declared without a shape; `Assign` would hold the value against none.
            false => program.scope().op("Assign").attr("validate_shape", self.spec.shape.rank().is_some()),
        };
        Ok(builder.name("assign").input(handle).input(value).build_operation())
    }
}

fn object(kind: ObjectKind, children: Vec<(String, usize)>) -> Object {
    Object {
        kind,
        children,
        dependencies: Vec::new(),
        registered_name: String::new(),
        saveable_objects: BTreeMap::new(),
        slot_variables: Vec::new(),
    }
}

/// The tensor of this name: `node:0`.
fn node<'g>(scope: &'g Scope, name: &str) -> Result<Node<'g>> {
    let (node, output) = name.split_once(':').unwrap_or((name, "0"));
    let output = output.parse::<usize>().ok();
    let found = scope.find(node).zip(output).map(|(operation, output)| operation.output(output));
    found
        .filter(|node| !node.is_missing())
        .ok_or_else(|| Error::structure(format!("the tensor `{name}` is not in the graph")))
}

fn operation<'g>(scope: &'g Scope, name: &str) -> Result<Operation<'g>> {
    let name = name.split(':').next().unwrap_or(name);
    scope.find(name).ok_or_else(|| Error::structure(format!("the operation `{name}` is not in the graph")))
}

/// The initialiser by `load_v2`'s order of places; one that is named may be no operation at all.
fn initialiser(meta_graph: &MetaGraphDef) -> Result<Option<Vec<String>>> {
    if let Some(signature) = meta_graph.signature_def.get(HIDDEN_SIGNATURE) {
        let named = signature.outputs.get(HIDDEN_SIGNATURE).and_then(tensor_name);
        return Ok(Some(named.map(str::to_owned).into_iter().collect()));
    }
    for collection in INITIALIZERS {
        match node_list(meta_graph, collection) {
            [] => {}
            [only] => return Ok(Some(vec![only.clone()])),
            many => return Err(Error::structure(format!("`{collection}` names {} operations", many.len()))),
        }
    }
    Ok(None)
}

fn tensor_name(info: &TensorInfo) -> Option<&str> {
    match &info.encoding {
        Some(TensorInfoEncoding::Name(name)) => Some(name),
        _ => None,
    }
}

/// The assets: tensor and file name.
fn assets(meta_graph: &MetaGraphDef) -> Result<BTreeMap<String, String>> {
    collections::assets(meta_graph)?
        .into_iter()
        .map(|asset| match asset.tensor_info.as_ref().and_then(tensor_name) {
            Some(tensor) => Ok((tensor.to_owned(), asset.filename)),
            None => Err(Error::structure(format!("the asset `{}` is for no tensor", asset.filename))),
        })
        .collect()
}
