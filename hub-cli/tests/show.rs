//! `tfhub show` as a program: what it prints, and how it fails.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join(name).join("model")
}

fn show(model: &Path, arguments: &[&str]) -> Output {
    // No engine is needed: none is to be found.
    let mut command = Command::new(env!("CARGO_BIN_EXE_tfhub"));
    command.arg("show").arg(model).args(arguments).env("TFHUB_OFFLINE", "1").env("TFHUB_ENGINE", "/nowhere");
    command.output().unwrap()
}

/// Exit code and stderr of a command that prints no result.
fn failure(model: &Path, arguments: &[&str]) -> String {
    let output = show(model, arguments);
    assert!(output.stdout.is_empty());
    let text = format!("exit {}\n{}", output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap());
    text.replace(&model.display().to_string(), "[model]")
}

#[test]
fn a_model_as_text() {
    let output = show(&fixture("affine"), &[]);
    assert!(output.status.success() && output.stderr.is_empty());
    insta::assert_snapshot!(String::from_utf8(output.stdout).unwrap());
}

#[test]
fn a_model_as_json() {
    let output = show(&fixture("affine"), &["--json", "--tags", "serve"]);
    assert!(output.status.success() && output.stderr.is_empty());
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let graph = &json["meta_graphs"][0];
    assert_eq!(graph["signatures"][1]["inputs"][1]["name"], "x2");
    assert_eq!(graph["variables"][0]["shape"], serde_json::json!([3, 2]));
}

#[test]
fn failures() {
    let directory = tempfile::tempdir().unwrap();
    insta::assert_snapshot!("no_model", failure(directory.path(), &[]));
    insta::assert_snapshot!("other_tags", failure(&fixture("affine"), &["--tags", "train,gpu"]));
    let model = directory.path().join("saved_model.pb");
    fs::write(&model, "<html>").unwrap();
    insta::assert_snapshot!("no_saved_model", failure(directory.path(), &[]));
    fs::copy(fixture("affine").join("saved_model.pb"), model).unwrap();
    insta::assert_snapshot!("no_variables", failure(directory.path(), &[]));
}
