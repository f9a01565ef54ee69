//! The variables of a TF1 graph, as its collections list them.
//!
//! Both kinds are there: resource variables with a handle, and the older ones whose op gives a reference.

use std::collections::{BTreeMap, BTreeSet};

use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::saved_model::collections::{LOCAL_VARIABLES, SAVED_VARIABLES, TRAINABLE_VARIABLES, variables};
use crate::saved_model::proto::{AttrValueValue, MetaGraphDef, NodeDef, SaveSliceInfoDef, VariableDef};
use crate::saved_model::{VariableSpec, shape};
use crate::tensor::Shape;

/// Collections that may list further variables.
const OTHERS: [&str; 3] = [LOCAL_VARIABLES, TRAINABLE_VARIABLES, "model_variables"];

/// One variable.
#[derive(Debug, Clone)]
pub(super) struct Tf1Variable {
    pub(super) spec: VariableSpec,
    /// The tensor of the handle or the reference.
    pub(super) handle: String,
    /// The tensor of its value.
    pub(super) value: String,
    pub(super) is_resource: bool,
    /// Its name in the checkpoint.
    pub(super) key: String,
    /// Which part of the tensor there it is; `None` for all of it.
    pub(super) slice: Option<SaveSliceInfoDef>,
}

impl Tf1Variable {
    /// Which part of the tensor in the checkpoint it is, as TensorFlow's op takes it; empty for all of it.
    pub(super) fn slice_text(&self) -> String {
        let Some(slice) = &self.slice else { return String::new() };
        let full: Vec<String> = slice.full_shape.iter().map(i64::to_string).collect();
        let parts = slice.var_offset.iter().zip(&slice.var_shape);
        let parts: Vec<String> = parts.map(|(start, length)| format!("{start},{length}")).collect();
        format!("{} {}", full.join(" "), parts.join(":"))
    }
}

/// The saved variables, and the others, in the order of their collections.
pub(super) fn read(meta_graph: &MetaGraphDef) -> Result<(Vec<Tf1Variable>, Vec<Tf1Variable>)> {
    let nodes = meta_graph.graph_def.iter().flat_map(|graph| &graph.node);
    let nodes: BTreeMap<&str, &NodeDef> = nodes.map(|node| (node.name.as_str(), node)).collect();
    let trainable = variables(meta_graph, TRAINABLE_VARIABLES)?;
    let trainable: BTreeSet<&str> = trainable.iter().map(|one| one.variable_name.as_str()).collect();
    let mut seen = BTreeSet::new();
    let mut of = |collections: &[&str]| {
        let mut found = Vec::new();
        for collection in collections {
            for definition in variables(meta_graph, collection)? {
                if seen.insert(definition.variable_name.clone()) {
                    let is_trainable = trainable.contains(definition.variable_name.as_str());
                    found.push(variable(&definition, is_trainable, &nodes)?);
                }
            }
        }
        Ok::<_, Error>(found)
    };
    let saved = of(&[SAVED_VARIABLES])?;
    Ok((saved, of(&OTHERS)?))
}

/// The operations that give the variables of a session their values.
pub(super) fn local_initialisers(meta_graph: &MetaGraphDef) -> Result<Vec<String>> {
    Ok(variables(meta_graph, LOCAL_VARIABLES)?.into_iter().map(|definition| definition.initializer_name).collect())
}

fn variable(definition: &VariableDef, trainable: bool, nodes: &BTreeMap<&str, &NodeDef>) -> Result<Tf1Variable> {
    let name = definition.variable_name.split(':').next().unwrap_or_default();
    let refuse = |why: &str| Error::structure(format!("the variable `{name}` of a collection {why}"));
    let snapshot = match definition.snapshot_name.as_str() {
        // As Python fills in what older releases did not write.
        "" if definition.is_resource => format!("{name}/Read/ReadVariableOp:0"),
        "" => format!("{name}/read:0"),
        named => named.to_owned(),
    };
    let node = *nodes.get(name).ok_or_else(|| refuse("is not in the graph"))?;
    if !nodes.contains_key(snapshot.split(':').next().unwrap_or_default()) {
        return Err(refuse("has no tensor of its value"));
    }
    let dtype = match node.attr.get("dtype").and_then(|value| value.value.as_ref()) {
        Some(AttrValueValue::Type(number)) => DType::from_number(*number),
        _ => None,
    };
    let dims = match node.attr.get("shape").and_then(|value| value.value.as_ref()) {
        Some(AttrValueValue::Shape(dims)) => shape::decode(dims)?,
        _ => Shape::unknown(),
    };
    let slice = definition.save_slice_info_def.clone();
    let key = slice.as_ref().map_or(name, |slice| slice.full_name.as_str()).to_owned();
    Ok(Tf1Variable {
        spec: VariableSpec {
            dtype: dtype.ok_or_else(|| refuse("has no element type"))?,
            shape: dims,
            trainable,
            name: name.to_owned(),
            device: node.device.clone(),
        },
        handle: definition.variable_name.clone(),
        value: snapshot,
        is_resource: definition.is_resource,
        key,
        slice,
    })
}
