//! The engine's faults, each provoked: libraries that will not do, installs that are cut short, wheels that lie.
//!
//! The libraries are stubs that the test compiles with `cc`; no TensorFlow is needed and nothing is downloaded. What
//! depends on the process (the environment, what is mapped) runs in a child: this very program, in the role of
//! `child::role`. The numbers in the names are those of the project's list of faults.
#![cfg(all(feature = "engine", target_os = "linux", target_env = "gnu"))]

mod bind;
mod child;
mod install;
mod locate;
mod mount;
mod package;
mod pip;
mod stub;
mod text;
mod warnings;
