//! What the walk over the goldens found.

use hub_core::Error;

#[derive(Default)]
pub(crate) struct Report {
    pub(crate) models: usize,
    pub(crate) calls: usize,
    wrong: Vec<String>,
}

impl Report {
    /// Notes an answer that is not Python's.
    pub(crate) fn wrong(&mut self, what: &str, why: &str) {
        self.wrong.push(format!("{what}: {why}"));
    }

    /// Notes an error where Python answers.
    pub(crate) fn failed(&mut self, what: &str, error: &Error) {
        self.wrong(what, &format!("{error:?}"));
    }

    /// Adds what another report holds.
    pub(crate) fn take(&mut self, other: Report) {
        self.models += other.models;
        self.calls += other.calls;
        self.wrong.extend(other.wrong);
    }

    /// Prints the figures and fails where an answer is wrong.
    ///
    /// # Panics
    /// Where the report is not clean.
    pub(crate) fn finish(self) {
        println!("{} models, {} calls", self.models, self.calls);
        assert!(self.wrong.is_empty(), "{} wrong answers:\n{}", self.wrong.len(), self.wrong.join("\n"));
    }
}
