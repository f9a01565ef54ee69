//! A SavedModel under construction: its objects, functions and signatures, put together piece by piece.
//!
//! ```text
//! root ── __call__ (function: traces) ── variables, constants, tables that the traces capture
//!      ├─ layers, variables, ... (user objects: bags, lists, dicts)
//!      └─ signatures ── serving_default (one trace, tensors by name)
//! ```
//!
//! Whoever has a model to save describes it here; `serving` adds the graph for those who serve it, `keys` the names of
//! the values. Nothing is run. Functions come as messages: how they are made of graphs is the engine's side.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::function_spec::FunctionSpec;
use super::super::object_graph::{ConcreteFunction, VariableSpec};
use super::super::proto::{
    ArgAttrs, DtypeAndShape, FunctionDef, ObjectReference, RegisteredGradient, SaveableObject, SavedAsset,
    SavedConcreteFunction, SavedConstant, SavedFunction, SavedObject, SavedObjectKind as Kind, SavedUserObject,
    SavedVariable, SlotVariableReference, VersionDef,
};
use super::super::shape;
use super::super::structure::{Spec, TensorSpec};
use super::names::Names;
use super::nodes::{shapes, text};
use super::signature::Signature;
use super::structured::{encode, encode_function_spec};
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::tensor::{Nest, Tensor};

/// An object of a model under construction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(pub(super) usize);

/// A SavedModel under construction; `save` writes it.
#[derive(Debug)]
pub struct SavedModelBuilder {
    pub(super) nodes: Vec<SavedObject>,
    pub(super) concrete_functions: BTreeMap<String, SavedConcreteFunction>,
    pub(super) library: BTreeMap<String, FunctionDef>,
    pub(super) gradients: Vec<RegisteredGradient>,
    pub(super) variables: BTreeMap<usize, (VariableSpec, Tensor)>,
    /// With the names of their nodes.
    pub(super) constants: BTreeMap<usize, (String, Tensor)>,
    pub(super) assets: Vec<Asset>,
    /// The values of tables with the ends of their keys, by node and attribute.
    pub(super) tables: BTreeMap<(usize, String), Vec<(String, Tensor)>>,
    pub(super) signatures: BTreeMap<String, Signature>,
    /// The names of the serving graph's nodes.
    pub(super) names: Names,
    pub(super) tensorflow_version: String,
    pub(super) signature_map: ObjectId,
}

/// A file of the model.
#[derive(Debug)]
pub(super) struct Asset {
    pub(super) node: usize,
    pub(super) source: PathBuf,
    /// What is in it, where it need not be read.
    pub(super) bytes: Option<Arc<[u8]>>,
    pub(super) name: String,
}

impl Default for SavedModelBuilder {
    fn default() -> SavedModelBuilder {
        SavedModelBuilder::new()
    }
}

impl SavedModelBuilder {
    /// A model whose root is a bag without anything in it but its signatures, of which there are none.
    pub fn new() -> SavedModelBuilder {
        let mut builder = SavedModelBuilder {
            nodes: Vec::new(),
            concrete_functions: BTreeMap::new(),
            library: BTreeMap::new(),
            gradients: Vec::new(),
            variables: BTreeMap::new(),
            constants: BTreeMap::new(),
            assets: Vec::new(),
            tables: BTreeMap::new(),
            signatures: BTreeMap::new(),
            names: Names::default(),
            tensorflow_version: "2.13.0".into(),
            signature_map: ObjectId(1),
        };
        let root = builder.object("_generic_user_object");
        let map = builder.object("signature_map");
        builder.nodes[root.0].children.push(ObjectReference { node_id: 1, local_name: "signatures".into() });
        builder.signature_map = map;
        builder
    }

    /// The object that `load` gives.
    pub fn root(&self) -> ObjectId {
        ObjectId(0)
    }

    /// The release of TensorFlow that the functions were made with; the oldest supported one unless set.
    pub fn tensorflow_version(&mut self, version: impl Into<String>) {
        self.tensorflow_version = version.into();
    }

    /// An object that holds others: `_generic_user_object`, `trackable_list_wrapper`, `trackable_dict_wrapper`, ...
    pub fn object(&mut self, identifier: &str) -> ObjectId {
        self.object_with_metadata(identifier, String::new())
    }

    /// The same with what its class keeps of it, which is Keras's JSON for the layers of Keras.
    pub fn object_with_metadata(&mut self, identifier: &str, metadata: String) -> ObjectId {
        let version = VersionDef { producer: 1, min_consumer: 1, ..VersionDef::default() };
        let user = SavedUserObject { identifier: identifier.into(), version: Some(version), metadata };
        self.add(Kind::UserObject(Box::new(user)))
    }

    /// A list of objects, as Python's lists are saved.
    ///
    /// # Errors
    /// Those of [`SavedModelBuilder::child`].
    pub fn list(&mut self, items: &[ObjectId]) -> Result<ObjectId> {
        let list = self.object("trackable_list_wrapper");
        for (index, item) in items.iter().enumerate() {
            self.child(list, &index.to_string(), *item)?;
        }
        Ok(list)
    }

    /// Gives an object a further one by a name.
    ///
    /// # Errors
    /// [`Error::ModelStructure`] where it has one of that name.
    pub fn child(&mut self, parent: ObjectId, name: &str, child: ObjectId) -> Result<()> {
        let children = &mut self.nodes[parent.0].children;
        if children.iter().any(|other| other.local_name == name) {
            return Err(Error::structure(format!("two children have the name {name:?}")));
        }
        children.push(ObjectReference { node_id: child.0 as i32, local_name: name.into() });
        Ok(())
    }

    /// A variable with its value.
    ///
    /// # Errors
    /// [`Error::DTypeMismatch`] and [`Error::ShapeMismatch`] where the value is none of the variable's.
    pub fn variable(&mut self, spec: &VariableSpec, value: Tensor) -> Result<ObjectId> {
        if value.dtype() != spec.dtype {
            let what = format!("the variable `{}`", spec.name);
            return Err(Error::DTypeMismatch { what, expected: spec.dtype, found: value.dtype() });
        }
        if !spec.shape.accepts(value.shape()) {
            return Err(Error::ShapeMismatch {
                what: format!("the variable `{}`", spec.name),
                expected: spec.shape.to_string(),
                found: crate::tensor::Shape::known(value.shape()).to_string(),
            });
        }
        let message = SavedVariable {
            dtype: spec.dtype.number(),
            shape: Some(shape::encode(&spec.shape)),
            trainable: spec.trainable,
            name: spec.name.clone(),
            device: spec.device.clone(),
            ..SavedVariable::default()
        };
        let id = self.add(Kind::Variable(Box::new(message)));
        self.variables.insert(id.0, (spec.clone(), value));
        Ok(id)
    }

    /// A variable that an optimizer keeps beside another one.
    pub fn slot_variable(&mut self, optimizer: ObjectId, variable: ObjectId, name: &str, slot: ObjectId) {
        self.nodes[optimizer.0].slot_variables.push(SlotVariableReference {
            original_variable_node_id: variable.0 as i32,
            slot_name: name.into(),
            slot_variable_node_id: slot.0 as i32,
        });
    }

    /// A constant that functions capture.
    pub fn constant(&mut self, value: Tensor) -> ObjectId {
        let operation = self.names.unique("Const");
        let id = self.add(Kind::Constant(Box::new(SavedConstant { operation: operation.clone() })));
        self.constants.insert(id.0, (operation, value));
        id
    }

    /// A file that goes along with the model; functions that capture it get its path. Files of one name get numbers.
    ///
    /// # Errors
    /// [`Error::NotAModel`] where the path names no file.
    pub fn asset(&mut self, source: &Path) -> Result<ObjectId> {
        let id = self.add(Kind::Asset(SavedAsset::default()));
        let place = self.add_asset(id.0, source, None)?;
        self.nodes[id.0].kind = Some(Kind::Asset(SavedAsset { asset_file_def_index: place }));
        Ok(id)
    }

    /// Takes up the file of an object, and what is in it where that is known; answers with its place among the files.
    pub(super) fn add_asset(&mut self, node: usize, source: &Path, bytes: Option<Arc<[u8]>>) -> Result<i32> {
        let is_there = bytes.is_some() || source.is_file();
        let name = source.file_name().filter(|_| is_there).and_then(|name| name.to_str());
        let why =
            || Error::NotAModel { path: source.to_owned(), why: "an asset is a file with a name in UTF-8".into() };
        let wanted = name.ok_or_else(why)?;
        let taken = |name: &str| self.assets.iter().any(|asset| asset.name == name);
        let numbered = (1..).map(|number| format!("{wanted}_{number}"));
        let name = std::iter::once(wanted.to_owned()).chain(numbered).find(|name| !taken(name)).unwrap_or_default();
        self.assets.push(Asset { node, source: source.to_owned(), bytes, name });
        Ok(self.assets.len() as i32 - 1)
    }

    /// Something with a handle, such as a table: its children `_create_resource`, `_initialize` and `_destroy_resource`
    /// are functions that give the handle, fill what is behind it, and end it.
    pub fn resource(&mut self) -> ObjectId {
        self.add(Kind::Resource(Box::default()))
    }

    /// What of an object is saved by functions: the trace that gives it, the one that takes it back, and what it is now,
    /// with the ends of the keys.
    pub fn saved_by_functions(
        &mut self,
        object: ObjectId,
        attribute: &str,
        (save, restore): (ObjectId, ObjectId),
        values: Vec<(String, Tensor)>,
    ) {
        let functions = SaveableObject { save_function: save.0 as i32, restore_function: restore.0 as i32 };
        self.nodes[object.0].saveable_objects.insert(attribute.into(), functions);
        self.tables.insert((object.0, attribute.into()), values);
    }

    /// A function that others call; one that is there under its name already stays.
    pub fn library_function(&mut self, function: FunctionDef) {
        self.library.entry(function.name().to_owned()).or_insert(function);
    }

    /// A gradient that comes with the functions.
    pub fn registered_gradient(&mut self, gradient: RegisteredGradient) {
        self.gradients.push(gradient);
    }

    /// The name, or that with a number, where a function has it already.
    pub fn free_function_name(&self, wanted: &str) -> String {
        let numbered = (1..).map(|number| format!("{wanted}_{number}"));
        let mut names = std::iter::once(wanted.to_owned()).chain(numbered);
        names.find(|name| !self.library.contains_key(name)).unwrap_or_default()
    }

    /// A trace: a function of the library with what it takes and returns. What it has captured follows its arguments.
    ///
    /// # Errors
    /// [`Error::ModelStructure`] where the function does not take and give as many tensors, or its name is taken;
    /// [`Error::Unsupported`] for specs that cannot be written.
    pub fn trace(
        &mut self,
        mut function: FunctionDef,
        arguments: &Nest<Spec>,
        outputs: &Nest<Spec>,
        captured: &[ObjectId],
    ) -> Result<String> {
        let name = function.name().to_owned();
        let taken = || Error::structure(format!("there are two functions `{name}`"));
        let signature = function.signature.as_mut().ok_or_else(|| Error::structure("a function without signature"))?;
        let (inputs, results) = (tensors(arguments)?, tensors(outputs)?);
        let (takes, gives) = (signature.input_arg.len(), signature.output_arg.len());
        if takes != inputs.len() + captured.len() || gives != results.len() {
            return Err(Error::structure(format!(
                "`{name}` takes {takes} tensors and gives {gives}, expected {} and {} with {} captured",
                inputs.len() + captured.len(),
                results.len(),
                captured.len()
            )));
        }
        for (argument, object) in signature.input_arg[inputs.len()..].iter_mut().zip(captured) {
            argument.handle_data = self.handle_data(*object);
        }
        for (index, spec) in inputs.iter().enumerate() {
            let shown = spec.name.clone().unwrap_or_else(|| signature.input_arg[index].name.clone());
            let attributes =
                [("_output_shapes".to_owned(), shapes(&spec.shape)), ("_user_specified_name".to_owned(), text(&shown))];
            function.arg_attr.insert(index as u32, ArgAttrs { attr: attributes.into() });
        }
        let message = SavedConcreteFunction {
            bound_inputs: captured.iter().map(|object| object.0 as i32).collect(),
            canonicalized_input_signature: Some(encode(arguments)?),
            output_signature: Some(encode(outputs)?),
        };
        if self.library.contains_key(&name) {
            return Err(taken());
        }
        self.library.insert(name.clone(), function);
        self.concrete_functions.insert(name.clone(), message);
        Ok(name)
    }

    /// The same for a function that was read from another model.
    ///
    /// # Errors
    /// Those of [`SavedModelBuilder::trace`].
    pub fn concrete_function(
        &mut self,
        function: FunctionDef,
        concrete: &ConcreteFunction,
        captured: &[ObjectId],
    ) -> Result<String> {
        self.trace(function, &concrete.arguments, &concrete.outputs, captured)
    }

    /// A function of Python's with its traces, which are tried in this order.
    ///
    /// # Errors
    /// [`Error::ModelStructure`] for a trace that is not there, [`Error::Unsupported`] for a default that cannot be written.
    pub fn function(&mut self, spec: &FunctionSpec, traces: &[String]) -> Result<ObjectId> {
        traces.iter().try_for_each(|trace| self.check_trace(trace))?;
        let function_spec = Some(encode_function_spec(spec)?);
        Ok(self.add(Kind::Function(Box::new(SavedFunction { concrete_functions: traces.to_vec(), function_spec }))))
    }

    /// The type of what a function gets for an object that it has captured.
    pub(super) fn captured_type(&self, object: ObjectId) -> DType {
        match &self.nodes[object.0].kind {
            Some(Kind::Constant(_)) => self.constants.get(&object.0).map_or(DType::Variant, |(_, value)| value.dtype()),
            Some(Kind::Asset(_)) => DType::String,
            _ => DType::Resource,
        }
    }

    /// What the graph can know of a variable behind its handle.
    fn handle_data(&self, object: ObjectId) -> Vec<DtypeAndShape> {
        let of = |(spec, _): &(VariableSpec, Tensor)| DtypeAndShape {
            dtype: spec.dtype.number(),
            shape: Some(shape::encode(&spec.shape)),
        };
        self.variables.get(&object.0).map(of).into_iter().collect()
    }

    pub(super) fn check_trace(&self, trace: &str) -> Result<()> {
        match self.concrete_functions.contains_key(trace) {
            true => Ok(()),
            false => Err(Error::structure(format!("there is no trace `{trace}`"))),
        }
    }

    pub(super) fn add(&mut self, kind: Kind) -> ObjectId {
        self.nodes.push(SavedObject { kind: Some(kind), ..SavedObject::default() });
        ObjectId(self.nodes.len() - 1)
    }
}

/// The tensors that a nest stands for.
pub(super) fn tensors(nest: &Nest<Spec>) -> Result<Vec<TensorSpec>> {
    let mut specs = Vec::new();
    for leaf in nest.leaves() {
        specs.extend(leaf.parts().ok_or_else(|| Error::Unsupported { what: format!("{leaf} in a signature") })?);
    }
    Ok(specs)
}
