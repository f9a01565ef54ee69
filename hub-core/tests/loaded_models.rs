//! Loaded models under use and misuse: threads, state, what is missing, damaged files, wrong inputs.

#![cfg(feature = "engine")]

use std::fs;
use std::path::Path;

use hub_core::graph::{Scope, function};
use hub_core::model::{GraphArguments, GraphValue, Instance};
use hub_core::{DType, Error, LoadOptions, LoadedModel, Nest, Structure, Tensor, Value, args, load, load_with};
use hub_fixtures::{assert_close, folder, model};

fn floats(structure: &Structure) -> Vec<f32> {
    structure.tensor().unwrap().as_slice::<f32>().unwrap().to_vec()
}

/// A copy of a fixture's model in a directory of its own.
fn copy_of(fixture: &str) -> tempfile::TempDir {
    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            let target = to.join(entry.file_name());
            match entry.file_type().unwrap().is_dir() {
                true => copy(&entry.path(), &target),
                false => drop(fs::copy(entry.path(), target).unwrap()),
            }
        }
    }
    let directory = tempfile::tempdir().unwrap();
    copy(&folder(fixture).join("model"), directory.path());
    directory
}

fn load_from(directory: &tempfile::TempDir) -> hub_core::Result<LoadedModel> {
    load(directory.path().to_str().unwrap())
}

#[test]
fn eight_threads_get_the_right_answers() {
    let model = load(&model("affine")).unwrap();
    let row = |value: f32| Tensor::from([[value, value + 1.0, value - 2.0]]);
    let expected: Vec<_> = (0..10).map(|value| floats(&model.call(row(value as f32)).unwrap())).collect();
    std::thread::scope(|threads| {
        for thread in 0..8 {
            let (model, expected) = (&model, &expected);
            threads.spawn(move || {
                for round in 0..1000 {
                    let index = (round + thread) % expected.len();
                    assert_eq!(floats(&model.call(row(index as f32)).unwrap()), expected[index]);
                }
            });
        }
    });
}

#[test]
fn threads_may_be_the_first_to_use_different_traces() {
    let model = load(&model("polymorphic")).unwrap();
    let x = Tensor::from([[1.0_f32, 2.0]]);
    std::thread::scope(|threads| {
        for thread in 0..8 {
            let (model, x) = (&model, &x);
            threads.spawn(move || model.call(args![x, training = thread % 2 == 0]).unwrap());
        }
    });
}

#[test]
fn models_and_signatures_are_send_and_sync() {
    fn check<T: Send + Sync>() {}
    check::<LoadedModel>();
    check::<hub_core::Callable>();
    check::<hub_core::Signature>();
    check::<hub_core::graph::Function>();
}

#[test]
fn two_loads_share_nothing_and_clones_everything() {
    let (first, second) = (load(&model("stateful")).unwrap(), load(&model("stateful")).unwrap());
    let clone = first.clone();
    let by = |amount: i64| Tensor::scalar(amount);
    let value = |model: &LoadedModel| {
        model.function("value").unwrap().call(args![]).unwrap().tensor().unwrap().item::<i64>().unwrap()
    };
    let before = value(&second);
    clone.function("increment").unwrap().call(by(5)).unwrap();
    assert_eq!(value(&first), before + 5);
    assert_eq!(value(&second), before);
    assert!(first.same_as(&clone) && !first.same_as(&second));
}

#[test]
fn an_instance_in_another_graph_has_its_own_state() {
    let loaded = load(&model("stateful")).unwrap();
    loaded.function("increment").unwrap().call(Tensor::scalar(7_i64)).unwrap();
    let value = loaded.function("value").unwrap();
    let now = value.call(args![]).unwrap().tensor().unwrap().item::<i64>().unwrap();
    let increment = loaded.function("increment").unwrap();
    let elsewhere = function("elsewhere", |s| {
        let instance = loaded.instantiate(s)?;
        let by = s.placeholder("by", DType::I64, ());
        let arguments = GraphArguments { positional: vec![Nest::Leaf(GraphValue::Node(by))], ..Default::default() };
        let applied = increment.apply(s, &instance, arguments)?;
        let Nest::Leaf(node) = applied.outputs else { panic!("{:?}", applied.outputs) };
        s.output("value", node.node()?)
    })
    .unwrap();
    let by = Tensor::scalar(3_i64);
    for round in 1..3 {
        let out = elsewhere.call([("by", &by)]).unwrap();
        assert_eq!(out["value"].tensor().unwrap().item::<i64>().unwrap(), now + 3 * round);
    }
    assert_eq!(value.call(args![]).unwrap().tensor().unwrap().item::<i64>().unwrap(), now, "the original is untouched");
}

#[test]
fn a_call_that_fits_no_trace_shows_the_nearest_and_the_difference() {
    let model = load(&model("polymorphic")).unwrap();
    let error = model.call(args![[[1.0_f32, 2.0]], training = Structure::None]).unwrap_err();
    let Error::NoMatchingTrace { nearest, difference, options, .. } = &error else { panic!("{error:?}") };
    assert_eq!(options.len(), 11);
    assert!(nearest.starts_with("(TensorSpec(shape=[?, 2], dtype=float32"), "{nearest}");
    assert!(difference.starts_with("`training`: expected "), "{difference}");
    assert!(difference.ends_with("found None"), "{difference}");
    assert!(error.hint().unwrap().contains("TensorSpec"));
}

#[test]
fn tags_must_be_those_of_a_meta_graph() {
    let handle = model("affine");
    assert!(load_with(&handle, &LoadOptions::new().tags(["serve"])).is_ok());
    for tags in [vec!["train"], vec!["serve", "gpu"], vec![]] {
        let error = load_with(&handle, &LoadOptions::new().tags(tags)).unwrap_err();
        assert!(matches!(error, Error::TagsNotFound { .. }), "{error:?}");
    }
}

#[test]
fn a_tf1_hub_directory_names_the_crate_to_add() {
    let directory = copy_of("affine");
    fs::write(directory.path().join("tfhub_module.pb"), [8, 3]).unwrap();
    let error = load_from(&directory).unwrap_err();
    assert!(error.hint().unwrap().contains("hub-legacy"), "{error}");
}

#[test]
fn directories_without_a_sound_model_are_typed_errors() {
    let empty = tempfile::tempdir().unwrap();
    assert!(matches!(load_from(&empty), Err(Error::NotAModel { .. })));
    assert!(matches!(load("no/such/model"), Err(Error::NotAModel { .. })));
    assert!(matches!(load(""), Err(Error::InvalidHandle { .. })));
    assert!(matches!(load("ftp://host/model"), Err(Error::UnsupportedHandle { .. })));
    let damaged = copy_of("affine");
    let file = damaged.path().join("saved_model.pb");
    let whole = fs::read(&file).unwrap();
    for length in [0, 1, whole.len() / 2, whole.len() - 1] {
        fs::write(&file, &whole[..length]).unwrap();
        let error = load_from(&damaged).unwrap_err();
        let typed = matches!(
            error,
            Error::ModelParse { .. }
                | Error::ModelStructure { .. }
                | Error::TagsNotFound { .. }
                | Error::NotAModel { .. }
        );
        assert!(typed, "{length}: {error:?}");
    }
    fs::write(&file, "<!doctype html><title>Sign in</title>".repeat(50)).unwrap();
    assert!(matches!(load_from(&damaged), Err(Error::ModelParse { .. } | Error::NotAModel { .. })));
}

#[test]
fn a_missing_or_cut_checkpoint_is_found_at_load() {
    let data = "variables/variables.data-00000-of-00001";
    for (name, cut) in [("variables/variables.index", None), (data, None), (data, Some(7)), (data, Some(0))] {
        let directory = copy_of("affine");
        let file = directory.path().join(name);
        match cut {
            None => fs::remove_file(&file).unwrap(),
            Some(length) => fs::write(&file, &fs::read(&file).unwrap()[..length]).unwrap(),
        }
        let error = load_from(&directory).unwrap_err();
        assert!(
            matches!(error, Error::MissingVariables { .. } | Error::ModelParse { .. }),
            "{name} {cut:?}: {error:?}"
        );
    }
    let directory = copy_of("affine");
    fs::remove_dir_all(directory.path().join("variables")).unwrap();
    assert!(matches!(load_from(&directory), Err(Error::MissingVariables { .. })));
    let directory = copy_of("affine");
    fs::remove_dir_all(directory.path().join("variables")).unwrap();
    let other = folder("stateful/model/variables");
    fs::create_dir(directory.path().join("variables")).unwrap();
    for entry in fs::read_dir(other).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), directory.path().join("variables").join(entry.file_name())).unwrap();
    }
    let error = load_from(&directory).unwrap_err();
    assert!(matches!(error, Error::MissingVariables { .. } | Error::VariableMismatch { .. }), "{error:?}");
}

#[test]
fn signatures_take_just_their_inputs() {
    let model = load(&model("affine")).unwrap();
    let signatures = model.signatures();
    assert!(matches!(signatures.get("none"), Err(Error::SignatureNotFound { .. })));
    let sig = &signatures["sig"];
    let x = Tensor::from([[1.0_f32, 2.0, 3.0]]);
    let wrong_dtype = Tensor::from([[1_i32, 2, 3]]);
    let wrong_rank = Tensor::from([1.0_f32, 2.0, 3.0]);
    let wrong_width = Tensor::from([[1.0_f32, 2.0]]);
    assert!(sig.call([("x1", &x), ("x2", &x)]).is_ok());
    assert!(matches!(sig.call([("x1", &x)]), Err(Error::Arguments { .. })));
    assert!(matches!(sig.call([("x1", &x), ("x2", &x), ("x3", &x)]), Err(Error::Arguments { .. })));
    assert!(matches!(sig.call(&x), Err(Error::Arguments { .. })));
    assert!(matches!(sig.call([("x1", &x), ("x2", &wrong_dtype)]), Err(Error::DTypeMismatch { .. })));
    assert!(matches!(sig.call([("x1", &x), ("x2", &wrong_rank)]), Err(Error::ShapeMismatch { .. })));
    assert!(matches!(sig.call([("x1", &wrong_width), ("x2", &x)]), Err(Error::ShapeMismatch { .. })));
}

#[test]
fn functions_are_found_by_dotted_path() {
    let model = load(&model("polymorphic")).unwrap();
    let x = Tensor::from([[1.0_f32, 2.0]]);
    for path in ["encoder", "encoder.__call__", "parts.0", "parts.1"] {
        let out = model.function(path).unwrap().call(&x);
        assert!(matches!(out, Ok(Nest::Leaf(Value::Tensor(_)))), "{path}: {out:?}");
    }
    let Err(Error::FunctionNotFound { available, .. }) = model.function("decoder") else { panic!("no decoder") };
    assert!(available.iter().any(|path| path == "parts.0"), "{available:?}");
}

#[test]
fn variables_are_those_that_the_model_lists() {
    let features = load(&model("digits_features")).unwrap();
    assert_eq!(features.variables().len(), 9);
    assert_eq!(features.trainable_variables().len(), 7);
    assert_eq!(features.all_variables().len(), 9);
    assert!(features.trainable_variables().iter().all(|variable| variable.is_trainable()));
    let affine = load(&model("affine")).unwrap();
    assert!(affine.variables().is_empty(), "tf.Module saves no list of variables");
    let paths: Vec<_> = affine.all_variables().iter().map(hub_core::model::ModelVariable::path).collect();
    assert_eq!(paths, ["w", "b"], "in the order of the file");
    assert_close(
        &affine.all_variables()[0].value().unwrap().into(),
        &hub_fixtures::Golden::read("affine").variables["w/.ATTRIBUTES/VARIABLE_VALUE"].clone().into(),
        "w",
    );
}

#[test]
fn two_models_in_one_graph_keep_their_functions_apart() {
    // Python numbers functions anew in each program: both models have a `__inference___call___6`.
    let models = [load(&model("add_one")).unwrap(), load(&model("composites")).unwrap()];
    let both = function("both", |s| {
        let x = s.placeholder("x", DType::F32, [None]);
        for (index, model) in models.iter().enumerate() {
            let instance = model.instantiate(s)?;
            let arguments = GraphArguments { positional: vec![Nest::Leaf(GraphValue::Node(x))], ..Default::default() };
            let Nest::Leaf(node) = model.root()?.apply(s, &instance, arguments)?.outputs else { panic!("one tensor") };
            s.output(&index.to_string(), node.node()?)?;
        }
        Ok(())
    })
    .unwrap();
    let x = Tensor::from([1.0_f32, 2.0]);
    let out = both.call([("x", &x)]).unwrap();
    assert_close(&out["0"], &models[0].call(&x).unwrap(), "add_one");
    assert_close(&out["1"], &models[1].call(&x).unwrap(), "composites");
}

#[test]
fn an_instance_belongs_to_its_model_and_its_graph() {
    let (affine, other) = (load(&model("affine")).unwrap(), load(&model("affine")).unwrap());
    let apply = |of: &LoadedModel, make: &dyn Fn(&Scope) -> Instance| {
        function("f", |s| {
            let x = s.placeholder("x", DType::F32, [None, Some(3)]);
            let arguments = GraphArguments { positional: vec![Nest::Leaf(GraphValue::Node(x))], ..Default::default() };
            of.root()?.apply(s, &make(s), arguments).map(drop)
        })
    };
    assert!(apply(&affine, &|s| affine.instantiate(s).unwrap()).is_ok());
    let error = apply(&affine, &|s| other.instantiate(s).unwrap()).unwrap_err();
    assert!(matches!(error, Error::Arguments { .. }), "{error:?}");
    let elsewhere = Scope::new().unwrap();
    let error = apply(&affine, &|_| affine.instantiate(&elsewhere).unwrap()).unwrap_err();
    assert!(matches!(&error, Error::Graph { why, .. } if why.contains("another graph")), "{error:?}");
}

#[test]
fn lists_become_tensors_where_the_trace_wants_them() {
    let affine = load(&model("affine")).unwrap();
    let rows = [[1.0_f32, 2.0, 3.0], [0.0, 1.0, 0.0]];
    let list: Structure = rows.map(Tensor::from).to_vec().into();
    assert_close(&affine.call(list).unwrap(), &affine.call(rows).unwrap(), "a list of tensors");
    let strings = load(&model("strings")).unwrap();
    let none = strings.call(Structure::List(Vec::new())).unwrap();
    assert_eq!(none.tensor().unwrap().shape(), [0]);
}
