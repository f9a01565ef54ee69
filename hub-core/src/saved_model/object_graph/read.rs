//! From the meta graph's message to a checked [`ObjectGraph`].

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Component, Path};

use super::super::function_spec::FunctionSpec;
use super::super::proto::{
    self, AttrValueValue, MetaGraphDef, NodeDef, SavedConcreteFunction, SavedObject, SavedObjectKind as Kind,
};
use super::super::structure;
use super::super::{shape, tensor_proto};
use super::{
    ConcreteFunction, Object, ObjectGraph, ObjectKind, PolymorphicFunction, SaveableObject, SlotVariable, VariableSpec,
    paths,
};
use crate::dtype::DType;
use crate::error::{Error, Result};

impl ObjectGraph {
    /// Reads the object graph of a TF2 meta graph.
    ///
    /// # Errors
    /// [`Error::ModelStructure`] where there is none, or where it refers to a node, function, constant or asset that
    /// does not exist.
    pub fn read(meta_graph: &MetaGraphDef) -> Result<ObjectGraph> {
        let message = meta_graph
            .object_graph_def
            .as_ref()
            .filter(|graph| !graph.nodes.is_empty())
            .ok_or_else(|| Error::structure("there is no object graph"))?;
        let reader = Reader::new(meta_graph, &message.concrete_functions.keys().collect(), message.nodes.len())?;
        let nodes = message
            .nodes
            .iter()
            .enumerate()
            .map(|(id, object)| reader.object(object).map_err(|why| within(&format!("object {id}"), why)))
            .collect::<Result<_>>()?;
        let concrete_functions = message
            .concrete_functions
            .iter()
            .map(|(name, function)| {
                let read = reader.concrete_function(name, function);
                Ok((name.clone(), read.map_err(|why| within(&format!("function `{name}`"), why))?))
            })
            .collect::<Result<_>>()?;
        let graph = ObjectGraph { nodes, concrete_functions };
        paths::check_size(&graph)?;
        Ok(graph)
    }
}

/// The same error with the place in front.
fn within(place: &str, why: Error) -> Error {
    match why {
        Error::ModelStructure { why } => Error::structure(format!("{place}: {why}")),
        other => other,
    }
}

/// What references are checked against.
struct Reader<'a> {
    object_count: usize,
    concrete_functions: HashSet<&'a str>,
    library: HashSet<&'a str>,
    constants: HashMap<&'a str, &'a NodeDef>,
    assets: &'a [proto::AssetFileDef],
}

impl<'a> Reader<'a> {
    fn new(
        meta_graph: &'a MetaGraphDef,
        concrete_functions: &Vec<&'a String>,
        object_count: usize,
    ) -> Result<Reader<'a>> {
        let graph = meta_graph.graph_def.as_ref();
        let functions = graph.and_then(|graph| graph.library.as_ref()).map_or(&[][..], |library| &library.function);
        let names = functions.iter().filter_map(|function| Some(function.signature.as_ref()?.name.as_str()));
        let nodes = graph.map_or(&[][..], |graph| &graph.node);
        let constants = nodes.iter().filter(|node| node.op == "Const").map(|node| (node.name.as_str(), node));
        Ok(Reader {
            object_count,
            concrete_functions: concrete_functions.iter().map(|name| name.as_str()).collect(),
            library: names.collect(),
            constants: constants.collect(),
            assets: &meta_graph.asset_file_def,
        })
    }

    fn object(&self, message: &SavedObject) -> Result<Object> {
        let kind = match &message.kind {
            Some(kind) => self.kind(kind)?,
            None => ObjectKind::Unknown,
        };
        let mut names = HashSet::with_capacity(message.children.len());
        if let Some(child) = message.children.iter().find(|child| !names.insert(child.local_name.as_str())) {
            return Err(Error::structure(format!("two children have the name {:?}", child.local_name)));
        }
        let child = |child: &proto::ObjectReference| Ok((child.local_name.clone(), self.node(child.node_id)?));
        let saveable = |(name, saveable): (&String, &proto::SaveableObject)| {
            let save_function = self.node(saveable.save_function)?;
            Ok((
                name.clone(),
                SaveableObject { save_function, restore_function: self.node(saveable.restore_function)? },
            ))
        };
        let slot = |slot: &proto::SlotVariableReference| {
            let variable = self.node(slot.original_variable_node_id)?;
            Ok(SlotVariable { variable, name: slot.slot_name.clone(), slot: self.node(slot.slot_variable_node_id)? })
        };
        Ok(Object {
            kind,
            children: message.children.iter().map(child).collect::<Result<_>>()?,
            dependencies: message.dependencies.iter().map(|other| self.node(other.node_id)).collect::<Result<_>>()?,
            registered_name: message.registered_name.clone(),
            slot_variables: message.slot_variables.iter().map(slot).collect::<Result<_>>()?,
            saveable_objects: message.saveable_objects.iter().map(saveable).collect::<Result<BTreeMap<_, _>>>()?,
        })
    }

    fn kind(&self, kind: &Kind) -> Result<ObjectKind> {
        Ok(match kind {
            Kind::UserObject(user) => ObjectKind::User {
                identifier: user.identifier.clone(),
                version: user.version.as_ref().map_or(0, |version| version.producer),
            },
            Kind::Asset(asset) => ObjectKind::Asset { file_name: self.asset(asset.asset_file_def_index)? },
            Kind::Function(function) => ObjectKind::Function(PolymorphicFunction {
                traces: function.concrete_functions.iter().map(|name| self.function(name)).collect::<Result<_>>()?,
                spec: function.function_spec.as_ref().map(FunctionSpec::decode).transpose()?,
            }),
            Kind::BareConcreteFunction(function) => ObjectKind::BareFunction {
                name: self.function(&function.concrete_function_name)?,
                argument_keywords: function.argument_keywords.clone(),
                allowed_positional_arguments: usize::try_from(function.allowed_positional_arguments).unwrap_or(0),
                spec: function.function_spec.as_ref().map(FunctionSpec::decode).transpose()?,
            },
            Kind::Variable(variable) => ObjectKind::Variable(variable_spec(variable)?),
            Kind::Constant(constant) => ObjectKind::Constant { operation: self.constant(&constant.operation)? },
            Kind::Resource(resource) => ObjectKind::Resource { device: resource.device.clone() },
            Kind::CapturedTensor(tensor) => ObjectKind::CapturedTensor {
                name: tensor.name.clone(),
                concrete_function: self.in_library(&tensor.concrete_function)?,
            },
        })
    }

    fn concrete_function(&self, name: &str, message: &SavedConcreteFunction) -> Result<ConcreteFunction> {
        self.in_library(name)?;
        Ok(ConcreteFunction {
            arguments: structure::decode_optional(message.canonicalized_input_signature.as_ref())?,
            outputs: structure::decode_optional(message.output_signature.as_ref())?,
            bound_inputs: message.bound_inputs.iter().map(|id| self.node(*id)).collect::<Result<_>>()?,
        })
    }

    fn node(&self, id: i32) -> Result<usize> {
        usize::try_from(id).ok().filter(|id| *id < self.object_count).ok_or_else(|| {
            Error::structure(format!("it refers to object {id}, and there are {} objects", self.object_count))
        })
    }

    fn function(&self, name: &str) -> Result<String> {
        if self.concrete_functions.contains(name) {
            return Ok(name.to_owned());
        }
        Err(Error::structure(format!("it refers to the concrete function `{name}`, which does not exist")))
    }

    fn in_library(&self, name: &str) -> Result<String> {
        if self.library.contains(name) {
            return Ok(name.to_owned());
        }
        Err(Error::structure(format!("the function library has no `{name}`")))
    }

    fn constant(&self, operation: &str) -> Result<String> {
        let node = self.constants.get(operation);
        let node = node.ok_or_else(|| Error::structure(format!("the graph has no constant `{operation}`")))?;
        match node.attr.get("value").and_then(|value| value.value.as_ref()) {
            Some(AttrValueValue::Tensor(tensor)) => tensor_proto::describe(tensor).map(|_| operation.to_owned()),
            _ => Err(Error::structure(format!("the constant `{operation}` has no value"))),
        }
    }

    fn asset(&self, index: i32) -> Result<String> {
        let asset = usize::try_from(index).ok().and_then(|index| self.assets.get(index)).ok_or_else(|| {
            Error::structure(format!("it refers to asset {index}, and there are {} assets", self.assets.len()))
        })?;
        check_asset_name(&asset.filename)?;
        Ok(asset.filename.clone())
    }
}

fn variable_spec(message: &proto::SavedVariable) -> Result<VariableSpec> {
    let name = &message.name;
    let dtype = DType::from_number(message.dtype)
        .ok_or_else(|| Error::structure(format!("variable `{name}` has the unknown element type {}", message.dtype)))?;
    Ok(VariableSpec {
        dtype,
        shape: shape::decode_optional(message.shape.as_ref())?,
        trainable: message.trainable,
        name: name.clone(),
        device: message.device.clone(),
    })
}

/// Refuses the name of an asset that leads anywhere but below `assets/`.
pub(crate) fn check_asset_name(name: &str) -> Result<()> {
    let plain = |component| matches!(component, Component::Normal(_));
    if name.is_empty() || name.contains(['\0', '\\']) || !Path::new(name).components().all(plain) {
        return Err(Error::AssetEscapes { name: name.to_owned() });
    }
    Ok(())
}
