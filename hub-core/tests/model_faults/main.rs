//! The faults of model bytes and of what models may do, by number: each a model that is wrong, and what is said of it.
//!
//! Most are a fixture with one change, loaded as a user would; they end before an engine is looked for.
#![cfg(feature = "engine")]

mod assets;
mod bytes;
mod checkpoints;
mod denied;
mod edit;
mod figures;
mod interface;
mod messages;
mod mutants;
mod ops;
mod structure;
