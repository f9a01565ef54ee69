//! Any bytes into what reads TF1 Hub modules: the mark, collections, attachments, signatures.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| hub_core::fuzzing::hub_module(bytes));
