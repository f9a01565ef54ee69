//! Faults 104, 105, 106, 115: what is found, and what is refused before it is opened.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use hub_core::Error;
use hub_core::engine::{self, Candidate, Options, Source, Verdict};

use crate::{child, pip, stub};

/// Options in an empty environment.
fn nothing() -> Options {
    Options::from_lookup(|_| None)
}

fn directory() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

/// The error for a library that the user named.
fn refusal(path: impl AsRef<Path>) -> Error {
    engine::start_with(nothing().library(path)).expect_err("the library is refused")
}

fn corrupt(path: &Path) -> String {
    match refusal(path) {
        Error::EngineCorrupt { path: found, why } if found == path => why,
        error => panic!("{error:?}"),
    }
}

#[test]
fn case_104_no_library_anywhere_names_every_place_and_the_command() {
    let home = directory();
    let [first, second, cache, programs] = ["first", "second", "cache", "programs"].map(|name| home.path().join(name));
    pip::python(&programs, "exit 0");
    let offline = Path::new("1");
    let (code, said) = child::run(
        "start",
        &[
            ("HOME", home.path()),
            ("TENSORFLOW_DIR", &first),
            ("LD_LIBRARY_PATH", &second),
            ("TFHUB_ENGINE_DIR", &cache),
            ("PATH", &programs),
            ("TFHUB_OFFLINE", offline),
        ],
    );
    assert_eq!(code, Some(1), "{said}");
    for part in ["EngineNotFound", "TENSORFLOW_DIR: `", "LD_LIBRARY_PATH: `", "beside the executable: `"] {
        assert!(said.contains(part), "{part} in {said}");
    }
    for part in ["engine cache: `", "Python package: `", "hint: run `TFHUB_OFFLINE=0 tfhub doctor --install`"] {
        assert!(said.contains(part), "{part} in {said}");
    }
    assert!(!cache.exists(), "nothing is written");
}

#[test]
fn case_104_an_empty_environment_is_no_panic() {
    let (code, said) = child::run("start", &[("TFHUB_OFFLINE", Path::new("1"))]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("EngineNotFound"), "{said}");
    let (code, said) = child::run("start", &[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("EngineInstall") && said.contains("set TFHUB_ENGINE_DIR"), "{said}");
}

#[test]
fn case_105_files_that_are_no_library_are_refused_before_they_are_opened() {
    let place = directory();
    let library = stub::library(&place.path().join("whole.so"), "2.21.0");
    let whole = fs::read(&library).expect("the stub is read");
    let changed = |at: usize, value: u8| {
        let mut bytes = whole.clone();
        bytes[at] = value;
        bytes
    };
    let other_machine = if whole[18] == 62 { 183 } else { 62 };
    let cases: [(&str, Vec<u8>); 5] = [
        ("no ELF file", b"not a library\n".to_vec()),
        ("empty", Vec::new()),
        ("another processor", changed(18, other_machine)),
        ("32-bit", changed(4, 1)),
        ("shared library", changed(16, 1)),
    ];
    for (expected, bytes) in cases {
        let file = place.path().join("libtensorflow.so");
        fs::write(&file, bytes).expect("the file is written");
        let why = corrupt(&file);
        assert!(why.contains(expected), "{expected} in {why}");
    }
}

#[test]
fn case_105_directories_pipes_and_broken_links_are_refused() {
    let place = directory();
    let named = place.path().join("libtensorflow.so");
    fs::create_dir(&named).expect("a directory is made");
    assert!(corrupt(&named).contains("directory"));
    assert!(matches!(refusal(place.path()), Error::EngineCorrupt { .. }), "the library in the directory is one");
    fs::remove_dir(&named).expect("it is removed");
    assert!(matches!(refusal(place.path()), Error::EngineNotFound { .. }));
    symlink(place.path().join("nowhere"), &named).expect("a link is made");
    assert!(matches!(refusal(&named), Error::EngineCorrupt { .. }));
    fs::remove_file(&named).expect("it is removed");
    assert!(matches!(refusal(&named), Error::EngineNotFound { .. }));
    let made = std::process::Command::new("mkfifo").arg(&named).status().expect("`mkfifo` runs");
    assert!(made.success());
    assert!(corrupt(&named).contains("no regular file"));
}

#[test]
fn case_106_a_library_that_is_cut_short_is_refused_before_it_is_opened() {
    let place = directory();
    let library = stub::library(&place.path().join("whole.so"), "2.21.0");
    let whole = fs::read(&library).expect("the stub is read");
    let file = place.path().join("libtensorflow.so");
    for percent in [1, 10, 50, 90, 99] {
        fs::write(&file, &whole[..whole.len() * percent / 100]).expect("the file is written");
        assert!(corrupt(&file).contains("cut short"), "{percent} %");
    }
    fs::write(&file, &whole[..whole.len() - 1]).expect("the file is written");
    assert!(corrupt(&file).contains("cut short"), "one byte");
}

#[test]
fn case_106_a_framework_library_that_is_cut_short_is_refused_too() {
    let place = directory();
    let library = stub::library_with_framework(&place.path().join("libtensorflow_cc.so.2"));
    let framework = place.path().join(stub::FRAMEWORK);
    let whole = fs::read(&framework).expect("the stub is read");
    for percent in [0, 10, 50, 90, 99] {
        fs::write(&framework, &whole[..whole.len() * percent / 100]).expect("the file is written");
        let why = corrupt(&library);
        assert!(why.contains(stub::FRAMEWORK), "{percent} %: {why}");
    }
}

#[test]
fn case_115_a_bare_name_is_refused_and_never_searched_for() {
    let place = directory();
    stub::library(&place.path().join("libtensorflow.so"), "2.21.0");
    let bare = Path::new("libtensorflow.so");
    for variable in ["TFHUB_ENGINE", "TENSORFLOW_DIR", "LD_LIBRARY_PATH"] {
        for value in ["libtensorflow.so", ".", "", "lib", "..", ":"] {
            let variables = [(variable, Path::new(value)), ("TFHUB_OFFLINE", Path::new("1"))];
            let child = child::command("start", &variables).current_dir(&place).spawn().expect("the child starts");
            let (code, said) = child::finish(child);
            assert_eq!(code, Some(1), "{variable}={value}: {said}");
        }
    }
    assert!(corrupt(bare).contains("bare name"));
}

#[test]
fn case_115_a_relative_path_is_made_absolute() {
    let place = directory();
    stub::library(&place.path().join("a/b/libtensorflow.so"), "2.21.0");
    let variables = [("TFHUB_ENGINE", Path::new("a/b"))];
    let child = child::command("start", &variables).current_dir(&place).spawn().expect("the child starts");
    let (code, said) = child::finish(child);
    assert_eq!(code, Some(0), "{said}");
    let real = place.path().canonicalize().expect("the directory is there");
    assert!(said.contains(&format!("{}/a/b/libtensorflow.so (TFHUB_ENGINE)", real.display())), "{said}");
}

#[test]
fn the_first_usable_place_is_taken_and_damaged_ones_are_passed_over() {
    let place = directory();
    let [damaged, archive, late] = ["damaged", "archive", "late"].map(|name| place.path().join(name));
    fs::create_dir(&damaged).expect("a directory is made");
    fs::write(damaged.join("libtensorflow.so"), b"text").expect("the file is written");
    stub::library(&archive.join("lib/libtensorflow.so.2"), "2.18.0");
    stub::library(&late.join("libtensorflow.so"), "2.17.0");
    let path = std::env::join_paths([&archive, &late]).expect("plain paths");
    let (code, said) = child::run("start", &[("TENSORFLOW_DIR", &damaged), ("LD_LIBRARY_PATH", path.as_ref())]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("started 2.18.0") && said.contains("(LD_LIBRARY_PATH)"), "{said}");
}

#[test]
fn a_python_package_is_found_without_importing_it_and_an_old_one_is_passed_over() {
    let place = directory();
    let [old, new, programs] = ["old", "new", "programs"].map(|name| place.path().join(name));
    stub::library(&old.join("tensorflow/libtensorflow_cc.so.2"), "2.11.0");
    fs::create_dir(old.join("tensorflow_cpu-2.11.0.dist-info")).expect("a directory is made");
    stub::library(&new.join("tensorflow/libtensorflow_cc.so.2"), "2.16.0");
    pip::python(&programs, &format!("printf '%s\\n' {} {}", old.display(), new.display()));
    let (code, said) = child::run("start", &[("PATH", &programs), ("TFHUB_OFFLINE", Path::new("1"))]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("started 2.16.0") && said.contains("(Python package)"), "{said}");

    let path = programs.clone().into_os_string();
    let options = Options::from_lookup(|name| (name == "PATH").then(|| path.clone()));
    let candidates = engine::candidates(&options);
    let old = candidates.iter().find(|candidate| candidate.path.starts_with(&old)).expect("the old one is listed");
    assert!(matches!(old, Candidate { source: Source::Python, verdict: Verdict::Refused(_), .. }), "{old}");
    assert!(old.to_string().contains("2.11.0"), "{old}");
}

#[test]
fn an_interpreter_that_floods_or_fails_is_no_harm() {
    let place = directory();
    let programs = place.path().join("programs");
    for script in ["exit 3", "head -c 1000000 /dev/zero", "printf 'relative\\n\\n/nowhere\\n'"] {
        pip::python(&programs, script);
        let (code, said) = child::run("start", &[("PATH", &programs), ("TFHUB_OFFLINE", Path::new("1"))]);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("Python package: `tensorflow`: no library there"), "{said}");
    }
}
