//! Any bytes into the parser of handles and the rewriting of addresses.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| hub_core::fuzzing::handle(bytes));
