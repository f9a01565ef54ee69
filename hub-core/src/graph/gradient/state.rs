//! Gradients of reading variables: what comes back to the handle is the gradient by the value.

use super::registry::Differentiate;

/// The gradient of an op of this family.
pub(super) fn rule(op: &str) -> Option<Differentiate> {
    let rule: Differentiate = match op {
        "ReadVariableOp" => |at| vec![at.upstream(0)],
        _ => return None,
    };
    Some(rule)
}
