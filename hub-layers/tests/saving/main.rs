//! Models that are saved: taken up again, read by Python, by hub-core and by TensorFlow's own loader.
//!
//! Python is the interpreter in `TFHUB_PYTHON` (it needs the packages of `fixtures/environment/tf2.txt`); without it those
//! checks print that they are skipped.

mod exports;
mod faults;
mod models;
mod python;
mod round_trip;
