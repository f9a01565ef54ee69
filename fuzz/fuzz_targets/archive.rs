//! Any bytes into the reader of archives.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| hub_core::fuzzing::archive(bytes));
