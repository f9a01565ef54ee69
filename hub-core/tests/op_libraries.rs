//! Ops that TensorFlow does not have: told all at once, or brought by a library that the test compiles with `cc`.

#![cfg(all(feature = "engine", target_os = "linux", target_env = "gnu"))]

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use hub_core::graph::function;
use hub_core::saved_model::proto::{FunctionDef, NodeDef, OpDef, SavedModel};
use hub_core::{DType, Error, LoadOptions, OpLibraries, OpPolicy, Tensor, engine, load, load_with};
use hub_fixtures::folder;
use prost::Message;

/// A model of a fixture with something changed; the parts beside the graph stay where they are.
fn edited(fixture: &str, change: impl FnOnce(&mut SavedModel)) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let original = folder(fixture).join("model");
    let mut model = SavedModel::decode(fs::read(original.join("saved_model.pb")).unwrap().as_slice()).unwrap();
    change(&mut model);
    fs::write(directory.path().join("saved_model.pb"), model.encode_to_vec()).unwrap();
    for name in ["variables", "assets"] {
        if original.join(name).is_dir() {
            std::os::unix::fs::symlink(original.join(name), directory.path().join(name)).unwrap();
        }
    }
    directory
}

fn node(name: &str, op: &str) -> NodeDef {
    NodeDef { name: name.into(), op: op.into(), ..NodeDef::default() }
}

/// The ops that are told to be missing, each with where it lives.
fn missing(model: &tempfile::TempDir, options: &LoadOptions) -> Vec<(String, Option<&'static str>)> {
    match load_with(model.path().to_str().unwrap(), options) {
        Err(Error::OpNotRegistered { missing }) => missing.into_iter().map(|it| (it.op, it.lives_in)).collect(),
        Err(error) => panic!("{error:?}"),
        Ok(_) => panic!("the model has ops that nobody has"),
    }
}

#[test]
fn all_missing_ops_are_told_at_once() {
    for fixture in ["affine", "tf1_graph"] {
        let model = edited(fixture, |model| {
            let graph = model.meta_graphs[0].graph_def.as_mut().unwrap();
            graph.node.push(node("first", "NobodyHasThis"));
            graph.node.push(node("again", "NobodyHasThis"));
            let mut inside = &mut graph.node;
            if let Some(function) = graph.library.as_mut().and_then(|library| library.function.first_mut()) {
                inside = &mut function.node_def;
            }
            inside.push(node("second", "TFText>NobodyHasThisEither"));
        });
        // By the audit, and by the engine that runs where nothing is audited.
        for policy in [OpPolicy::Standard, OpPolicy::Trust] {
            let mut found = missing(&model, &LoadOptions::new().op_policy(policy));
            found.sort();
            let expected =
                [("NobodyHasThis".into(), None), ("TFText>NobodyHasThisEither".into(), Some("TensorFlow Text"))];
            assert_eq!(found, expected, "{fixture}, {policy}");
        }
    }
}

#[test]
fn functions_of_the_model_are_no_ops() {
    let model = edited("affine", |model| {
        let graph = model.meta_graphs[0].graph_def.as_mut().unwrap();
        let functions = &mut graph.library.as_mut().unwrap().function;
        let named = |name: &str| Some(OpDef { name: name.into(), ..OpDef::default() });
        let called = FunctionDef { signature: named("NobodyHasThis"), ..FunctionDef::default() };
        let calls = vec![node("call", "NobodyHasThis")];
        let unused = FunctionDef { signature: named("unused"), node_def: calls, ..FunctionDef::default() };
        functions.extend([unused, called]);
    });
    load(model.path().to_str().unwrap()).unwrap();
}

/// Compiles a library against the engine that runs.
fn compile(directory: &Path, name: &str, source: &str) -> PathBuf {
    let (library, file) = (directory.join(name).with_extension("so"), directory.join(name).with_extension("c"));
    fs::write(&file, source).unwrap();
    let framework = engine::start().unwrap().path().with_file_name("libtensorflow_framework.so.2");
    let arguments = [OsStr::new("-shared"), "-fPIC".as_ref(), "-o".as_ref(), library.as_ref(), file.as_ref()];
    let status = Command::new("cc").args(arguments).arg(framework).status();
    assert!(status.expect("`cc` is on PATH").success());
    library
}

/// An op that gives its input back, registered when the library is opened.
const LIBRARY: &str = r#"
void *TF_NewOpDefinitionBuilder(const char *), *TF_NewStatus(void);
void TF_OpDefinitionBuilderAddInput(void *, const char *), TF_OpDefinitionBuilderAddOutput(void *, const char *);
void TF_RegisterOpDefinition(void *, void *), TF_DeleteStatus(void *), TF_DeleteTensor(void *);
void TF_ShapeInferenceContextSetUnknownShape(void *, void *);
void TF_OpDefinitionBuilderSetShapeInferenceFunction(void *, void (*)(void *, void *));
void *TF_NewKernelBuilder(const char *, const char *, void *(*)(void *), void (*)(void *, void *), void (*)(void *));
void TF_RegisterKernelBuilder(const char *, void *, void *);
void TF_GetInput(void *, int, void **, void *), TF_SetOutput(void *, int, const void *, void *);

static void compute(void *kernel, void *context) {
    void *status = TF_NewStatus(), *tensor = 0;
    TF_GetInput(context, 0, &tensor, status);
    TF_SetOutput(context, 0, tensor, status);
    TF_DeleteTensor(tensor);
    TF_DeleteStatus(status);
}

__attribute__((constructor)) static void register_op(void) {
    void *status = TF_NewStatus(), *op = TF_NewOpDefinitionBuilder("TfhubGiveBack");
    TF_OpDefinitionBuilderAddInput(op, "x: float");
    TF_OpDefinitionBuilderAddOutput(op, "y: float");
    TF_OpDefinitionBuilderSetShapeInferenceFunction(op, TF_ShapeInferenceContextSetUnknownShape);
    TF_RegisterOpDefinition(op, status);
    TF_RegisterKernelBuilder("TfhubGiveBack", TF_NewKernelBuilder("TfhubGiveBack", "CPU", 0, compute, 0), status);
    TF_DeleteStatus(status);
}
"#;

#[test]
fn a_library_brings_its_ops() {
    let model = edited("affine", |model| {
        let nodes = &mut model.meta_graphs[0].graph_def.as_mut().unwrap().node;
        nodes.extend([node("first", "TfhubGiveBack"), node("second", "NobodyHasThis")]);
    });
    assert_eq!(missing(&model, &LoadOptions::new()).len(), 2);
    let directory = tempfile::tempdir().unwrap();
    let library = compile(directory.path(), "give_back", LIBRARY);
    let options = LoadOptions::new().op_libraries(OpLibraries::new().file(&library));
    assert_eq!(missing(&model, &options), [("NobodyHasThis".into(), None)]);
    // Twice is no error, nor is a copy of the same library elsewhere.
    let elsewhere = tempfile::tempdir().unwrap();
    let copy = elsewhere.path().join("give_back.so");
    fs::copy(&library, &copy).unwrap();
    OpLibraries::new().file(&library).file(&copy).file(&library).load().unwrap();
    let give_back = function("give_back", |s| {
        let x = s.placeholder("x", DType::F32, [Some(2)]);
        s.output("y", s.op("TfhubGiveBack").input(x).build())
    });
    let x = Tensor::from([1.5_f32, -2.0]);
    let out = give_back.unwrap().call([("x", &x)]).unwrap();
    assert_eq!(out["y"].tensor().unwrap(), &x);
}

#[test]
fn files_that_are_no_op_library_are_told_apart() {
    let directory = tempfile::tempdir().unwrap();
    let text = directory.path().join("text.so");
    fs::write(&text, "text").unwrap();
    let other = "void of_another_version(void);\n\
                 __attribute__((constructor)) static void start(void) { of_another_version(); }\n";
    let other = compile(directory.path(), "other", other);
    let error = |path: &Path| OpLibraries::new().file(path).load().unwrap_err();
    let absent = directory.path().join("absent.so");
    assert!(matches!(error(&absent), Error::OpLibraryNotFound { path } if path == absent));
    for path in [text.as_path(), directory.path()] {
        assert!(matches!(error(path), Error::OpLibraryCorrupt { .. }), "{path:?}");
    }
    let found = error(&other);
    assert!(matches!(&found, Error::OpLibraryMismatch { why, .. } if why.contains("of_another_version")), "{found:?}");
    assert!(found.hint().unwrap().contains(&engine::start().unwrap().version()[..4]), "{found:?}");
    // What is wrong with the model is told before a library is opened.
    let options = LoadOptions::new().op_libraries(OpLibraries::new().file(&absent));
    let model = directory.path().to_str().unwrap();
    assert!(matches!(load_with(model, &options), Err(Error::NotAModel { .. })));
}
