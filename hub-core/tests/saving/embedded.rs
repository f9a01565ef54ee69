//! Loaded models as parts of a saved one: two of the same make beside each other, with tables, assets and other values.

use hub_core::saved_model::write::SavedModelBuilder;
use hub_core::{LoadedModel, Tensor, load};
use hub_fixtures::{assert_close, model};
use serde_json::json;

use hub_fixtures::Python;

#[test]
fn loaded_models_are_saved_as_parts_of_another() {
    let directory = tempfile::tempdir().unwrap();
    let target = directory.path().join("whole");
    let affine = load(&model("affine")).unwrap();
    let other = load(&model("affine")).unwrap();
    other.variable("b").unwrap().assign(&Tensor::from([5.0_f32, 6.0])).unwrap();
    let tables = load(&model("tables")).unwrap();
    let mutable = load(&model("conformance/mutable_tables")).unwrap();
    mutable.function("count").unwrap().call(Tensor::from(["c", "a"])).unwrap();
    let parts: [(&str, &LoadedModel); 4] =
        [("first", &affine), ("second", &other), ("tables", &tables), ("mutable", &mutable)];
    let mut builder = SavedModelBuilder::new();
    let root = builder.root();
    for (name, part) in parts {
        let embedded = part.embed(&mut builder, &part.state().unwrap()).unwrap();
        builder.child(root, name, embedded.root()).unwrap();
        if name == "second" {
            let trace = embedded.function_name("__inference___call___16");
            builder.signature("serving_default", &trace, &["x"], &["y"]).unwrap();
            let b = embedded.variable(&part.variable("b").unwrap()).unwrap();
            let trained = builder.list(&[b]).unwrap();
            builder.child(root, "trainable_variables", trained).unwrap();
        }
    }
    builder.save(&target, false).unwrap();

    let whole = load(target.to_str().unwrap()).unwrap();
    let (x, words) = (Tensor::from([[1.0_f32, 2.0, 3.0]]), Tensor::from(["a", "fox", "c"]));
    for (name, part) in parts {
        let input = if ["first", "second"].contains(&name) { &x } else { &words };
        let found = whole.function(name).unwrap().call(input).unwrap();
        assert_eq!(found, part.call(input).unwrap(), "{name}");
    }
    let expected = other.call(&x).unwrap();
    assert_eq!(whole.signatures()["serving_default"].call([("x", &x)]).unwrap()["y"], expected);
    assert_eq!(whole.trainable_variables()[0].value().unwrap(), Tensor::from([5.0_f32, 6.0]));

    let Some(mut python) = Python::start("saving/check.py") else { return };
    let served = python.ask(json!({"session": target, "signature": "serving_default", "feeds": {"x": x.to_json()}}));
    assert_close(&hub_fixtures::nest(&served["y"]), &expected, "the serving graph");
    for (name, part) in parts {
        let input = if ["first", "second"].contains(&name) { &x } else { &words };
        let found = python.ask(json!({"call": target, "function": name, "args": [input.to_json()]}));
        assert_close(&hub_fixtures::nest(&found), &part.call(input).unwrap(), name);
    }
}
