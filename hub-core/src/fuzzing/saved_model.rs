//! What must hold for any bytes that are read as a `saved_model.pb`.

use std::path::Path;

use prost::Message;

use crate::saved_model::{ObjectGraph, SavedModel, audit, validate};

/// Reads, checks, audits and describes the bytes.
///
/// # Panics
/// Where what was read does not come back as it was written, or a text for people has characters that a terminal acts on.
pub fn saved_model(bytes: &[u8]) {
    let Ok(model) = SavedModel::from_bytes(Path::new("nowhere"), bytes) else { return };
    for meta_graph in model.meta_graphs() {
        let encoded = meta_graph.encode_to_vec();
        let again = crate::saved_model::proto::MetaGraphDef::decode(&encoded[..]).expect("it was written by us");
        // Compared as bytes: a message may hold numbers that are not equal to themselves.
        assert_eq!(again.encode_to_vec(), encoded);
        let sound = validate(meta_graph).is_ok();
        let objects = ObjectGraph::read(meta_graph);
        if sound && let Ok(objects) = &objects {
            objects.functions();
        }
    }
    for finding in audit::audit(&model) {
        plain(&finding.to_string());
    }
    if let Ok(description) = model.describe(None) {
        description.to_string().lines().for_each(plain);
    }
}

fn plain(text: &str) {
    assert!(!text.contains(char::is_control), "{text:?}");
}
