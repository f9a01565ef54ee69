//! Checks that take too long for every change, by name: `cargo xtask faults`, `cargo xtask macro-cost`.
//!
//! One file per task; each says what it runs and what it needs.

mod faults;
mod macro_cost;

use std::process::ExitCode;

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("faults") => faults::run(),
        Some("macro-cost") => macro_cost::run(),
        _ => {
            eprintln!("usage: cargo xtask faults | macro-cost");
            ExitCode::from(2)
        }
    }
}
