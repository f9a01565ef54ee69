//! A `python3` of our own, and what an install does with what its `pip` answers.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use hub_core::Error;
use hub_core::engine::{self, Options};
use hub_core::progress::{Event, Progress, Silent, Unit};

/// Writes a `python3` that answers the question for packages with one script, and has no `pip`.
pub(crate) fn python(programs: &Path, packages: &str) {
    write(programs, packages, "exit 1");
}

/// Writes a `python3` with a `pip` whose `download` is a script.
pub(crate) fn python_with_pip(programs: &Path, download: &str) {
    write(programs, "exit 0", download);
}

fn write(programs: &Path, packages: &str, download: &str) {
    fs::create_dir_all(programs).expect("a directory is made");
    let file = programs.join("python3");
    let script = format!(
        "#!/bin/sh\nPATH=/usr/bin:/bin\ncase \"$1 $2 $3\" in\n\
         '-I -c '*) {packages};;\n\
         '-m pip --version') {version};;\n\
         '-m pip download') {download};;\n\
         esac\n",
        version = if download == "exit 1" { "exit 1" } else { "exit 0" },
    );
    // Not by this process: a script that is open for writing in a child of another test cannot be run.
    let write = "printf %s \"$2\" > \"$1\" && chmod 755 \"$1\"";
    let written = Command::new("sh").args(["-c", write, "sh"]).arg(file).arg(script).status();
    assert!(written.expect("`sh` runs").success());
}

/// Installs with a `pip` whose `download` is a script.
fn install(place: &Path, download: &str, change: impl FnOnce(&mut engine::Limits)) -> Error {
    let programs = place.join("programs");
    python_with_pip(&programs, download);
    let options = Options::from_lookup(|name| (name == "PATH").then(|| programs.clone().into_os_string()));
    let options = options.cache_dir(place.join("cache")).progress(Arc::new(Silent));
    let options = options.limits(|limits| {
        limits.install_bytes = Some(0);
        change(limits);
    });
    let error = engine::install(&options).expect_err("the install fails");
    let left: Vec<_> = place.join("cache").read_dir().expect("it is listed").flatten().map(|e| e.file_name()).collect();
    assert_eq!(left, [".lock"], "nothing is left and nothing installed");
    error
}

fn directory() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

#[test]
fn without_pip_the_error_says_what_to_install() {
    for script in [None, Some("exit 0")] {
        let place = directory();
        let programs = place.path().join("programs");
        if let Some(script) = script {
            python(&programs, script);
        }
        let options = Options::from_lookup(|name| (name == "PATH").then(|| programs.clone().into_os_string()));
        let error = engine::install(&options.cache_dir(place.path().join("cache"))).expect_err("there is no pip");
        let Error::EngineInstall { why, fix } = error else { panic!("{error:?}") };
        assert!(why.contains("`pip`") && fix.contains("python3-pip"), "{why}; {fix}");
    }
}

#[test]
fn offline_nothing_is_run_and_the_error_says_so() {
    let place = directory();
    let programs = place.path().join("programs");
    python_with_pip(&programs, &format!("touch {}/ran", place.path().display()));
    let options = Options::from_lookup(|name| (name == "PATH").then(|| programs.clone().into_os_string()));
    let options = options.cache_dir(place.path().join("cache")).offline(true);
    let error = engine::install(&options).expect_err("installing is forbidden");
    assert!(matches!(&error, Error::EngineInstall { why, .. } if why.contains("TFHUB_OFFLINE")), "{error:?}");
    let error = engine::start_with(options).expect_err("nothing is there");
    assert!(matches!(error, Error::EngineNotFound { .. }), "{error:?}");
    assert!(!place.path().join("ran").exists() && !place.path().join("cache").exists());
}

#[test]
fn case_113_a_full_disk_is_told_before_the_download_starts() {
    let place = directory();
    let script = format!("touch {}/ran", place.path().display());
    let error = install(place.path(), &script, |limits| limits.install_bytes = Some(u64::MAX));
    assert!(matches!(error, Error::DiskFull { needed_bytes: u64::MAX, free_bytes: 1.., .. }), "{error:?}");
    assert!(!place.path().join("ran").exists());
}

#[test]
fn a_disk_that_fills_during_the_download_is_told_as_such() {
    let place = directory();
    let script = "echo 'ERROR: [Errno 28] No space left on device' >&2; exit 2";
    let error = install(place.path(), script, |_| {});
    assert!(matches!(error, Error::DiskFull { .. }), "{error:?}");
}

#[test]
fn pip_is_asked_for_the_pinned_wheel_by_its_digest() {
    let place = directory();
    let script = "shift 2; echo \"ERROR: $*\"; while [ \"$1\" != --requirement ]; do shift; done; \
                  echo \"ERROR: $(cat \"$2\")\"; echo \"ERROR: $TMPDIR in $PWD\"; exit 1";
    let Error::EngineInstall { why, fix } = install(place.path(), script, |_| {}) else { panic!("another error") };
    for part in ["--require-hashes", "--only-binary=:all:", "--no-deps", "--abi cp312", "==2.21.0 --hash=sha256:"] {
        assert!(why.contains(part), "{part} in {why}");
    }
    assert!(why.contains(&format!("{}/.install-", place.path().join("cache").display())), "{why}");
    assert!(why.ends_with(" in /"), "modules of the working directory are not run: {why}");
    assert!(fix.contains("tfhub doctor --install"), "{fix}");
}

#[test]
fn a_download_that_stands_still_is_killed() {
    let place = directory();
    let started = Instant::now();
    let script = format!("echo $$ > {}/process; exec sleep 60", place.path().display());
    let error = install(place.path(), &script, |limits| limits.stall = Duration::from_millis(300));
    assert!(matches!(&error, Error::EngineInstall { why, .. } if why.contains("stood still")), "{error:?}");
    assert!(started.elapsed() < Duration::from_secs(30));
    let process = fs::read_to_string(place.path().join("process")).expect("the script ran");
    assert!(!Path::new("/proc").join(process.trim()).exists(), "it is gone");
}

#[test]
fn a_download_that_only_trickles_ends_too() {
    let place = directory();
    let script = "while :; do echo x >> \"$TMPDIR/wheel\"; sleep 0.05; done";
    let error = install(place.path(), script, |limits| limits.download = Duration::from_millis(700));
    assert!(matches!(&error, Error::EngineInstall { why, .. } if why.contains("longer than")), "{error:?}");
}

#[test]
fn case_111_another_wheel_than_the_pinned_one_is_refused() {
    let place = directory();
    let script = "while [ \"$1\" != --dest ]; do shift; done; mkdir -p \"$2\"; echo PK > \"$2/other.whl\"";
    let error = install(place.path(), script, |_| {});
    assert!(matches!(error, Error::ChecksumMismatch { .. }), "{error:?}");
    let script = "echo 'ERROR: THESE PACKAGES DO NOT MATCH THE HASHES'; echo '        Got        abc'; exit 1";
    let error = install(place.path(), script, |_| {});
    assert!(matches!(&error, Error::ChecksumMismatch { found, .. } if found == "abc"), "{error:?}");
}

#[test]
fn a_pip_that_leaves_nothing_is_an_error() {
    let place = directory();
    let error = install(place.path(), "exit 0", |_| {});
    assert!(matches!(&error, Error::EngineInstall { why, .. } if why.contains("no wheel")), "{error:?}");
}

/// What a listener was told, in short.
#[derive(Default)]
struct Recorder(Mutex<Vec<String>>);

impl Progress for Recorder {
    fn event(&self, event: &Event<'_>) {
        let line = match event {
            Event::Started { total, unit: Unit::Bytes, .. } => format!("started, {total:?} bytes"),
            Event::Advanced { done } => format!("{done}"),
            Event::Finished { success } => format!("finished: {success}"),
            other => format!("{other:?}"),
        };
        self.0.lock().expect("no test panics here").push(line);
    }
}

#[test]
fn the_growing_file_is_the_progress() {
    let place = directory();
    let programs = place.path().join("programs");
    let script = "head -c 100000 /dev/zero > \"$TMPDIR/wheel\"; sleep 0.6; head -c 200000 /dev/zero > \"$TMPDIR/wheel\"; \
                  sleep 0.6; exit 1";
    python_with_pip(&programs, script);
    let options = Options::from_lookup(|name| (name == "PATH").then(|| programs.clone().into_os_string()));
    let recorder = Arc::new(Recorder::default());
    let options = options.cache_dir(place.path().join("cache")).progress(recorder.clone());
    engine::install(&options.limits(|limits| limits.install_bytes = Some(0))).expect_err("the script fails");
    let told = recorder.0.lock().expect("no test panics here").clone();
    assert_eq!(told.first().map(String::as_str), Some("started, Some(274000000) bytes"), "{told:?}");
    assert_eq!(told.last().map(String::as_str), Some("finished: false"), "{told:?}");
    let figures: Vec<u64> = told.iter().filter_map(|line| line.parse().ok()).collect();
    assert!(figures.contains(&100_000) && figures.contains(&200_000) && figures.is_sorted(), "{told:?}");
}
