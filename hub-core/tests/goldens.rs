//! Loaded models answer as Python does: every case of every fixture's golden.

#![cfg(feature = "engine")]

use hub_core::{Error, LoadOptions, LoadedModel, OpLibraries, Structure, load_with};
use hub_fixtures::{Call, Case, Golden, assert_close, model};

/// Cases in which TensorFlow 2.21 with oneDNN fails on its own, in Python as here: a fused convolution of no images.
const FAULTS_OF_THE_ENGINE: [&str; 1] = ["no_image"];

/// Holds a fixture against its golden; `unsupported` are cases that later work will run.
fn check(fixture: &str, unsupported: &[&str], options: &LoadOptions) {
    let golden = Golden::read(fixture);
    let mut loaded = load_with(&model(fixture), options).unwrap();
    for variable in loaded.all_variables() {
        let expected = &golden.variables[variable.checkpoint_key()];
        let value = variable.value().unwrap();
        assert_eq!(&value, expected, "{fixture}: {variable:?} is {value}, not {expected}");
    }
    for case in &golden.cases {
        if case.reload {
            loaded = load_with(&model(fixture), options).unwrap();
        }
        let what = format!("{fixture}, {}", case.name);
        let answer = call(&loaded, case);
        match (&case.answer, answer) {
            _ if unsupported.contains(&case.name.as_str()) => {}
            (Ok(_), Err(Error::Engine { message, .. })) if FAULTS_OF_THE_ENGINE.contains(&case.name.as_str()) => {
                assert!(message.contains("divisible by filter depth"), "{what}: {message}");
            }
            (Ok(expected), Ok(found)) => assert_close(&found, expected, &what),
            (Err(python), Err(ours)) => assert!(is_like(&ours, python), "{what}: Python says {python}, we {ours:?}"),
            (Ok(_), Err(error)) => panic!("{what}: {error:?}"),
            (Err(python), Ok(found)) => panic!("{what}: Python says {python}, we {found}"),
        }
    }
    for name in unsupported {
        let case = golden.cases.iter().find(|case| case.name == *name).expect("a case of that name");
        let answer = call(&loaded, case);
        assert!(matches!(answer, Err(Error::Unsupported { .. })), "{fixture}, {name}: {answer:?}");
    }
}

fn call(loaded: &LoadedModel, case: &Case) -> hub_core::Result<Structure> {
    let arguments = case.arguments.clone();
    match &case.call {
        Call::Model => loaded.call(arguments),
        Call::Function(path) => loaded.function(path)?.call(arguments),
        Call::Signature(name) => loaded.signatures().get(name)?.call(arguments),
    }
}

/// Whether our error is of the kind that stands for Python's.
fn is_like(ours: &Error, python: &str) -> bool {
    match python {
        "TypeError" | "ValueError" => matches!(
            ours,
            Error::Arguments { .. }
                | Error::NoMatchingTrace { .. }
                | Error::NotCallable { .. }
                | Error::FunctionNotFound { .. }
                | Error::StructureMismatch { .. }
        ),
        "KeyError" => matches!(ours, Error::SignatureNotFound { .. }),
        "AttributeError" | "IndexError" => matches!(ours, Error::FunctionNotFound { .. }),
        "InvalidArgumentError" => {
            matches!(ours, Error::Engine { .. } | Error::DTypeMismatch { .. } | Error::ShapeMismatch { .. })
        }
        _ => false,
    }
}

macro_rules! goldens {
    ($($fixture:ident $(except $($case:literal),*)?;)*) => {
        $(#[test]
        fn $fixture() {
            check(stringify!($fixture), &[$($($case),*)?], &LoadOptions::new());
        })*
    };
}

goldens! {
    add_one;
    affine;
    polymorphic;
    structures;
    inlining;
    stateful;
    effects;
    strings;
    keras_mlp;
    digits_features;
    tables;
    tf1_graph;
    composites;
}

/// With the ops of TensorFlow Text, which are installed where they are not.
#[test]
fn bert_preprocess() {
    let libraries = OpLibraries::new().tensorflow_text();
    match libraries.load() {
        Err(error @ Error::OpLibraryUnavailable { .. }) => return eprintln!("skipped: {error}"),
        Err(error @ Error::OpLibraryInstall { .. }) if std::env::var_os("TFHUB_OFFLINE").is_some() => {
            return eprintln!("skipped: {error}");
        }
        loaded => loaded.unwrap(),
    }
    check("bert_preprocess", &[], &LoadOptions::new().op_libraries(libraries));
}
