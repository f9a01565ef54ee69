//! Any bytes into the reader of SavedModels: its checks, the audit, the description.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| hub_core::fuzzing::saved_model(bytes));
