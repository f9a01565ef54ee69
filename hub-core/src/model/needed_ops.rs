//! Whether the engine has the ops that a model needs: asked once, before its graph is built.
//!
//! `description` calls it when the op libraries are loaded, behind the audit, which knows the ops of TensorFlow by name. Here
//! it is the engine that runs that is asked: it may be older, and under `OpPolicy::Trust` nobody has asked before. TensorFlow
//! alone would name one op at a time, and in the words of its importer.

use std::collections::BTreeSet;

use crate::engine::{self, ops};
use crate::error::{Error, MissingOp, Result};
use crate::saved_model::audit::library_of;
use crate::saved_model::proto::MetaGraphDef;

/// Checks that every op of the graph and of its functions is there.
///
/// # Errors
/// [`Error::OpNotRegistered`] with all that are not, and where they live as far as that is known.
pub(super) fn check_ops(meta_graph: &MetaGraphDef) -> Result<()> {
    engine::start()?;
    let missing: Vec<MissingOp> = ops::unknown(needed(meta_graph))?
        .into_iter()
        .map(|op| MissingOp { op: op.to_owned(), lives_in: library_of(op) })
        .collect();
    if missing.is_empty() { Ok(()) } else { Err(Error::OpNotRegistered { missing }) }
}

/// The ops of the graph and of its functions, each once, without those that are functions of the model.
fn needed(meta_graph: &MetaGraphDef) -> BTreeSet<&str> {
    let Some(graph) = &meta_graph.graph_def else { return BTreeSet::new() };
    let functions = graph.library.as_ref().map_or(&[][..], |library| &library.function);
    let nodes = graph.node.iter().chain(functions.iter().flat_map(|function| &function.node_def));
    let mut ops: BTreeSet<&str> = nodes.map(|node| node.op.as_str()).collect();
    for function in functions {
        ops.remove(function.name());
    }
    ops
}
