//! The macro as a function of tokens: what lists expand to, and what is said about wrong ones.
//!
//! How the compiler shows the diagnostics, and that the expansions compile, is tested where users meet the macro, in
//! hub-layers.

mod contracts;
mod expansions;
mod graph_mistakes;
mod mistakes;
mod shapes;
mod soup;
