//! What the audit has found, as it is told.

use std::fmt;

use serde::Serialize;

use super::classes::OpClass;
use super::policy::OpPolicy;

/// One op that a policy refuses.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// The op.
    pub op: String,
    /// What kind of thing it may do.
    pub class: OpClass,
    /// What it may do, in words.
    pub why: String,
    /// The node.
    pub node: String,
    /// The function that the node is in; `None` for the graph itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// The attribute or constant that hides the graph with the node, where it is hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hidden_in: Option<String>,
    /// The tags of the meta graph.
    pub tags: Vec<String>,
    /// What leads to it: `signature serving_default → outer → inner`. Empty where nothing does.
    pub reached_from: Vec<String>,
    /// The attribute or constant input that says what it acts on, shortened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The most lenient policy that refuses it.
    pub refused_by: OpPolicy,
}

/// The most characters of a value or name that are told.
const SHOWN: usize = 80;

/// How many ways to a finding are told.
const WAYS: usize = 3;

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {} (node `{}`", shown(&self.op), self.why, shown(&self.node))?;
        if let Some(function) = &self.function {
            write!(f, " of function `{}`", shown(function))?;
        }
        if let Some(hidden_in) = &self.hidden_in {
            write!(f, ", hidden in {hidden_in}")?;
        }
        if !self.tags.is_empty() {
            write!(f, ", tags `{}`", shown(&self.tags.join(",")))?;
        }
        f.write_str(")")?;
        if let Some(value) = &self.value {
            write!(f, ": {value}")?;
        }
        for (number, way) in self.reached_from.iter().take(WAYS).enumerate() {
            write!(f, "{} {way}", if number == 0 { "; reached from" } else { "," })?;
        }
        match self.reached_from.len().saturating_sub(WAYS) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

/// A text from a file, shortened, on one line and without control characters.
pub(super) fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN).flat_map(plain).collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

/// Bytes from a file, as [`shown`].
pub(super) fn shown_bytes(bytes: &[u8]) -> String {
    shown(&String::from_utf8_lossy(&bytes[..bytes.len().min(4 * SHOWN + 4)]))
}

/// A character, written out where a terminal would act on it.
fn plain(character: char) -> impl Iterator<Item = char> {
    let acts = character.is_control()
        || matches!(character, '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let written_out = if acts { Some(character.escape_default()) } else { None };
    let itself = if acts { None } else { Some(character) };
    written_out.into_iter().flatten().chain(itself)
}
