//! Any bytes into the readers of object graphs, of models and of checkpoints.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| hub_core::fuzzing::object_graph(bytes));
