//! Models on Kaggle: owner, model, framework, variation, version.
//!
//! The parser makes one from either web form or from kagglehub's bare form; the Kaggle resolver asks for it.

/// A model on Kaggle.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KaggleModel {
    /// The user or organisation.
    pub owner: String,
    /// The model.
    pub model: String,
    /// The framework as Kaggle's API spells it: `tensorFlow2`.
    pub framework: String,
    /// The variation.
    pub variation: String,
    /// The version; `None` is the newest.
    pub version: Option<u64>,
}
