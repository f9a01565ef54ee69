//! Fault 101 with the system's own calls: a save that is killed at every one of them leaves the old model or the new one.
//!
//! Runs under `strace`, and only with `FAULTS=full`, as the sweep of downloads does; kills at the operations of publishing
//! are among its own tests and run always.
#![cfg(target_os = "linux")]

use std::env;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use hub_core::model::ExportOptions;
use hub_core::{Tensor, load};

const TARGET: &str = "TFHUB_SAVE_TARGET";

/// The calls that change a directory or a file. A question mark is for calls that not every processor has.
const CALLS: [&str; 9] =
    ["?mkdir", "mkdirat", "write", "?rename", "renameat2", "?unlink", "unlinkat", "fsync", "fdatasync"];

const SAVED: i32 = 40;

fn old() -> Tensor {
    Tensor::scalar(1_i64)
}

fn new() -> Tensor {
    Tensor::scalar(2_i64)
}

/// The role of a child: saves over the target, if there is one.
#[test]
fn child() {
    let Ok(target) = env::var(TARGET) else { return };
    let model = load(&hub_fixtures::model("stateful")).expect("loaded");
    model.variable("count").expect("there").assign(&new()).expect("set");
    model.export(&target, &ExportOptions::new().overwrite(true)).expect("saved");
    std::process::exit(SAVED);
}

#[test]
fn fault_101_killed_at_every_call() {
    if env::var("FAULTS").as_deref() != Ok("full") {
        eprintln!("skipped: FAULTS=full is not set");
        return;
    }
    let traced = Command::new("strace").args(["-f", "-o", "/dev/null", "true"]).status();
    if !traced.is_ok_and(|status| status.success()) {
        eprintln!("skipped: strace cannot trace here");
        return;
    }
    let mut points = 0;
    for has_old in [true, false] {
        for call in CALLS {
            points += sweep(call, has_old);
        }
    }
    println!("case 101 ok ({points} kill points)");
    assert!(points > 20, "{points}");
}

/// Kills at each occurrence of a call, those before the save included, until the child does not come so far.
fn sweep(call: &str, has_old: bool) -> u32 {
    let model = load(&hub_fixtures::model("stateful")).expect("loaded");
    model.variable("count").expect("there").assign(&old()).expect("set");
    for number in 1.. {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let target = directory.path().join("model");
        if has_old {
            model.export(&target, &ExportOptions::new()).expect("saved");
        }
        let log = directory.path().with_extension("log");
        let status = Command::new("strace")
            .args(["-f", "-qq", "-e", &format!("trace={call}")])
            .args(["-e", &format!("inject={call}:signal=KILL:when={number}"), "-o"])
            .arg(&log)
            .arg(env::current_exe().expect("this program has a path"))
            .args(["--exact", "sweep::child", "--nocapture", "--test-threads", "1"])
            .env(TARGET, &target)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .expect("strace starts");
        let _ = fs::remove_file(log);
        check(&target, has_old, &format!("{call} {number}"));
        model.export(&target, &ExportOptions::new().overwrite(true)).expect("the next save");
        assert_eq!(fs::read_dir(directory.path()).expect("listed").count(), 1, "{call} {number}: something is left");
        if status.code() == Some(SAVED) {
            return number - 1;
        }
    }
    0
}

fn check(target: &Path, has_old: bool, what: &str) {
    if !target.exists() {
        assert!(!has_old, "{what}: the old model is gone");
        return;
    }
    let found = load(target.to_str().expect("UTF-8")).unwrap_or_else(|why| panic!("{what}: {why}"));
    let count = found.variable("count").expect("there").value().expect("read");
    assert!(count == new() || (has_old && count == old()), "{what}: {count}");
}
