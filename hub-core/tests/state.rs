//! What a loaded model keeps: variables that are set, tables, objects within it, copies beside it.

#![cfg(feature = "engine")]

use hub_core::graph::function;
use hub_core::model::{GraphArguments, GraphValue};
use hub_core::saved_model::proto;
use hub_core::{DType, Error, LoadOptions, LoadedModel, Nest, Tensor, args, load, load_with};
use hub_fixtures::model;
use prost::Message;

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

/// What the mutable table of the fixture says of three words.
fn counts(model: &LoadedModel) -> Vec<i64> {
    let found = model.call(["a", "b", "c"]).unwrap();
    found["counts"].tensor().unwrap().as_slice::<i64>().unwrap().to_vec()
}

#[test]
fn a_copy_has_the_contents_that_mutable_tables_have_at_that_moment() {
    let loaded = load(&model("conformance/mutable_tables")).unwrap();
    assert_eq!(counts(&loaded), [5, 7, 0], "as the checkpoint has it");
    loaded.function("count").unwrap().call(["c", "a", "c"]).unwrap();
    let copy = loaded.with_own_state().unwrap();
    loaded.function("remove").unwrap().call(["b"]).unwrap();
    assert_eq!(counts(&loaded), [6, 0, 2]);
    assert_eq!(counts(&copy), [6, 7, 2]);
    let elsewhere = function("elsewhere", |s| {
        let x = s.placeholder("words", DType::String, [None]);
        let instance = loaded.instantiate(s)?;
        let arguments = GraphArguments { positional: vec![Nest::Leaf(GraphValue::Node(x))], ..Default::default() };
        let found = loaded.root()?.apply(s, &instance, arguments)?.outputs;
        let Some(Nest::Leaf(found)) = found.get("counts") else { panic!("{found:?}") };
        s.output("counts", found.node()?)
    })
    .unwrap();
    loaded.function("count").unwrap().call(["b"]).unwrap();
    let found = elsewhere.call([("words", &Tensor::from(["a", "b", "c"]))]).unwrap();
    assert_eq!(found["counts"].tensor().unwrap().as_slice::<i64>().unwrap(), [6, 0, 2]);
}

/// A copy of `stateful` whose object graph has a variable more than its checkpoint.
fn with_a_variable_that_was_not_saved() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let from = std::path::PathBuf::from(model("stateful"));
    std::fs::create_dir(directory.path().join("variables")).unwrap();
    for file in ["variables/variables.index", "variables/variables.data-00000-of-00001"] {
        std::fs::copy(from.join(file), directory.path().join(file)).unwrap();
    }
    let mut saved = proto::SavedModel::decode(&std::fs::read(from.join("saved_model.pb")).unwrap()[..]).unwrap();
    let objects = &mut saved.meta_graphs[0].object_graph_def.as_mut().unwrap().nodes;
    let is_variable = |object: &&proto::SavedObject| matches!(object.kind, Some(proto::SavedObjectKind::Variable(_)));
    let extra = objects.iter().find(is_variable).unwrap().clone();
    let reference = proto::ObjectReference { node_id: objects.len() as i32, local_name: "extra".into() };
    objects[0].children.push(reference);
    objects.push(extra);
    std::fs::write(directory.path().join("saved_model.pb"), saved.encode_to_vec()).unwrap();
    directory
}

#[test]
fn a_checkpoint_may_lack_variables_only_where_that_is_allowed() {
    let directory = with_a_variable_that_was_not_saved();
    let handle = directory.path().to_str().unwrap();
    assert!(matches!(load(handle), Err(Error::MissingVariables { .. })));
    let loaded = load_with(handle, &LoadOptions::new().allow_partial_checkpoint(true)).unwrap();
    assert_eq!(count(&loaded), 40);
    let extra = loaded.variable("extra").unwrap();
    assert!(matches!(extra.value(), Err(Error::Engine { .. })));
    extra.assign(&Tensor::scalar(3_i64)).unwrap();
    assert_eq!(extra.value().unwrap(), Tensor::scalar(3_i64));
    std::fs::remove_dir_all(directory.path().join("variables")).unwrap();
    let nothing = load_with(handle, &LoadOptions::new().allow_partial_checkpoint(true));
    assert!(matches!(nothing, Err(Error::MissingVariables { .. })), "some of it must be there");
}

#[test]
fn the_checkpoint_is_read_on_the_device_that_is_named() {
    let here = LoadOptions::new().io_device("/job:localhost/replica:0/task:0/device:CPU:0");
    assert_eq!(count(&load_with(&model("stateful"), &here).unwrap()), 40);
    let elsewhere = LoadOptions::new().io_device("/job:nobody/replica:0/task:7");
    assert!(matches!(load_with(&model("stateful"), &elsewhere), Err(Error::Engine { .. })));
}
