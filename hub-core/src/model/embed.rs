//! A loaded model as a part of one that is saved: its objects, functions, files and values, added to a builder.
//!
//! The layers around a hub model come here: what the hub model holds is saved with them whole, its own functions included,
//! so that a trace of the new model can call a trace of the hub model by its name.

use std::collections::{BTreeMap, BTreeSet};

use super::description::Description;
use super::instantiate::Instance;
use super::loaded_model::LoadedModel;
use super::snapshot::ModelState;
use super::variables::ModelVariable;
use crate::error::{Error, Result};
use crate::graph::{FunctionNames, Node, NodeId, Scope};
use crate::saved_model::part::Part;
use crate::saved_model::proto::{FunctionDef, FunctionDefLibrary, SavedObjectGraph};
use crate::saved_model::write::{Embedding, ObjectId, SavedModelBuilder};
use crate::saved_model::{ObjectKind, SavedModel};

/// Where the parts of a loaded model are in a model under construction.
#[derive(Debug, Clone)]
pub struct Embedded {
    /// By their nodes.
    objects: BTreeMap<usize, ObjectId>,
    root: ObjectId,
    names: FunctionNames,
    /// The model's functions, by the names that they were saved under.
    library: BTreeSet<String>,
}

impl Embedded {
    /// The object that the model is now, or an object in it by its node.
    pub(super) fn object(&self, node: usize) -> Option<ObjectId> {
        self.objects.get(&node).copied()
    }

    /// The object that stands for the loaded model.
    pub fn root(&self) -> ObjectId {
        self.root
    }

    /// The object that stands for one of its variables.
    pub fn variable(&self, variable: &ModelVariable) -> Option<ObjectId> {
        self.object(variable.node())
    }

    /// The object that stands for a part of the loaded model, as [`LoadedModel::object`] gives it.
    pub fn object_of(&self, part: &LoadedModel) -> Option<ObjectId> {
        self.object(part.object_node())
    }

    /// What traces in `scope` may capture of the model's state there: nodes, and the objects that stand for them.
    pub fn captured<'g>(&self, instance: &Instance, scope: &'g Scope) -> Vec<(Node<'g>, ObjectId)> {
        let known = |(node, handle)| Some((handle, self.object(node)?));
        instance.captured(scope).into_iter().filter_map(known).collect()
    }

    /// Gives the model's functions their new names in functions of the graph that `instance` is in, and leaves out
    /// those that are there already.
    pub fn adopt(&self, instance: &Instance, functions: Vec<FunctionDef>) -> Vec<FunctionDef> {
        FunctionNames::translate(instance.function_names(), &self.names, &self.library, functions)
    }

    /// What a function of its library is called there.
    pub fn function_name(&self, function: &str) -> String {
        self.names.name(function)
    }
}

impl LoadedModel {
    /// Adds the whole model, with these values, to a model under construction.
    ///
    /// # Errors
    /// [`Error::ModelChanged`] where its files are other ones by now, [`Error::VariableNotFound`] for variables that
    /// `state` has no value of, [`Error::Unsupported`] for a model in TF1's format.
    pub fn embed(&self, builder: &mut SavedModelBuilder, state: &ModelState) -> Result<Embedded> {
        self.check_exportable()?;
        let description = self.description();
        let nodes = (0..description.objects.nodes.len()).collect();
        let part = Part { objects: saved_objects(description)?, library: description.library.clone(), nodes };
        self.embed_part(builder, state, part)
    }

    /// Adds what stands behind these nodes of the graph that `instance` is in: tables with what fills them, files,
    /// constants. Nothing else of the model is added.
    ///
    /// # Errors
    /// As [`LoadedModel::embed`].
    pub fn embed_captured(
        &self,
        builder: &mut SavedModelBuilder,
        state: &ModelState,
        instance: &Instance,
        captured: &[NodeId],
    ) -> Result<Embedded> {
        self.check_exportable()?;
        let description = self.description();
        let roots: Vec<usize> = captured.iter().filter_map(|id| instance.object_of(*id)).collect();
        let part = Part::of(&saved_objects(description)?, &description.library, &roots)?;
        self.embed_part(builder, state, part)
    }

    fn embed_part(&self, builder: &mut SavedModelBuilder, state: &ModelState, part: Part) -> Result<Embedded> {
        let Part { mut objects, library, nodes } = part;
        let description = self.description();
        let names = builder.names_for(&library);
        names.apply_to_objects(&mut objects, &library);
        let functions = library.function.iter().map(|function| function.name().to_owned()).collect();
        let mut embedding = Embedding {
            objects,
            library: names.apply(&library),
            variables: BTreeMap::new(),
            tables: BTreeMap::new(),
            constants: BTreeMap::new(),
            assets: BTreeMap::new(),
        };
        for (place, node) in nodes.iter().enumerate() {
            match &description.object(*node).kind {
                ObjectKind::Variable(spec) => {
                    let value = state.values.variables.get(node).cloned();
                    embedding.variables.extend(value.map(|value| (place, (spec.clone(), value))));
                }
                ObjectKind::Constant { .. } => {
                    let value = description.constants.get(node).cloned();
                    embedding.constants.extend(value.map(|value| (place, value)));
                }
                ObjectKind::Asset { file_name } => {
                    let kept = description.kept.as_ref().and_then(|kept| kept.assets.get(node).cloned());
                    let whole = || (description.path.join("assets").join(file_name), None);
                    embedding.assets.insert(place, kept.unwrap_or_else(whole));
                }
                _ => {}
            }
            let attributes = state.values.tables.keys().filter(|(table, _)| table == node);
            for table in attributes {
                let ends = state.table_names.get(table).cloned().unwrap_or_default();
                let values = state.values.tables.get(table).into_iter().flatten().cloned();
                embedding.tables.insert((place, table.1.clone()), ends.into_iter().zip(values).collect());
            }
        }
        let places = builder.embed(embedding)?;
        let root = places.first().copied().unwrap_or(builder.root());
        Ok(Embedded { objects: nodes.into_iter().zip(places).collect(), root, names, library: functions })
    }
}

/// The objects as they were saved.
fn saved_objects(description: &Description) -> Result<SavedObjectGraph> {
    if let Some(kept) = &description.kept {
        return Ok(kept.objects.clone());
    }
    let model = SavedModel::read(&description.path)?;
    if model.fingerprint() != description.fingerprint {
        return Err(Error::ModelChanged { path: description.path.clone() });
    }
    let missing = || Error::structure("there is no object graph");
    model.meta_graphs()[0].object_graph_def.clone().ok_or_else(missing)
}

impl SavedModelBuilder {
    /// Names for the functions of a library that none here has.
    fn names_for(&self, library: &FunctionDefLibrary) -> FunctionNames {
        let clashes = library.function.iter().any(|function| self.has_function(function.name()));
        let gradients = library.registered_gradients.iter().any(|gradient| self.has_gradient(gradient));
        match clashes || gradients {
            true => FunctionNames::numbered(self.function_count()),
            false => FunctionNames::default(),
        }
    }
}
