//! Resolving handles against servers of our own: every kind of handle, from the text to the directory.
//!
//! Cases of tensorflow_hub's own tests carry their number in the catalogue. What goes wrong on the wire, in archives
//! and in the cache is tested beside the modules that deal with it.
#![cfg(feature = "fetch")]

mod gcs;
mod http;
mod hugging_face;
mod kaggle;
mod locked;
mod registry;
mod support;
mod tfhub_dev;
mod uncompressed;
