//! `cargo xtask faults`: the whole matrix of faults of handles, downloads, archives, the cache, and models.
//!
//! What CI runs in part runs here in full: ten thousand kills, every system call under `strace`, 32 processes, 200
//! rounds with Python (`TFHUB_PYTHON` names an interpreter with tensorflow_hub), a million damaged models given to the engine.
//! What this machine cannot do (mount, trace, become another user) prints that it is skipped.

use std::process::{Command, ExitCode};
use std::time::Instant;

/// hub-core without the engine.
const CORE: &[&str] = &["--package", "hub-core", "--no-default-features", "--features", "fetch"];

/// hub-core with it.
const ENGINE: &[&str] = &["--package", "hub-core"];

/// The layers and their models.
const LAYERS: &[&str] = &["--package", "hub-layers"];

/// The `tfhub` command.
const COMMAND: &[&str] = &["--package", "hub-cli"];

/// What users start from.
const EXAMPLES: &[&str] = &["--package", "hub-examples"];

/// What is run: what it covers, of which package, and the arguments of `cargo test`.
const SUITES: [(&str, &[&str], &[&str]); 9] = [
    ("handles, archives, downloads, the cache", CORE, &["--lib", "--", "fault_", "case_"]),
    ("every kind of handle", CORE, &["--test", "resolve"]),
    ("Python beside us", CORE, &["--test", "interplay", "--", "--test-threads", "1"]),
    ("every system call", CORE, &["--test", "sweep"]),
    ("models: their bytes, their structure, what they may do", ENGINE, &["--test", "model_faults"]),
    ("saving: every system call, what Python reads", ENGINE, &["--test", "saving"]),
    ("saving models of layers: kills, places, what Python reads", LAYERS, &["--test", "saving"]),
    ("a training that is killed", EXAMPLES, &["--test", "kills"]),
    ("signals", COMMAND, &["--test", "signals"]),
];

/// Runs every suite, and says how each ended.
pub(crate) fn run() -> ExitCode {
    let mut failed = false;
    let mut lines = Vec::new();
    for (name, package, arguments) in SUITES {
        let started = Instant::now();
        let passed = suite(package, arguments);
        failed |= !passed;
        let state = if passed { "ok" } else { "FAILED" };
        lines.push(format!("{state:<6}  {name} ({} s)", started.elapsed().as_secs()));
    }
    println!("\n{}", lines.join("\n"));
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn suite(package: &[&str], arguments: &[&str]) -> bool {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let (before, after) = match arguments.iter().position(|argument| *argument == "--") {
        Some(place) => (&arguments[..place], &arguments[place + 1..]),
        None => (arguments, &[][..]),
    };
    let mut command = Command::new(cargo);
    command.args(["test", "--release"]).args(package).args(before).arg("--").arg("--nocapture").args(after);
    command.env("FAULTS", "full").status().is_ok_and(|status| status.success())
}
