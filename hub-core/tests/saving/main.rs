//! What is saved: read again by this crate, by Python, and by TensorFlow's own loader.
//!
//! Python is the interpreter in `TFHUB_PYTHON` (it needs the packages of `fixtures/environment/tf2.txt`); without it those
//! checks print that they are skipped. `sweep` kills a save at every system call.
#![cfg(feature = "engine")]

mod built;
mod checkpoints;
mod embedded;
mod exports;
mod sweep;
mod weights;
