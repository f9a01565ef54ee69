//! Faults 93, 97 and 98 with the system's own calls: a download that is killed, or refused, at every one of them.
//!
//! Runs under `strace`, and only with `FAULTS=full`: it starts some thousand processes. `cargo xtask faults` sets that;
//! where something is missing the tests print that they are skipped. The same faults at the operations of the cache,
//! without `strace`, are among the cache's own tests and run always.
#![cfg(all(feature = "fetch", target_os = "linux"))]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use hub_core::progress::Silent;
use hub_core::{Cache, Hub, PruneOptions, Settings};
use hub_fixtures::server::{Answer, Server};

const HANDLE: &str = "TFHUB_SWEEP_HANDLE";

/// The calls that change a directory or a file, or bring bytes. Each is swept by itself: `strace` counts them so, and
/// of several the commonest would always come first. A question mark is for calls that not every processor has.
const CALLS: [&str; 15] = [
    "openat",
    "?mkdir",
    "mkdirat",
    "write",
    "?rename",
    "?renameat",
    "renameat2",
    "?link",
    "linkat",
    "?unlink",
    "unlinkat",
    "?rmdir",
    "fsync",
    "fdatasync",
    "recvfrom",
];

/// Those of which each may fail; the ones of sockets are the matter of the downloads' own tests.
const FAILING: [&str; 13] = [
    "openat",
    "?mkdir",
    "mkdirat",
    "write",
    "?rename",
    "?renameat",
    "renameat2",
    "?link",
    "linkat",
    "?unlink",
    "unlinkat",
    "fsync",
    "fdatasync",
];

const FAULTS: [&str; 7] = ["ENOSPC", "EDQUOT", "EIO", "EINTR", "EACCES", "EROFS", "EXDEV"];

/// How a child ends. With another code it failed before its role began: a call of the loader or of the test harness.
const RESOLVED: i32 = 40;
const REFUSED: i32 = 41;
const PANICKED: i32 = 42;

/// The role of a child: resolves the handle in the variable, if there is one. It prints nothing, since that may fail
/// too.
#[test]
fn child() {
    let Ok(handle) = env::var(HANDLE) else { return };
    let done = std::panic::catch_unwind(|| Hub::with_settings(settings(None)).resolve(&handle));
    std::process::exit(match done {
        Ok(Ok(_)) => RESOLVED,
        Ok(Err(_)) => REFUSED,
        Err(_) => PANICKED,
    })
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

/// A server with the model, and a place for the caches of children that resolve it.
struct Sweep {
    _server: Server,
    handle: String,
    directory: tempfile::TempDir,
}

/// What became of a child.
struct Ended {
    code: Option<i32>,
    /// Whether it came to the call.
    was_hit: bool,
}

impl Sweep {
    /// `None`, after a line that says why, where this cannot run.
    fn start() -> Option<Sweep> {
        if !can_run() {
            return None;
        }
        let server = Server::limited(1_000_000, Duration::from_secs(3 * 3600));
        server.on("/model", Answer::ok(archive()));
        let handle = server.url("/model");
        Some(Sweep { _server: server, handle, directory: tempfile::tempdir().expect("a temporary directory") })
    }

    /// Plays a fault at each occurrence of a call, in an empty cache each time, until the child does not come so far.
    fn each(&self, call: &str, fault: &str, mut check: impl FnMut(&Path, &Ended, &str)) {
        for number in 1.. {
            let cache = self.directory.path().join("cache");
            let ended = self.traced(&cache, call, fault, number);
            let what = format!("{fault} at {call} {number}");
            match ended.was_hit {
                true => check(&cache, &ended, &what),
                false => assert_eq!(ended.code, Some(RESOLVED), "{what}"),
            }
            fs::remove_dir_all(&cache).expect("the cache is removed");
            if !ended.was_hit {
                break;
            }
        }
    }

    fn traced(&self, cache: &Path, call: &str, fault: &str, number: u32) -> Ended {
        let log = self.directory.path().join("log");
        let status = Command::new("strace")
            .args(["-f", "-qq", "-e", &format!("trace={call}"), "-e", &format!("inject={call}:{fault}:when={number}")])
            .arg("-o")
            .arg(&log)
            .arg(env::current_exe().expect("this program has a path"))
            .args(["--exact", "child", "--nocapture", "--test-threads", "1"])
            .env(HANDLE, &self.handle)
            .env("TFHUB_CACHE_DIR", cache)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .expect("strace starts");
        let log = fs::read(log).expect("strace writes a log");
        let was_hit =
            ["(INJECTED)", "killed by SIGKILL"].iter().any(|mark| String::from_utf8_lossy(&log).contains(mark));
        Ended { code: status.code(), was_hit }
    }

    /// The next run succeeds, and clears away what the last one left. Where the entry was there already it writes
    /// nothing, and what is left goes with the next pruning.
    fn assert_next_succeeds(&self, cache: &Path, what: &str) {
        let was_there = !Cache::new(cache).entries().expect("the cache is read").is_empty();
        let next = Hub::with_settings(settings(Some(cache))).resolve(&self.handle);
        next.unwrap_or_else(|error| panic!("{what}: the next run: {error}"));
        assert_absent_or_whole(cache, what);
        if was_there {
            // A lock younger than the idle time of these settings is respected.
            std::thread::sleep(Duration::from_millis(100));
            Cache::of(&settings(Some(cache))).prune(&PruneOptions::new()).expect("the cache is pruned");
        }
        assert_no_leftovers(cache, what);
    }
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
    let Some(sweep) = Sweep::start() else { return };
    let mut points = 0;
    for call in CALLS {
        sweep.each(call, "signal=KILL", |cache, _, what| {
            assert_absent_or_whole(cache, what);
            sweep.assert_next_succeeds(cache, what);
            points += 1;
        });
    }
    println!("case 93 ok ({points} kill points)");
    assert!(points > 50, "{points}");
}

#[test]
fn fault_97_and_98_refused_at_every_call() {
    let Some(sweep) = Sweep::start() else { return };
    let (mut points, mut refusals) = (0, 0);
    for (fault, call) in FAULTS.iter().flat_map(|fault| FAILING.iter().map(move |call| (fault, call))) {
        sweep.each(call, &format!("error={fault}"), |cache, ended, what| {
            assert!(ended.code.is_some_and(|code| code != PANICKED), "{what}: {:?}", ended.code);
            assert_absent_or_whole(cache, what);
            if ended.code == Some(RESOLVED) {
                assert_eq!(Cache::new(cache).entries().expect("the cache is read").len(), 1, "{what}");
            }
            sweep.assert_next_succeeds(cache, what);
            points += 1;
            refusals += u32::from(ended.code == Some(REFUSED));
        });
    }
    println!("cases 97 and 98 ok ({points} failed calls, {refusals} refusals)");
    assert!(refusals > 50, "{refusals}");
}
