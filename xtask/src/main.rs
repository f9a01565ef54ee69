//! Checks that take too long for every change, by name: `cargo xtask faults`.
//!
//! One file per task; each says what it runs and what it needs.

mod faults;

use std::process::ExitCode;

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("faults") => faults::run(),
        _ => {
            eprintln!("usage: cargo xtask faults");
            ExitCode::from(2)
        }
    }
}
