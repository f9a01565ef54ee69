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

/// A model that is not sound is not shown; one that may do more than compute is, with what it may do.
#[test]
fn findings_of_the_audit() {
    use hub_core::saved_model::proto::{NodeDef, SavedModel};
    use prost::Message;
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("saved_model.pb");
    let mut model = SavedModel::decode(&fs::read(fixture("tf1_graph").join("saved_model.pb")).unwrap()[..]).unwrap();
    let graph = model.meta_graphs[0].graph_def.as_mut().unwrap();
    graph.node.push(NodeDef { name: "bad".into(), op: "Abort".into(), ..Default::default() });
    graph.node.push(NodeDef { name: "print".into(), op: "PrintV2".into(), ..Default::default() });
    fs::write(place, model.encode_to_vec()).unwrap();
    let output = String::from_utf8(show(directory.path(), &[]).stdout).unwrap();
    insta::assert_snapshot!(output.split_once("\nAudit\n").unwrap().1);
    let json: serde_json::Value = serde_json::from_slice(&show(directory.path(), &["--json"]).stdout).unwrap();
    let found: Vec<_> = json["audit"].as_array().unwrap().iter().map(|it| (&it["op"], &it["refused_by"])).collect();
    assert_eq!(found, [(&"Abort".into(), &"standard".into()), (&"PrintV2".into(), &"strict".into())]);
}

#[test]
fn a_tf1_hub_module() {
    let shown = |arguments: &[&str]| String::from_utf8(show(&fixture("bundles/tf1_hub"), arguments).stdout).unwrap();
    let (both, bare, train) = (shown(&[]), shown(&["--tags", ""]), shown(&["--tags", "train"]));
    assert!(bare.starts_with("TF1 Hub module, tags (none), "), "{bare}");
    assert!(train.starts_with("TF1 Hub module, tags train, "), "{train}");
    assert!(both.contains("tags (none)") && both.contains("tags train") && !both.contains("Tag sets"), "{both}");
    assert!(bare.contains("\nTag sets\n  (none)\n  train\n"), "{bare}");
    let json: serde_json::Value = serde_json::from_str(&shown(&["--json"])).unwrap();
    assert_eq!(json["meta_graphs"][1]["image_size"], serde_json::json!({"height": 3, "width": 5}));
    assert_eq!(json["meta_graphs"][0]["attachments"][0], serde_json::json!({"key": "about", "value": "näher"}));
    assert_eq!(json["meta_graphs"][0]["variables"][1]["size_bytes"], 56);
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
