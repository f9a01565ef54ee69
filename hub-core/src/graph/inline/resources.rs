//! Resources that a function makes, as resources of the graph that the function is written into.
//!
//! A table with a shared name is one table for all that use the name; each instance of a model wants its own. An anonymous
//! one is new in each run: a graph that runs many times wants one that stays, so it gets a name.

use std::collections::BTreeMap;

use crate::saved_model::proto::{AttrValue, AttrValueValue, OpDef};

/// The op that makes what `op` makes, with a name.
pub(super) fn named(op: &str) -> &str {
    match op {
        "AnonymousHashTable" => "HashTableV2",
        "AnonymousMutableHashTable" => "MutableHashTableV2",
        "AnonymousMutableHashTableOfTensors" => "MutableHashTableOfTensorsV2",
        "AnonymousMutableDenseHashTable" => "MutableDenseHashTableV2",
        other => other,
    }
}

/// Gives the resource that an operation makes a name that is its own in the graph.
pub(super) fn own(definition: &OpDef, attributes: &mut BTreeMap<String, AttrValue>, name: impl FnOnce() -> String) {
    if definition.attr.iter().any(|attribute| attribute.name == "shared_name") {
        let text = |text: String| AttrValue { value: Some(AttrValueValue::S(text.into_bytes())) };
        attributes.insert("shared_name".into(), text(name()));
        attributes.insert("container".into(), text(String::new()));
        attributes.remove("use_node_name_sharing");
    }
}
