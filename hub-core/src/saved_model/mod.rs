//! Reading SavedModels: from bytes to a description, without the engine.

pub mod proto;
