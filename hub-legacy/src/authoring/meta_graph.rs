//! A variant as TF1 writes it: the graph, its collections, its signatures.
//!
//! Python makes the variables of such a module anew and restores them by name; it wants an initialiser and a tensor of the
//! value for each. The first values themselves are not in the graph: a module always has a checkpoint.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use hub_core::graph::{Node, Operation};
use hub_core::model::GraphValue;
use hub_core::saved_model::collections::{
    REGULARIZATION_LOSSES, SAVED_VARIABLES, TABLE_INITIALIZERS, TRAINABLE_VARIABLES, UPDATES,
};
use hub_core::saved_model::proto::{
    Any, AnyList, AssetFileDef, AttrMap, AttrValue, AttrValueValue, BytesList, CollectionDef, CollectionDefKind,
    CompositeTensor, CooSparse, FunctionDef, GraphDef, MetaGraphDef, MetaInfoDef, ModuleAttachment, NodeDef, NodeList,
    SignatureDef, StructuredValueKind, TensorInfo, TensorInfoEncoding, VariableDef,
};
use hub_core::saved_model::{Spec, shape, tensor_proto, write};
use hub_core::{DType, Nest, Shape, Tensor};
use prost::Message;

use super::Written;
use super::checks::state;
use super::graph::ModuleGraph;
use crate::error::{Error, Result};

/// The release that the graphs of this format are taken to be from.
const TENSORFLOW_VERSION: &str = "2.15.0";

/// What stands in a graph for the path of a file.
const ASSET_PLACE: &str = "SAVEDMODEL-ASSET";

/// The meta graph of a variant; first values and files go to `written`.
pub(super) fn of(
    graph: &ModuleGraph<'_>,
    tags: Vec<String>,
    drop_collections: &[&str],
    written: &mut Written,
) -> Result<MetaGraphDef> {
    debug_assert!(graph.collections.keys().all(|name| drop_collections.contains(&name.as_str())));
    let mut signature_def = BTreeMap::new();
    for (name, ends) in &graph.signatures {
        let info = |ends: &BTreeMap<String, GraphValue<'_>>| {
            ends.iter().map(|(key, end)| Ok((key.clone(), tensor_info(end)?))).collect::<Result<BTreeMap<_, _>>>()
        };
        let definition =
            SignatureDef { inputs: info(&ends.inputs)?, outputs: info(&ends.outputs)?, ..Default::default() };
        signature_def.insert(name.clone(), definition);
    }
    let mut message = graph.scope.graph_def()?;
    let mut collections = Collections::default();
    variables(graph, &mut message, &mut collections, written)?;
    assets(graph, &mut message, &mut collections, written)?;
    let names = |operations: &[Operation<'_>]| operations.iter().map(|one| one.name()).collect::<Vec<_>>();
    keep_called(&mut message);
    let (_, initial) = graph.scope.initial_state();
    let filling: Vec<Operation<'_>> = initial.into_iter().filter(|one| one.op() != "AssignVariableOp").collect();
    collections.nodes(TABLE_INITIALIZERS, [names(&graph.table_initializers), names(&filling)].concat());
    collections.nodes(UPDATES, names(&graph.updates));
    collections.nodes(REGULARIZATION_LOSSES, graph.losses.iter().map(|loss| tensor_name(*loss)).collect());
    let attachments = graph.attachments.iter();
    let attachment =
        |(key, value): &(String, Vec<u8>)| ModuleAttachment { key: key.clone(), value: value.clone() }.encode_to_vec();
    collections.bytes("hub_module_attachments", attachments.map(attachment).collect());
    Ok(MetaGraphDef {
        meta_info_def: Some(MetaInfoDef {
            tags,
            tensorflow_version: TENSORFLOW_VERSION.into(),
            ..MetaInfoDef::default()
        }),
        graph_def: Some(message),
        collection_def: collections.0,
        signature_def,
        ..MetaGraphDef::default()
    })
}

/// The collections of a meta graph; empty ones are left out.
#[derive(Default)]
struct Collections(BTreeMap<String, CollectionDef>);

impl Collections {
    fn nodes(&mut self, name: &str, value: Vec<String>) {
        if !value.is_empty() {
            self.add(name, CollectionDefKind::NodeList(NodeList { value }));
        }
    }

    fn bytes(&mut self, name: &str, value: Vec<Vec<u8>>) {
        if !value.is_empty() {
            self.add(name, CollectionDefKind::BytesList(BytesList { value }));
        }
    }

    fn add(&mut self, name: &str, kind: CollectionDefKind) {
        self.0.insert(name.to_owned(), CollectionDef { kind: Some(kind) });
    }
}

/// The variables: each gets zeros in the place of its first value, and a tensor of its value.
fn variables(
    graph: &ModuleGraph<'_>,
    message: &mut GraphDef,
    collections: &mut Collections,
    written: &mut Written,
) -> Result<()> {
    let (values, operations) = graph.scope.initial_state();
    let values: BTreeMap<String, Tensor> =
        values.into_iter().map(|(node, value)| (node.operation().name(), value)).collect();
    let (mut all, mut trainable) = (Vec::new(), Vec::new());
    for handle in state(graph) {
        let name = handle.operation().name();
        let assign = operations.iter().find(|one| one.inputs().first().is_some_and(|input| input.id() == handle.id()));
        let fed = assign.and_then(|assign| assign.inputs().get(1).copied()).map(|node| node.operation().name());
        let (Some(assign), Some(fed)) = (assign, fed) else { continue };
        let value = values.get(&fed);
        let value = value.ok_or_else(|| hub_core::Error::structure(format!("`{name}` has no first value")))?;
        let read = format!("{name}/Read/ReadVariableOp");
        for node in &mut message.node {
            if node.name == name {
                // Each graph that the module is put into renames what is shared.
                node.attr.insert("shared_name".into(), attribute(AttrValueValue::S(name.clone().into_bytes())));
            }
        }
        message.node.retain(|node| node.name != fed);
        message.node.extend(zeros(&fed, value));
        message.node.push(reading(&read, &name, value.dtype()));
        let is_trainable = value.dtype().is_floating() && !graph.frozen.contains(&name);
        let definition = VariableDef {
            variable_name: format!("{name}:0"),
            initializer_name: assign.name(),
            snapshot_name: format!("{read}:0"),
            is_resource: true,
            initial_value_name: format!("{fed}:0"),
            trainable: is_trainable,
            ..VariableDef::default()
        }
        .encode_to_vec();
        if is_trainable {
            trainable.push(definition.clone());
        }
        all.push(definition);
        match written.values.get(&name) {
            Some(known) if known.dtype() != value.dtype() || known.shape() != value.shape() => {
                let what = format!("the variable `{name}` of another variant");
                let (expected, found) = (Shape::known(known.shape()), Shape::known(value.shape()));
                let (expected, found) = (expected.to_string(), found.to_string());
                return Err(hub_core::Error::ShapeMismatch { what, expected, found }.into());
            }
            Some(_) => {}
            None => drop(written.values.insert(name, value.clone())),
        }
    }
    // What fills tables waits for variables here; in a module nobody sets them by their first values.
    let assigned: BTreeSet<String> = operations.iter().map(|one| format!("^{}", one.name())).collect();
    for node in &mut message.node {
        let is_set = |input: &String| assigned.contains(input);
        node.input.retain(|input| !is_set(input) || node.op == "AssignVariableOp");
    }
    collections.bytes(SAVED_VARIABLES, all);
    collections.bytes(TRAINABLE_VARIABLES, trainable);
    Ok(())
}

/// Zeros like a value, under this name.
fn zeros(name: &str, value: &Tensor) -> [NodeDef; 3] {
    let dimensions: Vec<i32> = value.shape().iter().map(|size| *size as i32).collect();
    let zero = match value.dtype() {
        DType::String => Tensor::from(""),
        dtype => Tensor::from_bytes(dtype, &[], &vec![0; value.bytes().map_or(0, <[u8]>::len) / value.len().max(1)])
            .unwrap_or_else(|_| Tensor::scalar(0_i32)),
    };
    let (shape_name, zero_name) = (format!("{name}/shape"), format!("{name}/zero"));
    let mut attr = AttrMap::default();
    attr.insert("T".into(), attribute(AttrValueValue::Type(value.dtype().number())));
    attr.insert("index_type".into(), attribute(AttrValueValue::Type(DType::I32.number())));
    let input = vec![shape_name.clone(), zero_name.clone()];
    let fill = NodeDef { name: name.into(), op: "Fill".into(), input, attr, ..NodeDef::default() };
    [constant(&shape_name, &Tensor::vector(dimensions)), constant(&zero_name, &zero), fill]
}

fn constant(name: &str, value: &Tensor) -> NodeDef {
    let mut attr = AttrMap::default();
    attr.insert("dtype".into(), attribute(AttrValueValue::Type(value.dtype().number())));
    attr.insert("value".into(), attribute(AttrValueValue::Tensor(Box::new(tensor_proto::encode(value)))));
    NodeDef { name: name.into(), op: "Const".into(), attr, ..NodeDef::default() }
}

fn reading(name: &str, variable: &str, dtype: DType) -> NodeDef {
    let mut attr = AttrMap::default();
    attr.insert("dtype".into(), attribute(AttrValueValue::Type(dtype.number())));
    NodeDef { name: name.into(), op: "ReadVariableOp".into(), input: vec![variable.into()], attr, ..NodeDef::default() }
}

/// Leaves out the functions that nothing calls: those of modules that were used are written out in the graph.
fn keep_called(graph: &mut GraphDef) {
    let Some(library) = &mut graph.library else { return };
    let functions: BTreeMap<&str, &FunctionDef> = library.function.iter().map(|one| (one.name(), one)).collect();
    let mut open: Vec<String> = graph.node.iter().flat_map(named_by).collect();
    let mut called = BTreeSet::new();
    while let Some(name) = open.pop() {
        if let Some(function) = functions.get(name.as_str())
            && called.insert(name)
        {
            open.extend(function.node_def.iter().flat_map(named_by));
        }
    }
    library.function.retain(|function| called.contains(function.name()));
    library.gradient.retain(|gradient| called.contains(&gradient.function_name));
}

/// The names in a node that may be those of functions.
fn named_by(node: &NodeDef) -> Vec<String> {
    let mut names = vec![node.op.clone()];
    for value in node.attr.values() {
        match &value.value {
            Some(AttrValueValue::Func(function)) => names.push(function.name.clone()),
            Some(AttrValueValue::List(list)) => names.extend(list.func.iter().map(|function| function.name.clone())),
            _ => {}
        }
    }
    names
}

/// The files: a name for each among the assets, in the graph a word that stands for its path.
fn assets(
    graph: &ModuleGraph<'_>,
    message: &mut GraphDef,
    collections: &mut Collections,
    written: &mut Written,
) -> Result<()> {
    let mut files = Vec::new();
    for (node, path) in &graph.assets {
        let filename = file_name(Path::new(path), &mut written.assets)?;
        let name = node.operation().name();
        for own in message.node.iter_mut().filter(|own| own.name == name) {
            *own = constant(&name, &Tensor::from(ASSET_PLACE));
        }
        let tensor_info = TensorInfo {
            encoding: Some(TensorInfoEncoding::Name(tensor_name(*node))),
            dtype: DType::String.number(),
            tensor_shape: Some(shape::encode(&Shape::scalar())),
        };
        let file = AssetFileDef { tensor_info: Some(tensor_info), filename };
        let type_url = "type.googleapis.com/tensorflow.AssetFileDef".into();
        files.push(Any { type_url, value: file.encode_to_vec() });
    }
    if !files.is_empty() {
        collections.add("saved_model_assets", CollectionDefKind::AnyList(AnyList { value: files }));
    }
    Ok(())
}

/// The name of a file among the assets; one whose name another has gets a number, as in Python.
fn file_name(path: &Path, assets: &mut BTreeMap<String, PathBuf>) -> Result<String> {
    if let Some((name, _)) = assets.iter().find(|(_, known)| known.as_path() == path) {
        return Ok(name.clone());
    }
    let wanted = path.file_name().and_then(|name| name.to_str()).unwrap_or("asset").to_owned();
    let numbered = (0..).map(|number| format!("{wanted}{number}"));
    let mut names = std::iter::once(wanted.clone()).chain(numbered);
    let name = names.find(|name| !assets.contains_key(name)).unwrap_or(wanted);
    assets.insert(name.clone(), path.to_owned());
    Ok(name)
}

fn tensor_info(end: &GraphValue<'_>) -> Result<TensorInfo> {
    let plain = |node: Node<'_>| TensorInfo {
        encoding: Some(TensorInfoEncoding::Name(tensor_name(node))),
        dtype: node.dtype().number(),
        tensor_shape: Some(shape::encode(&node.shape())),
    };
    Ok(match end {
        GraphValue::Node(node) => plain(*node),
        GraphValue::Sparse { indices, values, dense_shape } => TensorInfo {
            encoding: Some(TensorInfoEncoding::CooSparse(Box::new(CooSparse {
                values_tensor_name: tensor_name(*values),
                indices_tensor_name: tensor_name(*indices),
                dense_shape_tensor_name: tensor_name(*dense_shape),
            }))),
            dtype: values.dtype().number(),
            // The shape of the indices says how many dimensions there are.
            tensor_shape: Some(shape::encode(&match indices.shape().dimension(1) {
                Some(rank) => Shape::from(vec![None; rank]),
                None => Shape::unknown(),
            })),
        },
        GraphValue::Ragged { flat_values, row_splits } => ragged(*flat_values, row_splits, plain)?,
        other => {
            let what = format!("{other:?} as an end of a signature");
            return Err(hub_core::Error::Unsupported { what }.into());
        }
    })
}

fn ragged(
    flat_values: Node<'_>,
    row_splits: &[Node<'_>],
    plain: impl Fn(Node<'_>) -> TensorInfo,
) -> Result<TensorInfo> {
    let inner = flat_values.shape().dimensions().map(|sizes| sizes.get(1..).unwrap_or_default().to_vec());
    let shape = match inner {
        Some(inner) => Shape::from([vec![None; row_splits.len() + 1], inner].concat()),
        None => Shape::unknown(),
    };
    let row_splits_dtype = row_splits.first().map_or(DType::I64, |splits| splits.dtype());
    let dtype = flat_values.dtype();
    let spec = Spec::Ragged { shape: shape.clone(), dtype, ragged_rank: row_splits.len(), row_splits_dtype };
    let encoded = write::encode(&Nest::Leaf(spec))?;
    let Some(StructuredValueKind::TypeSpecValue(type_spec)) = encoded.kind else {
        return Err(Error::Core(hub_core::Error::structure("the type of a ragged tensor is none")));
    };
    let components = std::iter::once(flat_values).chain(row_splits.iter().copied()).map(plain).collect();
    Ok(TensorInfo {
        encoding: Some(TensorInfoEncoding::CompositeTensor(Box::new(CompositeTensor {
            type_spec: Some(*type_spec),
            components,
        }))),
        dtype: dtype.number(),
        tensor_shape: Some(shape::encode(&shape)),
    })
}

fn tensor_name(node: Node<'_>) -> String {
    format!("{}:{}", node.operation().name(), node.place())
}

fn attribute(value: AttrValueValue) -> AttrValue {
    AttrValue { value: Some(value) }
}
