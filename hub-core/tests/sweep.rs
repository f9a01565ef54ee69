//! Faults 93, 97 and 98 with the system's own calls: a download that is killed, or refused, at every one of them.
//!
//! Runs under `strace`, and only with `FAULTS=full`: it starts some thousand processes. `cargo xtask faults` sets that;
//! where something is missing the tests print that they are skipped. The same faults at the operations of the cache,
//! without `strace`, are among the cache's own tests and run always.
#![cfg(all(feature = "fetch", target_os = "linux"))]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Duration;

use hub_core::progress::Silent;
use hub_core::{Cache, Hub, PruneOptions, Settings};
use hub_fixtures::server::{Answer, Server};

const HANDLE: &str = "TFHUB_SWEEP_HANDLE";

/// The calls that change a directory or a file, or bring bytes.
const CALLS: &str =
    "openat,mkdir,mkdirat,write,rename,renameat,renameat2,link,linkat,unlink,unlinkat,rmdir,fsync,fdatasync,recvfrom";

/// The calls of which each may fail; those of sockets are the matter of the downloads' own tests.
const FAILING: &str = "mkdir,mkdirat,rename,renameat,renameat2,link,linkat,fsync,fdatasync";

/// The role of a child: resolves the handle in the variable, if there is one.
#[test]
fn child() {
    let Ok(handle) = env::var(HANDLE) else { return };
    match Hub::with_settings(settings(None)).resolve(&handle) {
        Ok(directory) => println!("\nresolved {}", directory.display()),
        Err(error) => println!("\nrefused {error}"),
    }
}

fn settings(cache: Option<&Path>) -> Settings {
    let settings = match cache {
        Some(cache) => Settings::from_env().cache_dir(cache),
        None => Settings::from_env(),
    };
    settings.progress(Arc::new(Silent)).limits(|limits| {
        limits.lock_poll = Duration::from_millis(5);
        limits.lock_idle = Duration::from_millis(50);
        limits.retry_wait = Duration::from_millis(1);
    })
}

/// Whether this can run here; a line says why not.
fn can_run() -> bool {
    if env::var("FAULTS").as_deref() != Ok("full") {
        eprintln!("skipped: FAULTS=full is not set");
        return false;
    }
    let traced = Command::new("strace").args(["-f", "-o", "/dev/null", "true"]).status();
    if !traced.is_ok_and(|status| status.success()) {
        eprintln!("skipped: strace cannot trace here");
        return false;
    }
    true
}

fn traced(cache: &Path, handle: &str, calls: &str, fault: &str, number: u32) -> Output {
    let inject = format!("inject={calls}:{fault}:when={number}");
    Command::new("strace")
        .args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={calls}"), "-e", &inject])
        .arg(env::current_exe().expect("this program has a path"))
        .args(["--exact", "child", "--nocapture", "--test-threads", "1"])
        .env(HANDLE, handle)
        .env("TFHUB_CACHE_DIR", cache)
        .output()
        .expect("strace starts")
}

fn model() -> PathBuf {
    hub_fixtures::folder("digits_features/model")
}

fn archive() -> Vec<u8> {
    fs::read(hub_fixtures::folder("digits_features/digits_features.tar.gz")).expect("the fixture is there")
}

/// An entry is absent, or holds the model.
fn assert_absent_or_whole(cache: &Path, what: &str) {
    for entry in Cache::new(cache).entries().expect("the cache is read") {
        for name in ["saved_model.pb", "variables/variables.index", "variables/variables.data-00000-of-00001"] {
            let same = fs::read(entry.path.join(name)).ok() == fs::read(model().join(name)).ok();
            assert!(same, "{what}: {name} of {}", entry.path.display());
        }
    }
}

/// The next run succeeds, and clears away what the last one left. Where the entry was there already it writes nothing,
/// and what is left goes with the next pruning.
fn assert_next_succeeds(cache: &Path, handle: &str, what: &str) {
    let was_there = !Cache::new(cache).entries().expect("the cache is read").is_empty();
    let next = Hub::with_settings(settings(Some(cache))).resolve(handle);
    next.unwrap_or_else(|error| panic!("{what}: the next run: {error}"));
    assert_absent_or_whole(cache, what);
    if was_there {
        // A lock younger than the idle time of these settings is respected.
        std::thread::sleep(Duration::from_millis(100));
        Cache::of(&settings(Some(cache))).prune(&PruneOptions::new()).expect("the cache is pruned");
    }
    assert_no_leftovers(cache, what);
}

fn assert_no_leftovers(cache: &Path, what: &str) {
    let names = fs::read_dir(cache).into_iter().flatten().flatten().map(|entry| entry.file_name());
    let leftovers: Vec<_> = names
        .map(|name| name.to_string_lossy().into_owned())
        .filter(|name| name.contains(".lock") || name.contains(".tmp") || name.contains(".bad"))
        .collect();
    assert!(leftovers.is_empty(), "{what}: {leftovers:?}");
}

#[test]
fn fault_93_killed_at_every_call() {
    if !can_run() {
        return;
    }
    let server = Server::limited(1_000_000, Duration::from_secs(3 * 3600));
    server.on("/model", Answer::ok(archive()));
    let handle = server.url("/model");
    let mut points = 0;
    for number in 1.. {
        let place = tempfile::tempdir().expect("a temporary directory");
        let cache = place.path().join("cache");
        let output = traced(&cache, &handle, CALLS, "signal=KILL", number);
        let what = format!("killed at call {number}");
        assert_absent_or_whole(&cache, &what);
        if output.status.success() {
            assert!(String::from_utf8_lossy(&output.stdout).contains("resolved "), "{output:?}");
            break;
        }
        assert_next_succeeds(&cache, &handle, &what);
        points += 1;
    }
    println!("case 93 ok ({points} kill points)");
}

#[test]
fn fault_97_and_98_refused_at_every_call() {
    if !can_run() {
        return;
    }
    let server = Server::limited(1_000_000, Duration::from_secs(3 * 3600));
    server.on("/model", Answer::ok(archive()));
    let handle = server.url("/model");
    let mut points = 0;
    for fault in ["ENOSPC", "EDQUOT", "EIO", "EINTR", "EACCES", "EROFS", "EXDEV"] {
        for number in 1..=60 {
            let place = tempfile::tempdir().expect("a temporary directory");
            let cache = place.path().join("cache");
            let output = traced(&cache, &handle, FAILING, &format!("error={fault}"), number);
            let what = format!("{fault} at call {number}");
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(text.contains("resolved ") || text.contains("refused "), "{what}: {output:?}");
            assert_absent_or_whole(&cache, &what);
            if text.contains("resolved ") {
                assert_eq!(Cache::new(&cache).entries().expect("the cache is read").len(), 1, "{what}");
            }
            assert_next_succeeds(&cache, &handle, &what);
            points += 1;
        }
    }
    println!("cases 97 and 98 ok ({points} refusals)");
}
