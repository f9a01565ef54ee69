//! SavedModels of TF1: a whole graph instead of an object graph, restored by its own saver, called by signatures.
//!
//! The rules are those of TensorFlow's `load_v2`: the graph is imported as it is; the saver's restore operation runs, then
//! the initialiser (`__saved_model_init_op`, else the collections `saved_model_main_op` and `legacy_init_op`) with the
//! paths of the assets fed. Signatures take tensors by name; inputs and outputs go by sorted key. Sparse and composite
//! inputs and outputs are named as not supported when they are called. The TF1 Hub format is hub-legacy's.

use std::collections::BTreeMap;
use std::path::Path;

use prost::Message;

use super::description::{HIDDEN_SIGNATURE, NamedTrace};
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::graph::{Node, Operation, PreparedCall, Program};
use crate::saved_model::proto::{
    AssetFileDef, CollectionDefKind, GraphDef, MetaGraphDef, SignatureDef, TensorInfo, TensorInfoEncoding,
};
use crate::saved_model::{ConcreteFunction, Spec, TensorSpec, shape};
use crate::tensor::{Nest, Shape, Tensor};

/// What is needed of a TF1 meta graph to run it.
#[derive(Debug)]
pub(super) struct Tf1Graph {
    graph: GraphDef,
    /// The tensor that takes the checkpoint's path, and the operation that restores.
    saver: Option<(String, String)>,
    /// The operation that initialises tables and the like.
    initialiser: Option<String>,
    /// The tensors that take the paths of assets, each with its file; a model may list one twice.
    assets: BTreeMap<String, String>,
    signatures: BTreeMap<String, Ends>,
}

/// The tensors of a signature, by key.
#[derive(Debug, Default)]
struct Ends {
    inputs: BTreeMap<String, Option<String>>,
    outputs: BTreeMap<String, Option<String>>,
}

impl Tf1Graph {
    /// Takes what is needed out of a meta graph that has been validated.
    pub(super) fn read(path: &Path, meta_graph: &MetaGraphDef) -> Result<Tf1Graph> {
        let saver = meta_graph.saver_def.as_ref().filter(|saver| !saver.restore_op_name.is_empty());
        let visible = meta_graph.signature_def.iter().filter(|(name, _)| *name != HIDDEN_SIGNATURE);
        let tensors = |infos: &BTreeMap<String, TensorInfo>| {
            infos.iter().map(|(key, info)| (key.clone(), tensor_name(info).map(str::to_owned))).collect()
        };
        Ok(Tf1Graph {
            graph: meta_graph.graph_def.clone().unwrap_or_default(),
            saver: saver.map(|saver| (saver.filename_tensor_name.clone(), saver.restore_op_name.clone())),
            initialiser: initialiser(meta_graph)?,
            assets: assets(path, meta_graph)?,
            signatures: visible
                .map(|(name, signature)| {
                    (name.clone(), Ends { inputs: tensors(&signature.inputs), outputs: tensors(&signature.outputs) })
                })
                .collect(),
        })
    }

    /// The signatures, each as a trace of its own name.
    pub(super) fn named_traces(&self) -> BTreeMap<String, NamedTrace> {
        let named = |(name, ends): (&String, &Ends)| {
            (name.clone(), NamedTrace { trace: name.clone(), inputs: ends.inputs.keys().cloned().collect() })
        };
        self.signatures.iter().map(named).collect()
    }

    /// Imports the graph, restores its variables and initialises it.
    pub(super) fn start(&self, path: &Path, program: &Program) -> Result<()> {
        let scope = program.scope();
        scope.import_graph(&self.graph.encode_to_vec())?;
        if let Some((file_name, restore)) = &self.saver {
            let prefix = path.join("variables").join("variables");
            if !prefix.with_extension("index").is_file() {
                return Err(Error::MissingVariables { path: path.to_owned(), missing: vec!["variables.index".into()] });
            }
            let call = program.prepare(&[self.tensor(program, file_name)?], &[], &[operation(program, restore)?])?;
            program.run_checked(&call, &[&text(&prefix)?])?;
        }
        if let Some(initialiser) = &self.initialiser {
            let feeds: Vec<Node<'_>> =
                self.assets.keys().map(|tensor| self.tensor(program, tensor)).collect::<Result<_>>()?;
            let paths: Vec<Tensor> =
                self.assets.values().map(|file| text(&path.join("assets").join(file))).collect::<Result<_>>()?;
            let call = program.prepare(&feeds, &[], &[operation(program, initialiser)?])?;
            program.run_checked(&call, &paths.iter().collect::<Vec<_>>())?;
        }
        Ok(())
    }

    /// A signature made ready to run: feeds and fetches by sorted key.
    pub(super) fn prepare(&self, program: &Program, signature: &str) -> Result<PreparedCall> {
        let ends = self.signatures.get(signature);
        let ends = ends.ok_or_else(|| Error::structure(format!("the signature `{signature}` is not there")))?;
        let nodes = |tensors: &BTreeMap<String, Option<String>>| {
            tensors
                .iter()
                .map(|(key, tensor)| match tensor {
                    Some(tensor) => self.tensor(program, tensor),
                    None => Err(Error::Unsupported {
                        what: format!("`{key}` of the signature `{signature}`, which is no plain tensor,"),
                    }),
                })
                .collect::<Result<Vec<_>>>()
        };
        program.prepare(&nodes(&ends.inputs)?, &nodes(&ends.outputs)?, &[])
    }

    fn tensor<'g>(&self, program: &'g Program, name: &str) -> Result<Node<'g>> {
        let (node, output) = name.split_once(':').unwrap_or((name, "0"));
        let output = output.parse::<usize>().ok();
        let found = program.scope().find(node).zip(output).map(|(operation, output)| operation.output(output));
        found
            .filter(|node| !node.is_missing())
            .ok_or_else(|| Error::structure(format!("the tensor `{name}` is not in the graph")))
    }
}

/// The specs of a signature as those of a trace.
pub(super) fn concrete_function(signature: &SignatureDef) -> Result<ConcreteFunction> {
    let specs = |infos: &BTreeMap<String, TensorInfo>| {
        let entries = infos.iter().map(|(key, info)| Ok((key.clone(), Nest::Leaf(spec(key, info)?))));
        Ok::<_, Error>(Nest::Dict(entries.collect::<Result<_>>()?))
    };
    Ok(ConcreteFunction {
        arguments: Nest::Tuple(vec![Nest::Tuple(Vec::new()), specs(&signature.inputs)?]),
        outputs: specs(&signature.outputs)?,
        bound_inputs: Vec::new(),
    })
}

fn spec(key: &str, info: &TensorInfo) -> Result<Spec> {
    // Reference types are the plain ones plus 100; what is fed and fetched is plain.
    let dtype = DType::from_number(info.dtype % 100);
    match (tensor_name(info), dtype) {
        (Some(_), Some(dtype)) => {
            let shape = info.tensor_shape.as_ref().map_or(Ok(Shape::unknown()), shape::decode)?;
            Ok(Spec::Tensor(TensorSpec { name: Some(key.to_owned()), shape, dtype }))
        }
        _ => Ok(Spec::Other { class_name: "a sparse or composite tensor".into(), components: 1 }),
    }
}

fn tensor_name(info: &TensorInfo) -> Option<&str> {
    match &info.encoding {
        Some(TensorInfoEncoding::Name(name)) => Some(name),
        _ => None,
    }
}

fn operation<'g>(program: &'g Program, name: &str) -> Result<Operation<'g>> {
    let name = name.split(':').next().unwrap_or(name);
    program.scope().find(name).ok_or_else(|| Error::structure(format!("the operation `{name}` is not in the graph")))
}

/// A path as TensorFlow takes it.
fn text(path: &Path) -> Result<Tensor> {
    path.to_str()
        .map(Tensor::from)
        .ok_or_else(|| Error::NotAModel { path: path.to_owned(), why: "TensorFlow needs the path as UTF-8".into() })
}

/// The initialiser by `load_v2`'s order of places.
fn initialiser(meta_graph: &MetaGraphDef) -> Result<Option<String>> {
    if let Some(signature) = meta_graph.signature_def.get(HIDDEN_SIGNATURE) {
        return Ok(signature.outputs.get(HIDDEN_SIGNATURE).and_then(tensor_name).map(str::to_owned));
    }
    for collection in ["saved_model_main_op", "legacy_init_op"] {
        let found = meta_graph.collection_def.get(collection).and_then(|found| found.kind.as_ref());
        if let Some(CollectionDefKind::NodeList(nodes)) = found {
            match nodes.value.as_slice() {
                [] => {}
                [only] => return Ok(Some(only.clone())),
                many => return Err(Error::structure(format!("`{collection}` names {} operations", many.len()))),
            }
        }
    }
    Ok(None)
}

/// The assets: tensor and file name, from the meta graph or, in older models, from a collection.
fn assets(path: &Path, meta_graph: &MetaGraphDef) -> Result<BTreeMap<String, String>> {
    let mut definitions = meta_graph.asset_file_def.clone();
    let collection = meta_graph.collection_def.get("saved_model_assets").and_then(|found| found.kind.as_ref());
    if let (true, Some(CollectionDefKind::AnyList(list))) = (definitions.is_empty(), collection) {
        for any in &list.value {
            definitions.push(AssetFileDef::decode(any.value.as_slice()).map_err(|why| Error::ModelParse {
                path: path.join("saved_model.pb"),
                why: format!("an entry of the collection `saved_model_assets`: {why}"),
            })?);
        }
    }
    definitions
        .into_iter()
        .map(|asset| {
            let plain = Path::new(&asset.filename).components().count() == 1
                && Path::new(&asset.filename).file_name().is_some_and(|name| name == asset.filename.as_str());
            match (plain, asset.tensor_info.as_ref().and_then(tensor_name)) {
                (true, Some(tensor)) => Ok((tensor.to_owned(), asset.filename)),
                _ => Err(Error::structure(format!("the asset `{}` is no plain file of the model", asset.filename))),
            }
        })
        .collect()
}
