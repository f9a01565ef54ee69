//! From a decoded SavedModel to its description.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use super::super::checkpoint::Checkpoint;
use super::super::collections;
use super::super::hub_module::{attachments, image_size, is_hub_module};
use super::super::object_graph::{ObjectGraph, ObjectKind};
use super::super::proto::{self, AssetFileDef, GraphDef, MetaGraphDef, TensorInfo, TensorInfoEncoding};
use super::super::read::SavedModel;
use super::super::{shape, validate};
use super::{
    Asset, Attachment, Callable, Description, ImageSize, MetaGraph, Signature, SignatureTensor, Size, Trace, variables,
};
use crate::dtype::DType;
use crate::error::Result;
use crate::tensor::Nest;

/// The format whose objects are described, not only its signatures.
const TF2: &str = "TF2 SavedModel";

/// The signature that only names the op to run after loading.
const INIT_OP: &str = "__saved_model_init_op";

/// Where Keras keeps what it needs to make its own classes again.
const KERAS_API: &str = "keras_api";

impl SavedModel {
    /// Describes the meta graph with these tags, or all.
    ///
    /// # Errors
    /// As [`describe`](super::describe()), without those of reading.
    pub fn describe(self, tags: Option<&[String]>) -> Result<Description> {
        let tag_sets = self.tag_sets();
        let wanted = match tags {
            Some(tags) => Some(self.meta_graph(Some(tags))?.meta_info_def.clone().unwrap_or_default().tags),
            None => None,
        };
        let directory = self.path().to_owned();
        let format = match is_hub_module(&directory)? {
            true => "TF1 Hub module",
            false if self.is_tf2(&self.meta_graphs()[0]) => TF2,
            false => "TF1 SavedModel",
        };
        let size = size(&directory);
        // Each message goes as soon as it is described.
        let meta_graphs = self
            .message
            .meta_graphs
            .into_iter()
            .zip(&tag_sets)
            .filter(|(_, tags)| wanted.as_ref().is_none_or(|wanted| wanted == *tags))
            .map(|(meta_graph, _)| describe(&directory, meta_graph, format))
            .collect::<Result<_>>()?;
        Ok(Description { tag_sets, size, meta_graphs })
    }
}

fn describe(directory: &Path, mut meta_graph: MetaGraphDef, format: &'static str) -> Result<MetaGraph> {
    validate(&meta_graph)?;
    let info = meta_graph.meta_info_def.as_ref();
    let versions = meta_graph.graph_def.as_ref().and_then(|graph| graph.versions.clone()).unwrap_or_default();
    let attached = attachments(&meta_graph)?;
    let mut description = MetaGraph {
        format,
        tags: info.map_or_else(Vec::new, |info| info.tags.clone()),
        tensorflow_version: info.map_or_else(String::new, |info| info.tensorflow_version.clone()),
        producer: versions.producer,
        min_consumer: versions.min_consumer,
        signatures: signatures(&meta_graph)?,
        callables: Vec::new(),
        variables: Vec::new(),
        assets: assets(directory, &meta_graph)?,
        image_size: image_size(&attached).map(|(height, width)| ImageSize { height, width }),
        attachments: attached.into_iter().map(|(key, value)| Attachment { key, value }).collect(),
        ops: meta_graph.graph_def.as_ref().map_or_else(BTreeMap::new, ops),
    };
    let checkpoint = Checkpoint::open_optional(directory)?;
    if let Some(checkpoint) = &checkpoint {
        checkpoint.check_shards()?;
    }
    if format == TF2 {
        drop_bodies(&mut meta_graph);
        let graph = ObjectGraph::read(&meta_graph)?;
        drop(meta_graph);
        description.variables = variables::by_object(directory, &graph, checkpoint.as_ref())?;
        description.callables = callables(graph);
    } else if let Some(checkpoint) = &checkpoint {
        description.variables = variables::by_name(checkpoint, &meta_graph)?;
    }
    Ok(description)
}

/// Lets go of what the object graph does not refer to: most of the message.
fn drop_bodies(meta_graph: &mut MetaGraphDef) {
    let Some(graph) = &mut meta_graph.graph_def else { return };
    graph.node.retain(|node| node.op == "Const");
    for function in graph.library.iter_mut().flat_map(|library| &mut library.function) {
        (function.node_def, function.arg_attr) = (Vec::new(), BTreeMap::new());
    }
}

fn signatures(meta_graph: &MetaGraphDef) -> Result<Vec<Signature>> {
    let shown = meta_graph.signature_def.iter().filter(|(name, _)| *name != INIT_OP);
    let tensors = |tensors: &BTreeMap<String, TensorInfo>| {
        tensors.iter().map(|(name, info)| signature_tensor(name, info)).collect::<Result<_>>()
    };
    shown
        .map(|(name, signature)| {
            Ok(Signature {
                name: name.clone(),
                method_name: signature.method_name.clone(),
                inputs: tensors(&signature.inputs)?,
                outputs: tensors(&signature.outputs)?,
            })
        })
        .collect()
}

fn signature_tensor(name: &str, info: &TensorInfo) -> Result<SignatureTensor> {
    let (composite, tensors) = match &info.encoding {
        Some(TensorInfoEncoding::Name(tensor)) => (None, vec![tensor.clone()]),
        Some(TensorInfoEncoding::CooSparse(sparse)) => {
            let sparse = &**sparse;
            let parts = [&sparse.indices_tensor_name, &sparse.values_tensor_name, &sparse.dense_shape_tensor_name];
            (Some("SparseTensor".to_owned()), parts.map(Clone::clone).into())
        }
        Some(TensorInfoEncoding::CompositeTensor(composite)) => {
            let class = composite.type_spec.as_ref().map_or("", |spec| &spec.type_spec_class_name);
            let names = composite.components.iter().filter_map(|component| match &component.encoding {
                Some(TensorInfoEncoding::Name(name)) => Some(name.clone()),
                _ => None,
            });
            (Some(class.to_owned()), names.collect())
        }
        None => (None, Vec::new()),
    };
    let shape = shape::decode_optional(info.tensor_shape.as_ref())?;
    Ok(SignatureTensor { name: name.to_owned(), dtype: dtype_name(info.dtype), shape, composite, tensors })
}

/// The name of an element type, as TensorFlow prints it; references to variables end in `_ref`.
fn dtype_name(number: i32) -> String {
    match (DType::from_number(number), DType::from_number(number.saturating_sub(100))) {
        (Some(dtype), _) => dtype.name().to_owned(),
        (None, Some(dtype)) => format!("{dtype}_ref"),
        _ => String::new(),
    }
}

/// What can be called, with its traces. Signatures are listed apart; what Python marks as private, and the copies that
/// Keras keeps, not at all.
fn callables(mut graph: ObjectGraph) -> Vec<Callable> {
    let mut callables = Vec::new();
    for found in graph.functions() {
        let hidden = |name: &str| name == KERAS_API || name == "signatures" || name.starts_with('_');
        if found.path.split('.').any(hidden) {
            continue;
        }
        let object = &mut graph.nodes[found.node];
        let (names, spec) = match &object.kind {
            ObjectKind::Function(function) => (function.traces.clone(), function.spec.clone()),
            ObjectKind::BareFunction { name, spec, .. } => (vec![name.clone()], spec.clone()),
            _ => continue,
        };
        let trace = |function: String| {
            let concrete = graph.concrete_functions.get(&function);
            let (arguments, outputs) =
                concrete.map_or((Nest::None, Nest::None), |it| (it.arguments.clone(), it.outputs.clone()));
            Trace { function, arguments, outputs }
        };
        let traces: Vec<Trace> = names.into_iter().map(trace).collect();
        if !traces.is_empty() {
            callables.push(Callable { path: found.path, spec, traces });
        }
    }
    callables
}

/// The files that the graph names.
fn assets(directory: &Path, meta_graph: &MetaGraphDef) -> Result<Vec<Asset>> {
    // The names are plain: `validate` has looked.
    Ok(collections::assets(meta_graph)?.iter().map(|asset| describe_asset(directory, asset)).collect())
}

fn describe_asset(directory: &Path, asset: &AssetFileDef) -> Asset {
    let path = directory.join("assets").join(&asset.filename);
    let size_bytes = path.metadata().ok().filter(|metadata| metadata.is_file()).map(|metadata| metadata.len());
    Asset { file_name: asset.filename.clone(), size_bytes }
}

/// The ops of all nodes; calls of functions by their names are no ops.
fn ops(graph: &GraphDef) -> BTreeMap<String, usize> {
    let functions: &[proto::FunctionDef] = graph.library.as_ref().map_or(&[], |library| &library.function);
    let names: HashSet<&str> = functions.iter().filter_map(|it| Some(it.signature.as_ref()?.name.as_str())).collect();
    let nodes = graph.node.iter().chain(functions.iter().flat_map(|function| &function.node_def));
    let mut ops = BTreeMap::new();
    for node in nodes.filter(|node| !names.contains(node.op.as_str())) {
        match ops.get_mut(&node.op) {
            Some(count) => *count += 1,
            None => {
                ops.insert(node.op.clone(), 1);
            }
        }
    }
    ops
}

fn size(directory: &Path) -> Size {
    let files = |name: &str| {
        let entries = directory.join(name).read_dir().into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.metadata().ok()).filter(|it| it.is_file()).map(|it| it.len()).sum()
    };
    Size {
        saved_model_bytes: directory.join("saved_model.pb").metadata().map_or(0, |metadata| metadata.len()),
        variables_bytes: files("variables"),
        assets_bytes: files("assets"),
    }
}
