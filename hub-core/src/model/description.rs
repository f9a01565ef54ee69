//! What is read of a SavedModel once, checked, and shared by everything that is made of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::needed_ops::check_ops;
use super::options::LoadOptions;
use super::resources::{Resource, resources};
use super::tf1::Tf1Graph;
use crate::dtype::DType;
use crate::engine;
use crate::error::{Error, Result};
use crate::saved_model::checkpoint::{Checkpoint, check_some_variables, check_variables, key_map};
use crate::saved_model::part::Part;
use crate::saved_model::proto::{
    ArgDef, AttrValueValue, FunctionDef, FunctionDefLibrary, GraphDef, MetaGraphDef, SavedObjectGraph,
};
use crate::saved_model::write::AssetSource;
use crate::saved_model::{
    ConcreteFunction, Fingerprint, FunctionSpec, Object, ObjectGraph, ObjectKind, SavedModel, TensorSpec, audit, shape,
    validate,
};
use crate::tensor::{Shape, Tensor};

/// The name under which Python hides the initialiser among the signatures.
pub(super) const HIDDEN_SIGNATURE: &str = "__saved_model_init_op";

/// A SavedModel, read and found sound.
#[derive(Debug)]
pub(super) struct Description {
    pub(super) path: PathBuf,
    /// What tells its `saved_model.pb` from another.
    pub(super) fingerprint: Fingerprint,
    /// What the names of the checkpoint's files begin with.
    checkpoint: PathBuf,
    pub(super) objects: ObjectGraph,
    pub(super) library: FunctionDefLibrary,
    /// The values of the constants, by node.
    pub(super) constants: BTreeMap<usize, Tensor>,
    /// For each variable's node, the key of its value in the checkpoint.
    pub(super) checkpoint_keys: BTreeMap<usize, String>,
    /// Tables and the like, by node.
    pub(super) resources: BTreeMap<usize, Resource>,
    pub(super) tensorflow_version: String,
    /// The graph of a model in TF1's format, which has no object graph.
    pub(super) tf1: Option<Tf1Graph>,
    /// What is kept of the files, where only a part of a model was loaded.
    pub(super) kept: Option<Kept>,
}

/// What makes a part of a model independent of the directory that it was loaded from: that may be saved over.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) objects: SavedObjectGraph,
    /// Where the files are, by node, and what is in them where they may be gone.
    pub(super) assets: BTreeMap<usize, AssetSource>,
}

/// What can be called: traces, tried in order, under one signature of Python's.
#[derive(Debug, Clone)]
pub(super) struct Function {
    /// Its dotted path from the root.
    pub(super) path: String,
    /// The names of its traces.
    pub(super) traces: Vec<String>,
    /// Its parameters, where they were saved.
    pub(super) spec: Option<FunctionSpec>,
    /// How a single trace is called where its structure does not fit: tensors by the names of its inputs.
    pub(super) flat: Option<FlatCall>,
}

/// A call of a trace with plain tensors, in order or by name.
#[derive(Debug, Clone)]
pub(super) struct FlatCall {
    /// The names of the tensors that it takes.
    pub(super) keywords: Vec<String>,
    /// How many of them may be given by position.
    pub(super) most_positional: usize,
}

/// A signature: one trace with named inputs.
#[derive(Debug, Clone)]
pub(super) struct NamedTrace {
    /// The trace.
    pub(super) trace: String,
    /// The names of its inputs, in the order of its flat arguments.
    pub(super) inputs: Vec<String>,
}

impl Description {
    /// Reads and checks the model in `path`.
    pub(super) fn read(path: &Path, options: &LoadOptions) -> Result<Description> {
        Description::read_object(path, None, options)
    }

    /// The same of the object at a dotted path, with what it needs and nothing else, where a path is given.
    pub(super) fn read_object(path: &Path, object: Option<&str>, options: &LoadOptions) -> Result<Description> {
        let model = SavedModel::read(path)?;
        let meta_graph = model.meta_graph(options.tags.as_deref())?;
        validate(meta_graph)?;
        options.op_libraries.load()?;
        audit::check(&model, options.op_policy, &engine::in_op_library)?;
        check_ops(meta_graph)?;
        let (tf1, objects) = match model.is_tf2(meta_graph) {
            true => (None, ObjectGraph::read(meta_graph)?),
            false => {
                let (tf1, objects) = Tf1Graph::read(meta_graph)?;
                (Some(tf1), objects)
            }
        };
        let keys = match &tf1 {
            None => Keys::read(path, &objects, options)?,
            Some(tf1) => Keys { variables: tf1.checkpoint_keys(), ..Keys::default() },
        };
        if let (None, Some(object)) = (&tf1, object) {
            let missing = || Error::ObjectNotFound { path: object.to_owned(), available: Vec::new() };
            let part = part(meta_graph, objects.resolve(object).ok_or_else(missing)?)?;
            return Description::of_part(path, &model, meta_graph, part, &keys);
        }
        Ok(Description {
            path: path.to_owned(),
            fingerprint: model.fingerprint(),
            checkpoint: path.join("variables").join("variables"),
            constants: constants(meta_graph, &objects)?,
            checkpoint_keys: keys.variables,
            resources: resources(&objects, &keys.attributes)?,
            objects,
            library: if tf1.is_some() { FunctionDefLibrary::default() } else { library(meta_graph) },
            tf1,
            tensorflow_version: version(meta_graph),
            kept: None,
        })
    }

    fn of_part(
        path: &Path,
        model: &SavedModel,
        meta_graph: &MetaGraphDef,
        part: Part,
        keys: &Keys,
    ) -> Result<Description> {
        let graph = meta_graph.graph_def.clone().unwrap_or_default();
        let whole = MetaGraphDef {
            graph_def: Some(GraphDef { library: Some(part.library.clone()), ..graph }),
            object_graph_def: Some(part.objects.clone()),
            ..meta_graph.clone()
        };
        let objects = ObjectGraph::read(&whole)?;
        let keys = keys.of_part(&part.nodes);
        let mut assets = BTreeMap::new();
        for (node, object) in objects.nodes.iter().enumerate() {
            if let ObjectKind::Asset { file_name } = &object.kind {
                let file = path.join("assets").join(file_name);
                let bytes = fs::read(&file).map_err(|why| Error::io("read", &file, why))?;
                assets.insert(node, (file, Some(bytes.into())));
            }
        }
        Ok(Description {
            path: path.to_owned(),
            fingerprint: model.fingerprint(),
            checkpoint: path.join("variables").join("variables"),
            constants: constants(&whole, &objects)?,
            resources: resources(&objects, &keys.attributes)?,
            checkpoint_keys: keys.variables,
            objects,
            library: part.library,
            tf1: None,
            tensorflow_version: version(meta_graph),
            kept: Some(Kept { objects: part.objects, assets }),
        })
    }

    /// The same of a model that was never written: `keys` are those of the variables, by node.
    pub(super) fn in_memory(
        path: &Path,
        meta_graph: MetaGraphDef,
        keys: BTreeMap<usize, String>,
        assets: BTreeMap<usize, AssetSource>,
    ) -> Result<Description> {
        validate(&meta_graph)?;
        let objects = ObjectGraph::read(&meta_graph)?;
        Ok(Description {
            path: path.to_owned(),
            fingerprint: Fingerprint::default(),
            checkpoint: path.join("variables").join("variables"),
            constants: constants(&meta_graph, &objects)?,
            checkpoint_keys: keys,
            resources: resources(&objects, &BTreeMap::new())?,
            objects,
            library: library(&meta_graph),
            tf1: None,
            tensorflow_version: version(&meta_graph),
            kept: Some(Kept { objects: meta_graph.object_graph_def.unwrap_or_default(), assets }),
        })
    }

    /// Where the checkpoint is, as TensorFlow names it.
    pub(super) fn checkpoint_prefix(&self) -> Result<&str> {
        utf8(&self.checkpoint)
    }

    /// The path of an asset, by its node.
    pub(super) fn asset_path(&self, node: usize, file_name: &str) -> Result<String> {
        match self.kept.as_ref().and_then(|kept| kept.assets.get(&node)) {
            Some((path, _)) => utf8(path).map(str::to_owned),
            None => self.file_path(file_name),
        }
    }

    /// The path of a file among the model's assets.
    pub(super) fn file_path(&self, file_name: &str) -> Result<String> {
        utf8(&self.path.join("assets").join(file_name)).map(str::to_owned)
    }

    pub(super) fn object(&self, node: usize) -> &Object {
        &self.objects.nodes[node]
    }

    pub(super) fn trace(&self, name: &str) -> Result<&ConcreteFunction> {
        self.objects
            .concrete_functions
            .get(name)
            .ok_or_else(|| Error::structure(format!("the trace `{name}` is not among the concrete functions")))
    }

    /// The function at a node, or that of its `__call__`.
    pub(super) fn function(&self, path: &str, node: usize) -> Option<Function> {
        let node = match &self.object(node).kind {
            ObjectKind::Function(_) | ObjectKind::BareFunction { .. } => node,
            _ => self.objects.child(node, "__call__")?,
        };
        let path = path.to_owned();
        match &self.object(node).kind {
            ObjectKind::Function(function) => {
                Some(Function { path, traces: function.traces.clone(), spec: function.spec.clone(), flat: None })
            }
            ObjectKind::BareFunction { name, argument_keywords, allowed_positional_arguments, spec } => {
                let flat =
                    FlatCall { keywords: argument_keywords.clone(), most_positional: *allowed_positional_arguments };
                Some(Function { path, traces: vec![name.clone()], spec: spec.clone(), flat: Some(flat) })
            }
            _ => None,
        }
    }

    /// The tensors that a trace takes, captures left out: as its arguments describe them, or, where those were saved
    /// without structure, as the function itself does.
    pub(super) fn input_specs(&self, trace: &str) -> Result<Vec<TensorSpec>> {
        let concrete = self.trace(trace)?;
        let mut specs = Vec::new();
        for leaf in concrete.arguments.leaves() {
            let unsupported = || Error::Unsupported { what: format!("an argument {leaf} of `{trace}`") };
            specs.extend(leaf.parts().ok_or_else(unsupported)?);
        }
        let function = self.library.function.iter().find(|function| function.name() == trace);
        match function.map(|function| flat_specs(function, concrete.bound_inputs.len())).transpose()? {
            Some(flat) if specs.is_empty() => Ok(flat),
            _ => Ok(specs),
        }
    }

    /// The signatures of an object, by name.
    pub(super) fn signatures(&self, object: usize) -> BTreeMap<String, NamedTrace> {
        if let Some(tf1) = &self.tf1 {
            return tf1.named_traces();
        }
        let Some(map) = self.objects.child(object, "signatures") else { return BTreeMap::new() };
        let children = self.object(map).children.iter();
        children
            .filter(|(name, _)| name != HIDDEN_SIGNATURE)
            .filter_map(|(name, node)| match &self.object(*node).kind {
                ObjectKind::BareFunction { name: trace, argument_keywords, .. } => {
                    let named = NamedTrace { trace: trace.clone(), inputs: argument_keywords.clone() };
                    Some((name.clone(), named))
                }
                _ => None,
            })
            .collect()
    }

    /// The items of a list that an object has under `name`, in order.
    pub(super) fn list(&self, object: usize, name: &str) -> Vec<usize> {
        let Some(list) = self.objects.child(object, name) else { return Vec::new() };
        let mut items: Vec<(usize, usize)> =
            self.object(list).children.iter().filter_map(|(index, node)| Some((index.parse().ok()?, *node))).collect();
        items.sort_unstable();
        items.into_iter().map(|(_, node)| node).collect()
    }
}

/// A path as TensorFlow takes it.
pub(super) fn utf8(path: &Path) -> Result<&str> {
    let why = || Error::NotAModel { path: path.to_owned(), why: "TensorFlow needs its path as UTF-8".into() };
    path.to_str().ok_or_else(why)
}

/// The tensors that a function takes, without the last ones, which are captured.
fn flat_specs(function: &FunctionDef, captured: usize) -> Result<Vec<TensorSpec>> {
    let arguments = function.signature.as_ref().map_or(&[][..], |signature| &signature.input_arg);
    let own = &arguments[..arguments.len().saturating_sub(captured)];
    let spec = |(index, argument): (usize, &ArgDef)| {
        let attributes = u32::try_from(index).ok().and_then(|index| function.arg_attr.get(&index));
        let shapes = attributes.and_then(|of| of.attr.get("_output_shapes")?.value.as_ref());
        let shape = match shapes {
            Some(AttrValueValue::List(list)) => list.shape.first().map_or(Ok(Shape::unknown()), shape::decode)?,
            _ => Shape::unknown(),
        };
        let dtype = DType::from_number(argument.r#type);
        let why = || Error::structure(format!("the argument `{}` has no element type", argument.name));
        Ok(TensorSpec { name: Some(argument.name.clone()), shape, dtype: dtype.ok_or_else(why)? })
    };
    own.iter().enumerate().map(spec).collect()
}

/// The part of a model that an object needs.
fn part(meta_graph: &MetaGraphDef, object: usize) -> Result<Part> {
    let missing = || Error::structure("there is no object graph");
    Part::of(meta_graph.object_graph_def.as_ref().ok_or_else(missing)?, &library(meta_graph), &[object])
}

fn version(meta_graph: &MetaGraphDef) -> String {
    meta_graph.meta_info_def.as_ref().map(|info| info.tensorflow_version.clone()).unwrap_or_default()
}

fn library(meta_graph: &MetaGraphDef) -> FunctionDefLibrary {
    meta_graph.graph_def.as_ref().and_then(|graph| graph.library.clone()).unwrap_or_default()
}

fn constants(meta_graph: &MetaGraphDef, objects: &ObjectGraph) -> Result<BTreeMap<usize, Tensor>> {
    let is_constant = |node: &usize| matches!(objects.nodes[*node].kind, ObjectKind::Constant { .. });
    (0..objects.nodes.len()).filter(is_constant).map(|node| Ok((node, objects.constant(meta_graph, node)?))).collect()
}

/// Where in the checkpoint things are.
#[derive(Default)]
struct Keys {
    /// For each node, its attributes and their keys.
    attributes: BTreeMap<usize, Vec<(String, String)>>,
    /// For each variable, the key of its value.
    variables: BTreeMap<usize, String>,
}

impl Keys {
    /// Opens the checkpoint, checks it against the object graph, and finds the keys.
    fn read(path: &Path, objects: &ObjectGraph, options: &LoadOptions) -> Result<Keys> {
        if options.skip_checkpoint {
            return Ok(Keys::default());
        }
        let checkpoint = Checkpoint::open_optional(path)?;
        let mut attributes = BTreeMap::new();
        if let Some(checkpoint) = &checkpoint {
            checkpoint.check_shards()?;
            if let Some(saved) = checkpoint.object_graph()? {
                attributes = key_map(objects, &saved)?;
            }
        }
        let check = if options.allow_partial_checkpoint { check_some_variables } else { check_variables };
        let variables = check(path, objects, checkpoint.as_ref(), &attributes)?;
        Ok(Keys { attributes, variables })
    }

    /// Those of a part of the objects, which have these numbers in the whole.
    fn of_part(&self, nodes: &[usize]) -> Keys {
        let attributes = nodes.iter().enumerate();
        let attributes = attributes.filter_map(|(place, node)| Some((place, self.attributes.get(node)?.clone())));
        let variables = nodes.iter().enumerate();
        let variables = variables.filter_map(|(place, node)| Some((place, self.variables.get(node)?.clone())));
        Keys { attributes: attributes.collect(), variables: variables.collect() }
    }
}
