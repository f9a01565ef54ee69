//! What a model's ops may do beyond computing, and whether a policy allows it.
//!
//! A model is a program: it can read and write files, open ports, end the process, and an op placed where the model is
//! initialised runs while it is loaded. So the ops are looked at on the bytes, before the engine sees any of them: those of
//! every meta graph, of every function, and of graphs that are hidden in values. Loading asks [`check`]; `tfhub show`
//! prints what [`audit`] finds. This limits damage; it is no sandbox: whoever runs a model of somebody they do not trust
//! runs it in a process that may do nothing.
//!
//! | file | holds |
//! |---|---|
//! | `policy` | [`OpPolicy`] |
//! | `classes` | the ops that reach beyond the graph, what they may do, and where they may stand |
//! | `known` | all ops of TensorFlow by name, those of known libraries, those that `Strict` allows |
//! | `scan` | the walk over nodes and functions |
//! | `reach` | what signatures, the saver and functions lead to |
//! | `origin` | where the name of a file comes from |
//! | `hidden` | graphs inside values |
//! | `finding` | [`Finding`], as it is told |

mod classes;
mod finding;
mod hidden;
mod known;
mod origin;
mod policy;
mod reach;
mod scan;

pub use classes::OpClass;
pub use finding::Finding;
pub use known::library_of;
pub use policy::OpPolicy;

use super::SavedModel;
use crate::error::{Error, MissingOp, Result};

/// Everything that [`OpPolicy::Standard`] or [`OpPolicy::Strict`] would refuse, in the model's order.
///
/// ```
/// # use std::path::Path;
/// use hub_core::saved_model::{SavedModel, audit};
/// let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/affine/model");
/// assert!(audit::audit(&SavedModel::read(&model)?).is_empty());
/// # Ok::<(), hub_core::Error>(())
/// ```
pub fn audit(model: &SavedModel) -> Vec<Finding> {
    let found = model.meta_graphs().iter().flat_map(|it| scan::meta_graph(it, model.is_tf2(it)));
    found.take(scan::FINDINGS_LIMIT).collect()
}

/// Checks a model against a policy; `in_library` tells whether an op library that will be loaded has an op.
///
/// # Errors
/// [`Error::OpNotAllowed`] with everything that the policy refuses; [`Error::OpNotRegistered`] where it is only that
/// neither TensorFlow nor a library has an op.
pub fn check(model: &SavedModel, policy: OpPolicy, in_library: &dyn Fn(&str) -> bool) -> Result<()> {
    if policy == OpPolicy::Trust {
        return Ok(());
    }
    let mut refused = audit(model);
    refused.retain(|it| it.refused_by <= policy && (it.class != OpClass::Unknown || !in_library(&it.op)));
    if refused.is_empty() {
        return Ok(());
    }
    if refused.iter().any(|finding| finding.class != OpClass::Unknown) {
        return Err(Error::OpNotAllowed { refused: refused.iter().map(Finding::to_string).collect() });
    }
    let mut missing: Vec<MissingOp> = Vec::new();
    for finding in refused {
        if missing.iter().all(|it| it.op != finding.op) {
            missing.push(MissingOp { lives_in: library_of(&finding.op), op: finding.op });
        }
    }
    Err(Error::OpNotRegistered { missing })
}

#[cfg(test)]
mod tests;
