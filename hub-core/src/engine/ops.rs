//! The ops that the engine knows: their inputs, outputs and attributes, looked up by name and kept.
//!
//! Called by the graph DSL and the inliner, which must know which inputs of an op are lists, and by the check that a
//! model's ops are there. What `op_libraries` loads is in the registry too.

use std::borrow::Borrow;
use std::cell::LazyCell;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, RwLock};

use prost::Message;

use super::status::status;
use crate::error::{Error, Result};
use crate::saved_model::proto::OpDef;

static KNOWN: LazyLock<RwLock<HashMap<String, Arc<OpDef>>>> = LazyLock::new(Default::default);

/// The description of an op of the engine's registry.
///
/// # Errors
/// [`Error::Unsupported`] where the engine has no such op.
pub(crate) fn op_def(op: &str) -> Result<Arc<OpDef>> {
    // An empty graph has no functions, so this asks the registry alone.
    find(op, tensorflow::Graph::new)?
        .ok_or_else(|| Error::Unsupported { what: format!("the op `{op}`, which this engine does not know,") })
}

/// Those of the ops that the engine's registry does not have, in the order given; the engine runs.
pub(crate) fn unknown<'o>(ops: impl IntoIterator<Item = &'o str>) -> Result<Vec<&'o str>> {
    let graph = LazyCell::new(tensorflow::Graph::new);
    let mut unknown = Vec::new();
    for op in ops {
        if find(op, || &*graph)?.is_none() {
            unknown.push(op);
        }
    }
    Ok(unknown)
}

/// The description of an op, where there is one: as it is known, else by asking an empty graph. What is not there now
/// may come with a library, so that is not kept.
fn find<G: Borrow<tensorflow::Graph>>(op: &str, graph: impl FnOnce() -> G) -> Result<Option<Arc<OpDef>>> {
    if let Some(known) = KNOWN.read().unwrap_or_else(|broken| broken.into_inner()).get(op) {
        return Ok(Some(known.clone()));
    }
    // The engine takes a name up to a zero byte.
    if op.contains('\0') {
        return Ok(None);
    }
    let bytes = match graph().borrow().get_op_def(op) {
        Ok(bytes) => bytes,
        Err(why) if why.code() == tensorflow::Code::NotFound => return Ok(None),
        Err(why) => return Err(status(why)),
    };
    let definition = OpDef::decode(bytes.as_slice())
        .map_err(|why| Error::structure(format!("the description of the op `{op}`: {why}")))?;
    let definition = Arc::new(definition);
    KNOWN.write().unwrap_or_else(|broken| broken.into_inner()).insert(op.to_owned(), definition.clone());
    Ok(Some(definition))
}
