//! Models on Hugging Face: a folder of a repository at a revision.
//!
//! The parser makes one from `hf://owner/name[@revision][/path]`; the Hugging Face resolver asks for it.

/// A folder of a repository on Hugging Face.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HuggingFaceModel {
    /// The user or organisation.
    pub owner: String,
    /// The repository.
    pub name: String,
    /// The branch, tag or commit; `main` where none was given.
    pub revision: String,
    /// The folder of the model within the repository, without a slash at either end; empty for the root.
    pub path: String,
}
