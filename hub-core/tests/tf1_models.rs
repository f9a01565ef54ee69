//! SavedModels of TF1 beyond their signatures: variables, parts of the graph, copies. What signatures answer is in
//! `goldens`.

#![cfg(feature = "engine")]

use hub_core::{Error, SparseTensor, Structure, Tensor, load};
use hub_fixtures::model;

fn floats(structure: &Structure) -> Vec<f32> {
    structure.tensor().unwrap().as_slice::<f32>().unwrap().to_vec()
}

#[test]
fn variables_with_and_without_handles_are_read_and_set() {
    let loaded = load(&model("tf1_graph")).unwrap();
    let names: Vec<String> = loaded.variables().iter().map(|variable| variable.name().to_owned()).collect();
    assert_eq!(names, ["w", "old"]);
    assert!(loaded.variables().iter().all(|variable| variable.is_trainable()));
    loaded.variable("old").unwrap().assign(&Tensor::scalar(0.5_f32)).unwrap();
    loaded.variable("w").unwrap().assign(&Tensor::from([[1.0_f32, 0.0], [0.0, 1.0]])).unwrap();
    let x = Tensor::from([[1.0_f32, 2.0]]);
    let y = loaded.signatures()["serving_default"].call([("x", &x)]).unwrap();
    assert_eq!(floats(&y["y"]), [1.5, 2.5]);
    assert_eq!(loaded.variable("old").unwrap().value().unwrap(), Tensor::scalar(0.5_f32));
}

#[test]
fn a_copy_has_the_values_of_its_moment() {
    let loaded = load(&model("tf1_graph")).unwrap();
    let old = loaded.variable("old").unwrap();
    old.assign(&Tensor::scalar(1.0_f32)).unwrap();
    let copy = loaded.with_own_state().unwrap();
    old.assign(&Tensor::scalar(2.0_f32)).unwrap();
    assert_eq!(copy.variable("old").unwrap().value().unwrap(), Tensor::scalar(1.0_f32));
    let words = [("x", Tensor::from([[0.0_f32, 0.0]])), ("a word", Tensor::from(["rust"]))];
    let found = copy.signatures()["both"].call(words).unwrap();
    assert_eq!(found["id"].tensor().unwrap().as_slice::<i64>().unwrap(), [2], "its table is filled");
}

#[test]
fn prune_gives_any_part_of_the_graph() {
    let loaded = load(&model("tf1_graph")).unwrap();
    let part = loaded.prune(["x:0", "old/read:0"], ["product:0", "x:0"]).unwrap();
    let (x, old) = (Tensor::from([[1.0_f32, 2.0]]), Tensor::scalar(100.0_f32));
    let found = part.call(&[&x, &old]).unwrap();
    assert_eq!(found[0].as_slice::<f32>().unwrap(), [102.0, 103.0]);
    assert_eq!(found[1], x);
    assert!(matches!(part.call(&[&x]), Err(Error::Arguments { .. })));
    let Err(Error::Arguments { why, .. }) = loaded.prune([], ["product:0"]) else { panic!("`x` is not fed") };
    assert_eq!(why, "the placeholder `x` is needed and not fed");
    assert!(matches!(loaded.prune([], ["no such:0"]), Err(Error::ModelStructure { .. })));
    let tf2 = load(&model("affine")).unwrap();
    assert!(matches!(tf2.prune([], ["x:0"]), Err(Error::Unsupported { .. })));
}

#[test]
fn a_sparse_input_is_given_whole_or_in_parts() {
    let loaded = load(&model("conformance/tf1_composites")).unwrap();
    let signature = &loaded.signatures()["sparse"];
    let sparse =
        SparseTensor::new(Tensor::from([[0_i64, 1]]), Tensor::from([2.0_f32]), Tensor::from([1_i64, 2])).unwrap();
    let x = Tensor::scalar(1.0_f32);
    let whole = signature.call([("default", Structure::from(sparse.clone())), ("x", x.clone().into())]).unwrap();
    let parts = [
        ("default_indices", sparse.indices()),
        ("default_values", sparse.values()),
        ("default_dense_shape", sparse.dense_shape()),
        ("x", &x),
    ];
    assert_eq!(signature.call(parts).unwrap(), whole);
    assert_eq!(floats(&whole["dense"]), [0.0, 3.0]);
}
