//! How much a model may do.

use std::fmt;

use serde::Serialize;

/// What the ops of a model may do, from the most to the least; loading refuses the rest.
///
/// No policy makes a hostile model harmless: it can still take all memory and all time, and TensorFlow's kernels have
/// had holes. Assets that lead out of the model's directory are refused under every policy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum OpPolicy {
    /// Everything that TensorFlow can run: the model is trusted like a program. Only its structure is checked.
    Trust,
    /// No files but the checkpoint and the assets, no network, no code of the host, no hidden graphs, no unknown ops.
    #[default]
    Standard,
    /// Only ops that compute: arithmetic, variables, tables, lists, control flow, random numbers.
    Strict,
}

impl fmt::Display for OpPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            OpPolicy::Trust => "Trust",
            OpPolicy::Standard => "Standard",
            OpPolicy::Strict => "Strict",
        })
    }
}
