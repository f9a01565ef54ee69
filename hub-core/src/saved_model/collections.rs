//! The collections of a meta graph: what TF1 writes beside the graph, by name.
//!
//! `tf1` runs what they name, `validate` and `audit` look at it first, `describe` shows it. The attachments of TF1 Hub
//! modules are in `hub_module`.

use prost::Message;

use super::pre_scan;
use super::proto::{AssetFileDef, CollectionDefKind, MetaGraphDef, VariableDef};
use crate::error::{Error, Result};

/// The collection of the variables that are saved.
pub const SAVED_VARIABLES: &str = "variables";

/// The collection of variables that are made anew in each session.
pub const LOCAL_VARIABLES: &str = "local_variables";

/// The collection of the variables that training changes.
pub const TRAINABLE_VARIABLES: &str = "trainable_variables";

/// The collection of the operations that fill tables.
pub const TABLE_INITIALIZERS: &str = "table_initializer";

/// The collection of the operations that training runs with each step.
pub const UPDATES: &str = "update_ops";

/// The collection of the scalars that training adds to the loss.
pub const REGULARIZATION_LOSSES: &str = "regularization_losses";

/// The collections that name an operation to run after loading, the first that does so first.
pub const INITIALIZERS: [&str; 2] = ["saved_model_main_op", "legacy_init_op"];

/// The collection of assets in models of TF1.
const ASSETS: &str = "saved_model_assets";

/// The names of nodes in a collection; none where it is not there or holds something else.
pub fn node_list<'m>(meta_graph: &'m MetaGraphDef, collection: &str) -> &'m [String] {
    match kind(meta_graph, collection) {
        Some(CollectionDefKind::NodeList(nodes)) => &nodes.value,
        _ => &[],
    }
}

/// The assets: those of the meta graph, or, in older models, those of the collection.
///
/// # Errors
/// [`Error::ModelStructure`] where an entry of the collection is none.
pub fn assets(meta_graph: &MetaGraphDef) -> Result<Vec<AssetFileDef>> {
    match kind(meta_graph, ASSETS) {
        Some(CollectionDefKind::AnyList(list)) if meta_graph.asset_file_def.is_empty() => {
            let decode = |bytes: &[u8]| {
                pre_scan::asset_file(bytes)?;
                AssetFileDef::decode(bytes).map_err(|why| why.to_string())
            };
            list.value.iter().map(|any| decode(&any.value).map_err(|why| odd(ASSETS, &why))).collect()
        }
        _ => Ok(meta_graph.asset_file_def.clone()),
    }
}

/// The variables of a collection.
///
/// # Errors
/// [`Error::ModelStructure`] where an entry is none.
pub fn variables(meta_graph: &MetaGraphDef, collection: &str) -> Result<Vec<VariableDef>> {
    let Some(CollectionDefKind::BytesList(list)) = kind(meta_graph, collection) else { return Ok(Vec::new()) };
    let decode = |bytes: &Vec<u8>| VariableDef::decode(&bytes[..]).map_err(|why| odd(collection, &why.to_string()));
    list.value.iter().map(decode).collect()
}

fn kind<'m>(meta_graph: &'m MetaGraphDef, collection: &str) -> Option<&'m CollectionDefKind> {
    meta_graph.collection_def.get(collection)?.kind.as_ref()
}

fn odd(collection: &str, why: &str) -> Error {
    Error::structure(format!("an entry of the collection `{collection}`: {why}"))
}
