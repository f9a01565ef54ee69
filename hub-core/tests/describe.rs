//! Descriptions of whole models: one snapshot of the text each, and of the JSON where it shows more.

mod directories;

use std::fs;
use std::path::Path;

use hub_core::Error;
use hub_core::saved_model::{Description, describe};

/// The name of the folder that a model is in.
fn name(model: &Path) -> String {
    let folder = if model.ends_with("model") { model.parent().unwrap() } else { model };
    folder.file_name().unwrap().to_string_lossy().into_owned()
}

#[test]
fn fixtures_as_text() {
    for model in directories::models() {
        let description = describe(&model, None).unwrap();
        if model.ends_with("model") {
            insta::assert_snapshot!(format!("text_{}", name(&model)), description.to_string());
        }
    }
}

#[test]
fn fixtures_as_json() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures");
    for name in ["composites", "polymorphic", "structures"] {
        let description = describe(&fixtures.join(name).join("model"), None).unwrap();
        insta::assert_snapshot!(format!("json_{name}"), serde_json::to_string_pretty(&description).unwrap());
    }
}

/// What `hub.lock` keeps is the whole description.
#[test]
fn descriptions_come_back_from_their_json() {
    let models = directories::models();
    assert!(models.len() > 10, "{}", models.len());
    for model in models {
        let json = serde_json::to_value(describe(&model, None).unwrap()).unwrap();
        let again = Description::from_json(&json).unwrap();
        assert_eq!(serde_json::to_value(again).unwrap(), json, "{}", model.display());
    }
}

#[test]
fn tags_choose_the_meta_graph() {
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/affine/model");
    assert_eq!(describe(&model, Some(&["serve".into()])).unwrap(), describe(&model, None).unwrap());
    let error = describe(&model, Some(&["train".into()])).unwrap_err();
    assert_eq!(error.to_string(), "no meta graph with just the tags `train` (available: `serve`)");
}

#[test]
fn a_model_without_its_variables() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures");
    let directory = tempfile::tempdir().unwrap();
    let copy = |fixture: &str| {
        let from = fixtures.join(fixture).join("model/saved_model.pb");
        fs::copy(from, directory.path().join("saved_model.pb")).unwrap();
        describe(directory.path(), None)
    };
    let error = copy("affine").unwrap_err();
    assert!(matches!(&error, Error::MissingVariables { missing, .. } if missing.len() == 2), "{error}");
    assert!(copy("add_one").is_ok(), "a model without variables may lack the directory");

    fs::create_dir(directory.path().join("variables")).unwrap();
    let index = "variables/variables.index";
    fs::copy(fixtures.join("affine/model").join(index), directory.path().join(index)).unwrap();
    let error = copy("affine").unwrap_err();
    assert!(matches!(&error, Error::MissingVariables { missing, .. } if missing[0].contains("data-00000")), "{error}");
}

#[test]
fn bundles() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/bundles");
    for name in ["sharded", "tf1_hub"] {
        let description = describe(&fixtures.join(name).join("model"), None).unwrap();
        insta::assert_snapshot!(format!("text_bundles_{name}"), description.to_string());
        if name == "tf1_hub" {
            insta::assert_snapshot!("json_bundles_tf1_hub", serde_json::to_string_pretty(&description).unwrap());
        }
    }
    let module = fixtures.join("tf1_hub/model");
    for (tags, found) in [(vec![], vec![]), (vec!["train".to_owned()], vec!["train".to_owned()])] {
        assert_eq!(describe(&module, Some(&tags)).unwrap().meta_graphs[0].tags, found);
    }
}
