//! The ops that the engine knows: their inputs, outputs and attributes, looked up by name and kept.
//!
//! Called by the graph DSL and the inliner, which must know which inputs of an op are lists.

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
    if let Some(known) = KNOWN.read().unwrap_or_else(|broken| broken.into_inner()).get(op) {
        return Ok(known.clone());
    }
    // An empty graph has no functions, so this asks the registry alone.
    let bytes = tensorflow::Graph::new().get_op_def(op).map_err(|why| match why.code() {
        tensorflow::Code::NotFound => {
            Error::Unsupported { what: format!("the op `{op}`, which this engine does not know,") }
        }
        _ => status(why),
    })?;
    let definition = OpDef::decode(bytes.as_slice())
        .map_err(|why| Error::structure(format!("the description of the op `{op}`: {why}")))?;
    let definition = Arc::new(definition);
    KNOWN.write().unwrap_or_else(|broken| broken.into_inner()).insert(op.to_owned(), definition.clone());
    Ok(definition)
}
