//! Any bytes into the reader of a checkpoint's index and of the values that it names.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| hub_core::fuzzing::tensor_bundle(bytes));
