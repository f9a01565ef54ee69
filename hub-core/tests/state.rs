//! What a loaded model keeps: variables that are set, tables, objects within it, copies beside it.

#![cfg(feature = "engine")]

use hub_core::graph::function;
use hub_core::model::{GraphArguments, GraphValue};
use hub_core::{DType, Error, LoadOptions, LoadedModel, Nest, Tensor, args, load, load_with};
use hub_fixtures::model;

fn count(model: &LoadedModel) -> i64 {
    model.function("value").unwrap().call(args![]).unwrap().tensor().unwrap().item().unwrap()
}

#[test]
fn what_is_assigned_is_what_calls_see() {
    let loaded = load(&model("stateful")).unwrap();
    let variable = loaded.variable("count").unwrap();
    variable.assign(&Tensor::scalar(7_i64)).unwrap();
    assert_eq!(count(&loaded), 7);
    loaded.function("increment").unwrap().call(Tensor::scalar(3_i64)).unwrap();
    assert_eq!(variable.value().unwrap().item::<i64>().unwrap(), 10);
    let wrong = variable.assign(&Tensor::scalar(1.0_f32)).unwrap_err();
    assert!(matches!(wrong, Error::DTypeMismatch { expected: DType::I64, .. }), "{wrong}");
    let wrong = variable.assign(&Tensor::from([1_i64])).unwrap_err();
    assert!(matches!(wrong, Error::ShapeMismatch { .. }), "{wrong}");
    assert_eq!(count(&loaded), 10);
    assert!(matches!(loaded.variable("counter"), Err(Error::VariableNotFound { .. })));
}

#[test]
fn two_loads_and_a_copy_share_nothing() {
    let loaded = load(&model("stateful")).unwrap();
    loaded.variable("count").unwrap().assign(&Tensor::scalar(5_i64)).unwrap();
    let copy = loaded.with_own_state().unwrap();
    let other = load(&model("stateful")).unwrap();
    assert!(!loaded.same_as(&copy));
    assert_eq!((count(&loaded), count(&copy), count(&other)), (5, 5, 40));
    copy.function("increment").unwrap().call(Tensor::scalar(1_i64)).unwrap();
    assert_eq!((count(&loaded), count(&copy), count(&other)), (5, 6, 40));
}

#[test]
fn tables_are_filled_in_every_graph_that_they_are_made_in() {
    let loaded = load(&model("tables")).unwrap();
    let words = Tensor::from(["fox", "no such word"]);
    let expected = loaded.call(&words).unwrap();
    assert_eq!(loaded.with_own_state().unwrap().call(&words).unwrap(), expected);
    let twice = function("twice", |s| {
        let x = s.placeholder("words", DType::String, [None]);
        for name in ["first", "second"] {
            let instance = loaded.instantiate(s)?;
            let arguments = GraphArguments { positional: vec![Nest::Leaf(GraphValue::Node(x))], ..Default::default() };
            let Nest::Leaf(found) = loaded.root()?.apply(s, &instance, arguments)?.outputs else { panic!("a tensor") };
            s.output(name, found.node()?)?;
        }
        Ok(())
    })
    .unwrap();
    let found = twice.call([("words", &words)]).unwrap();
    assert_eq!(found["first"], expected);
    assert_eq!(found["second"], expected);
}

#[test]
fn an_object_is_a_model_of_its_own_with_the_state_of_the_whole() {
    let loaded = load(&model("polymorphic")).unwrap();
    let object = loaded.object("encoder").unwrap();
    assert!(object.same_as(&loaded));
    assert!(object.is_callable());
    let input = Tensor::new(&[1, 2], vec![1.0_f32, 2.0]).unwrap();
    assert_eq!(object.call(&input).unwrap(), loaded.function("encoder").unwrap().call(&input).unwrap());
    let own: Vec<String> = object.all_variables().iter().map(|variable| variable.path()).collect();
    assert!(own.iter().all(|path| path.starts_with("encoder.")), "{own:?}");
    assert!(object.signatures().is_empty());
    let Err(Error::ObjectNotFound { path, available }) = loaded.object("encodr") else { panic!("no such object") };
    assert_eq!(path, "encodr");
    assert!(available.iter().any(|name| name == "encoder"), "{available:?}");
}

#[test]
fn without_a_checkpoint_variables_wait_for_values() {
    let loaded = load_with(&model("stateful"), &LoadOptions::new().skip_checkpoint(true)).unwrap();
    let variable = loaded.variable("count").unwrap();
    assert!(matches!(variable.value(), Err(Error::Engine { .. })));
    variable.assign(&Tensor::scalar(1_i64)).unwrap();
    assert_eq!(count(&loaded), 1);
}
