//! What the walk over the goldens found, and which models are known not to run yet.

use hub_core::Error;

/// What cannot run yet and must say so with `Error::Unsupported`: a model, or one of its cases. An entry that no
/// answer needs any more is an error.
const UNSUPPORTED: &[&str] = &[
    "composites",
    "conformance/assets",
    "conformance/composite_signatures",
    "conformance/control_flow_of_v1: called",
    "conformance/control_flow_of_v1: called_negative",
    "conformance/examples",
    "conformance/file_tables",
    "conformance/keras2_preprocessing",
    "conformance/keras2_text",
    "conformance/keras3_text",
    "conformance/mutable_tables",
    "conformance/ragged_nests",
    "conformance/ragged_ranks",
    "conformance/shared_tables",
    "conformance/sparse_ranks",
    "conformance/static_tables",
    "conformance/tensor_arrays: ragged",
    "conformance/texts: pieces",
    "conformance/tf1_composites",
    "conformance/tf1_op_outputs",
    "conformance/vocabularies",
    "tables",
];

#[derive(Default)]
pub(crate) struct Report {
    pub(crate) models: usize,
    pub(crate) calls: usize,
    wrong: Vec<String>,
    unsupported: Vec<(String, String)>,
}

impl Report {
    /// Notes an answer that is not Python's.
    pub(crate) fn wrong(&mut self, what: &str, why: &str) {
        self.wrong.push(format!("{what}: {why}"));
    }

    /// Notes an error where Python answers.
    pub(crate) fn failed(&mut self, what: &str, error: &Error) {
        match error {
            Error::Unsupported { .. } => self.unsupported.push((what.to_owned(), error.to_string())),
            _ => self.wrong(what, &format!("{error:?}")),
        }
    }

    /// Adds what another report holds.
    pub(crate) fn take(&mut self, other: Report) {
        self.models += other.models;
        self.calls += other.calls;
        self.wrong.extend(other.wrong);
        self.unsupported.extend(other.unsupported);
    }

    /// Prints everything and fails where an answer is wrong, or unsupported without an entry; `all` where no model was
    /// left out, so that every entry must have been needed.
    ///
    /// # Panics
    /// Where the report is not clean.
    pub(crate) fn finish(mut self, all: bool) {
        let covers = |entry: &str, what: &str| {
            what == entry || what.strip_prefix(entry).is_some_and(|rest| rest.starts_with(": "))
        };
        for (what, why) in &self.unsupported {
            if !UNSUPPORTED.iter().any(|entry| covers(entry, what)) {
                self.wrong.push(format!("{what}: {why}"));
            }
        }
        for entry in UNSUPPORTED.iter().filter(|_| all) {
            if !self.unsupported.iter().any(|(what, _)| covers(entry, what)) {
                self.wrong.push(format!("{entry}: runs, and is still in the list of what does not"));
            }
        }
        println!("{} models, {} calls, {} of them not supported yet", self.models, self.calls, self.unsupported.len());
        assert!(self.wrong.is_empty(), "{} wrong answers:\n{}", self.wrong.len(), self.wrong.join("\n"));
    }
}
