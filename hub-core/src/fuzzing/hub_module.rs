//! What must hold for any bytes that are read as a TF1 Hub module: its mark, and what its meta graphs hold beside graphs.

use std::path::Path;

use crate::saved_model::collections::{
    LOCAL_VARIABLES, SAVED_VARIABLES, TABLE_INITIALIZERS, TRAINABLE_VARIABLES, assets, node_list, variables,
};
use crate::saved_model::hub_module::{attachments, check_mark, image_size};
use crate::saved_model::{SavedModel, shape};

/// Reads the bytes as a mark and as a `saved_model.pb` with collections, attachments and signatures.
///
/// # Panics
/// Never: what is odd is an error.
pub fn hub_module(bytes: &[u8]) {
    let _ = check_mark(Path::new("nowhere"), bytes);
    let Ok(model) = SavedModel::from_bytes(Path::new("nowhere"), bytes) else { return };
    for meta_graph in model.meta_graphs() {
        if let Ok(attachments) = attachments(meta_graph) {
            image_size(&attachments);
        }
        for collection in [SAVED_VARIABLES, LOCAL_VARIABLES, TRAINABLE_VARIABLES] {
            let _ = variables(meta_graph, collection);
        }
        let _ = assets(meta_graph);
        node_list(meta_graph, TABLE_INITIALIZERS);
        let ends = meta_graph.signature_def.values().flat_map(|one| one.inputs.values().chain(one.outputs.values()));
        for info in ends {
            let _ = shape::decode_optional(info.tensor_shape.as_ref());
        }
    }
}
