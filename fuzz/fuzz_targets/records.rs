//! Any bytes into the readers of the cache's small files: locks, descriptors, manifests.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| hub_core::fuzzing::records(bytes));
