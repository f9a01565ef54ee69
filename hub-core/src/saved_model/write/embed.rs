//! A model that was read, as a part of one under construction: its objects get new numbers, its files a place.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::super::object_graph::VariableSpec;
use super::super::proto::{
    FunctionDef, FunctionDefLibrary, RegisteredGradient, SavedObjectGraph, SavedObjectKind as Kind,
};
use super::builder::{ObjectId, SavedModelBuilder};
use crate::error::{Error, Result};
use crate::tensor::Tensor;

/// A file, and what is in it where that is known.
pub(crate) type AssetSource = (PathBuf, Option<Arc<[u8]>>);

/// What is taken over of a model; nodes are those of its own object graph.
pub(crate) struct Embedding {
    /// With functions under the names that they get.
    pub(crate) objects: SavedObjectGraph,
    pub(crate) library: FunctionDefLibrary,
    pub(crate) variables: BTreeMap<usize, (VariableSpec, Tensor)>,
    pub(crate) tables: BTreeMap<(usize, String), Vec<(String, Tensor)>>,
    pub(crate) constants: BTreeMap<usize, Tensor>,
    /// Its files.
    pub(crate) assets: BTreeMap<usize, AssetSource>,
}

#[cfg_attr(not(feature = "engine"), allow(dead_code, reason = "only loaded models are taken over"))]
impl SavedModelBuilder {
    pub(crate) fn has_function(&self, name: &str) -> bool {
        self.library.contains_key(name)
    }

    /// Whether there is a function of its name that is another one.
    pub(crate) fn has_other_function(&self, function: &FunctionDef) -> bool {
        self.library.get(function.name()).is_some_and(|own| own != function)
    }

    pub(crate) fn has_gradient(&self, gradient: &RegisteredGradient) -> bool {
        self.gradients.iter().any(|own| own.registered_op_type == gradient.registered_op_type)
    }

    pub(crate) fn function_count(&self) -> usize {
        self.library.len()
    }

    /// Takes a model over; answers with its objects, by their nodes.
    pub(crate) fn embed(&mut self, model: Embedding) -> Result<Vec<ObjectId>> {
        let Embedding { objects, library, variables, tables, constants, assets } = model;
        let first = self.nodes.len();
        let moved = |id: &mut i32| *id += first as i32;
        for (node, mut object) in objects.nodes.into_iter().enumerate() {
            object.children.iter_mut().for_each(|child| moved(&mut child.node_id));
            object.dependencies.iter_mut().for_each(|other| moved(&mut other.node_id));
            for slot in &mut object.slot_variables {
                moved(&mut slot.original_variable_node_id);
                moved(&mut slot.slot_variable_node_id);
            }
            for functions in object.saveable_objects.values_mut() {
                moved(&mut functions.save_function);
                moved(&mut functions.restore_function);
            }
            match &mut object.kind {
                Some(Kind::Asset(asset)) => {
                    let (path, bytes) = assets.get(&node).ok_or_else(|| Error::structure("an asset without a file"))?;
                    asset.asset_file_def_index = self.add_asset(first + node, path, bytes.clone())?;
                }
                Some(Kind::Constant(constant)) => {
                    let name = self.names.unique(&constant.operation);
                    constant.operation.clone_from(&name);
                    let value = constants.get(&node).ok_or_else(|| Error::structure("a constant without value"))?;
                    self.constants.insert(first + node, (name, value.clone()));
                }
                Some(Kind::Variable(variable)) => {
                    let missing = || Error::VariableNotFound { name: variable.name.clone() };
                    let value = variables.get(&node).ok_or_else(missing)?;
                    self.variables.insert(first + node, value.clone());
                }
                _ => {}
            }
            self.nodes.push(object);
        }
        for (name, mut concrete) in objects.concrete_functions {
            concrete.bound_inputs.iter_mut().for_each(moved);
            self.concrete_functions.insert(name, concrete);
        }
        library.function.into_iter().for_each(|function| self.library_function(function));
        self.gradients.extend(library.registered_gradients);
        self.tables.extend(tables.into_iter().map(|((node, attribute), values)| ((first + node, attribute), values)));
        Ok((first..self.nodes.len()).map(ObjectId).collect())
    }
}
