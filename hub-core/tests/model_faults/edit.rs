//! A fixture's model, changed, in a directory of its own.

use std::fs;
use std::path::{Path, PathBuf};

use hub_core::saved_model::proto::{
    AttrList, AttrValue, AttrValueValue, CollectionDef, CollectionDefKind, FunctionDef, GraphDef, MetaGraphDef,
    NameAttrList, NodeDef, SavedModel, TensorInfoEncoding, TensorProto, TensorShapeProto,
};
use hub_core::{Error, LoadOptions, LoadedModel, OpPolicy, Result};
use hub_fixtures::folder;
use prost::Message;

/// Numbers of element types.
pub(crate) const F32: i32 = 1;
pub(crate) const STRING: i32 = 7;

/// A copy of a fixture's model, with its message decoded.
pub(crate) struct Model {
    directory: tempfile::TempDir,
    pub(crate) message: SavedModel,
}

impl Model {
    pub(crate) fn of(fixture: &str) -> Model {
        let directory = tempfile::tempdir().expect("a directory");
        copy(&folder(fixture).join("model"), directory.path());
        let bytes = fs::read(directory.path().join("saved_model.pb")).expect("the fixture's model");
        Model { directory, message: SavedModel::decode(&bytes[..]).expect("the fixture's model") }
    }

    /// The fixture with one change.
    pub(crate) fn changed(fixture: &str, change: impl FnOnce(&mut MetaGraphDef)) -> Model {
        let mut model = Model::of(fixture);
        change(&mut model.message.meta_graphs[0]);
        model
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.directory.path().join(below)
    }

    pub(crate) fn write(&self) -> &Path {
        fs::write(self.path("saved_model.pb"), self.message.encode_to_vec()).expect("the model can be written");
        self.directory.path()
    }

    /// Loads what was changed.
    pub(crate) fn load(&self) -> Result<LoadedModel> {
        LoadedModel::from_directory(self.write(), &LoadOptions::new())
    }

    pub(crate) fn load_under(&self, policy: OpPolicy) -> Result<LoadedModel> {
        LoadedModel::from_directory(self.write(), &LoadOptions::new().op_policy(policy))
    }

    /// The error that loading ends with.
    pub(crate) fn error(&self) -> Error {
        self.load().expect_err("the model is not to be loaded")
    }

    /// The sentence of the structure's error.
    pub(crate) fn unsound(&self) -> String {
        match self.error() {
            Error::ModelStructure { why } => why,
            other => panic!("{other:?}"),
        }
    }
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the directory can be made");
    for entry in fs::read_dir(from).expect("the fixture") {
        let entry = entry.expect("the fixture");
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).expect("the file can be copied")),
        }
    }
}

pub(crate) fn graph(meta_graph: &mut MetaGraphDef) -> &mut GraphDef {
    meta_graph.graph_def.as_mut().expect("the fixture has a graph")
}

pub(crate) fn functions(meta_graph: &mut MetaGraphDef) -> &mut Vec<FunctionDef> {
    &mut graph(meta_graph).library.as_mut().expect("the fixture has functions").function
}

/// The function whose name holds this.
pub(crate) fn function<'m>(meta_graph: &'m mut MetaGraphDef, name: &str) -> &'m mut FunctionDef {
    let found = functions(meta_graph).iter_mut().find(|function| name_of(function).contains(name));
    found.unwrap_or_else(|| panic!("the fixture has a function `{name}`"))
}

pub(crate) fn name_of(function: &FunctionDef) -> &str {
    &function.signature.as_ref().expect("functions have signatures").name
}

/// The name of the initialiser of a TF1 model.
pub(crate) fn initialiser(meta_graph: &MetaGraphDef) -> String {
    const NAME: &str = "__saved_model_init_op";
    let signature = meta_graph.signature_def.get(NAME).and_then(|signature| signature.outputs.get(NAME));
    match (signature.and_then(|info| info.encoding.as_ref()), meta_graph.collection_def.get("saved_model_main_op")) {
        (Some(TensorInfoEncoding::Name(name)), _) => name.split(':').next().unwrap_or(name).to_owned(),
        (_, Some(CollectionDef { kind: Some(CollectionDefKind::NodeList(list)) })) => list.value[0].clone(),
        _ => panic!("the fixture has an initialiser"),
    }
}

pub(crate) fn attr(value: AttrValueValue) -> AttrValue {
    AttrValue { value: Some(value) }
}

pub(crate) fn text(value: &str) -> AttrValue {
    attr(AttrValueValue::S(value.into()))
}

pub(crate) fn types(types: &[i32]) -> AttrValue {
    attr(AttrValueValue::List(Box::new(AttrList { r#type: types.to_vec(), ..Default::default() })))
}

pub(crate) fn function_attr(name: &str) -> AttrValue {
    attr(AttrValueValue::Func(Box::new(NameAttrList { name: name.into(), ..Default::default() })))
}

pub(crate) fn node(name: &str, op: &str, inputs: &[&str]) -> NodeDef {
    let input = inputs.iter().map(|input| input.to_string()).collect();
    NodeDef { name: name.into(), op: op.into(), input, ..Default::default() }
}

/// A node with attributes.
pub(crate) fn node_with(name: &str, op: &str, inputs: &[&str], attributes: &[(&str, AttrValue)]) -> NodeDef {
    let attr = attributes.iter().map(|(name, value)| (name.to_string(), value.clone())).collect();
    NodeDef { attr, ..node(name, op, inputs) }
}

/// A constant text.
pub(crate) fn constant(name: &str, value: &[u8]) -> NodeDef {
    let tensor = TensorProto {
        dtype: STRING,
        tensor_shape: Some(TensorShapeProto::default()),
        string_val: vec![value.to_vec()],
        ..Default::default()
    };
    let value = attr(AttrValueValue::Tensor(Box::new(tensor)));
    node_with(name, "Const", &[], &[("dtype", attr(AttrValueValue::Type(STRING))), ("value", value)])
}

/// A call of a function with as many float inputs and outputs.
pub(crate) fn call(name: &str, function: &str, inputs: &[&str], outputs: usize) -> NodeDef {
    let attributes = [
        ("Tin", types(&vec![F32; inputs.len()])),
        ("Tout", types(&vec![F32; outputs])),
        ("f", function_attr(function)),
    ];
    node_with(name, "PartitionedCall", inputs, &attributes)
}
