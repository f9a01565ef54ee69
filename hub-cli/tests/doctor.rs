//! `tfhub doctor` as a program: exit codes, and what goes to stdout and to stderr.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use std::path::Path;
use std::process::{Command, Output};

/// Runs `tfhub` with none of this process's variables but those given.
fn tfhub(arguments: &[&str], variables: &[(&str, &Path)]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tfhub"));
    command.args(arguments).env_clear().envs(variables.iter().copied());
    let Output { status, stdout, stderr } = command.output().expect("the program runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the output is text");
    (status.code(), text(stdout), text(stderr))
}

fn directory() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

/// A library that has every function and does nothing.
fn stub(path: &Path) {
    let functions = hub_core::engine::REQUIRED_SYMBOLS.iter().filter(|symbol| **symbol != "TF_Version");
    let mut source: String = functions.map(|symbol| format!("void {symbol}(void) {{}}\n")).collect();
    source += "const char *TF_Version(void) { return \"2.21.0\"; }\n";
    let file = path.with_extension("c");
    std::fs::write(&file, source).expect("the source is written");
    let status = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(path).arg(&file).status();
    assert!(status.expect("`cc` is on PATH").success());
}

#[test]
fn without_a_library_the_places_are_listed_and_the_hint_mends_it() {
    let home = directory();
    let (code, out, err) = tfhub(&["doctor"], &[("HOME", home.path())]);
    assert_eq!(code, Some(1), "{err}");
    let cache = home.path().join(".cache/tfhub/engine");
    assert!(out.contains(&format!("2. engine cache: `{}/", cache.display())), "{out}");
    assert!(err.starts_with("tfhub: no TensorFlow library was found"), "{err}");
    assert!(err.contains("\nhint: run `TFHUB_OFFLINE=0 tfhub doctor --install`"), "{err}");
    assert!(!cache.exists(), "nothing is written");
}

#[test]
fn a_library_that_starts_is_named() {
    let place = directory();
    let library = place.path().join("libtensorflow.so");
    stub(&library);
    let (code, out, err) = tfhub(&["doctor"], &[("TFHUB_ENGINE", &library)]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let path = library.canonicalize().expect("it is there");
    let expected = format!(
        "1. TFHUB_ENGINE: `{}`: usable\nTensorFlow 2.21.0 starts: {} (TFHUB_ENGINE)\n",
        library.display(),
        path.display()
    );
    assert_eq!(out, expected);
}

#[test]
fn a_library_that_will_not_do_is_refused_with_the_reason() {
    let place = directory();
    let library = place.path().join("libtensorflow.so");
    std::fs::write(&library, "text").expect("the file is written");
    let (code, out, err) = tfhub(&["doctor"], &[("TFHUB_ENGINE", &library)]);
    assert_eq!(code, Some(1), "{err}");
    assert!(out.contains("it is no ELF file"), "{out}");
    assert!(err.contains("is not a usable TensorFlow library: it is no ELF file\nhint: "), "{err}");
}

#[test]
fn install_is_refused_offline() {
    let home = directory();
    let (code, out, err) = tfhub(&["doctor", "--install"], &[("HOME", home.path()), ("TFHUB_OFFLINE", Path::new("1"))]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(err.contains("TFHUB_OFFLINE forbids it\nhint: run `TFHUB_OFFLINE=0 tfhub doctor --install`"), "{err}");
}

#[test]
fn tensorflow_text_is_looked_for_on_request() {
    let home = directory();
    let library = home.path().join("libtensorflow.so");
    stub(&library);
    let variables = [("TFHUB_ENGINE", library.as_path()), ("HOME", home.path()), ("TFHUB_OFFLINE", Path::new("1"))];
    let (code, out, err) = tfhub(&["doctor", "--ops", "text"], &variables);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let expected = format!("TensorFlow Text: engine cache: `{}/.cache/tfhub/engine/text-", home.path().display());
    assert!(out.contains(&expected) && out.ends_with(": no library there\n"), "{out}");
}

#[test]
fn usage_is_exit_code_two() {
    let (code, out, err) = tfhub(&["doctor", "--wat"], &[]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(err.contains("--wat"), "{err}");
    assert_eq!(tfhub(&[], &[]).0, Some(2));
}
