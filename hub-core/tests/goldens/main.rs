//! Loaded models answer as Python does: every case of every fixture's golden, of the corpus in `conformance` too.
//!
//! A new model is a new folder. `GOLDEN=conformance/dtypes` in the environment runs those of which the name begins so.

#![cfg(feature = "engine")]

mod likeness;
mod report;

use std::collections::BTreeMap;
use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use hub_core::saved_model::describe;
use hub_core::{Error, LoadOptions, LoadedModel, OpLibraries, OpPolicy, Structure, Tensor, load_with};
use hub_fixtures::{Call, Case, Golden, PythonError, difference, model};

use likeness::is_like;
use report::Report;

/// Cases in which TensorFlow 2.21 with oneDNN fails on its own, in Python as here: a fused convolution of no images.
const FAULTS_OF_THE_ENGINE: [&str; 1] = ["digits_features: no_image"];

/// Models with ops that [`OpPolicy::Standard`] refuses: one reads a file of the caller's choice, one prints to a file.
const REFUSED: [&str; 2] = ["conformance/assets", "conformance/failing"];

/// Models with ops of TensorFlow Text, which are installed where they are not, unless that is forbidden.
const OF_TENSORFLOW_TEXT: [&str; 1] = ["bert_preprocess"];

/// Models whose initialiser changes what the checkpoint holds.
const CHANGED_AT_LOAD: [&str; 1] = ["conformance/tf1_main_op"];

/// Cases in which we differ from Python by choice, as COMPATIBILITY.md says: what is fed to a signature is held against
/// its shapes; an array is a tensor, and of its own type; a signature of TF1 takes a sparse or a ragged tensor whole.
const CHOSEN: [&str; 6] = [
    "conformance/ranks: signature_of_another_width",
    "conformance/signature_calls: wide_shape",
    "conformance/signature_calls: wide_rank",
    "conformance/defaults: declared_array_float64",
    "conformance/tf1_composites: ragged_whole",
    "conformance/tf1_composites: sparse_whole",
];

#[test]
fn every_golden() {
    let wanted = env::var("GOLDEN").unwrap_or_default();
    let mut report = Report::default();
    for fixture in hub_fixtures::models().iter().filter(|fixture| fixture.starts_with(&wanted)) {
        if OF_TENSORFLOW_TEXT.contains(&fixture.as_str()) && !text_is_there() {
            continue;
        }
        let mut seen = Report::default();
        if catch_unwind(AssertUnwindSafe(|| check(fixture, &Golden::read(fixture), &mut seen))).is_err() {
            seen.wrong(fixture, "panicked; its message stands above");
        }
        report.take(seen);
    }
    report.finish();
}

/// Whether TensorFlow Text can be had here; prints a line where not.
fn text_is_there() -> bool {
    match OpLibraries::new().tensorflow_text().load() {
        Ok(()) => true,
        Err(Error::OpLibraryInstall { .. }) if env::var_os("TFHUB_OFFLINE").is_none() => true,
        Err(error) => {
            eprintln!("skipped: {error}");
            false
        }
    }
}

/// Holds a fixture against its golden.
fn check(fixture: &str, golden: &Golden, report: &mut Report) {
    if let Err(error) = describe(Path::new(&model(fixture)), None) {
        report.wrong(fixture, &format!("cannot be described: {error:?}"));
    }
    let mut tags = golden.tags.as_ref();
    let mut loaded = open(fixture, tags);
    report.models += 1;
    match &loaded {
        Ok(_) if CHANGED_AT_LOAD.contains(&fixture) => {}
        Ok(loaded) => compare(fixture, loaded, &golden.variables, report),
        // A model that cannot be loaded at all has a case that says so.
        Err(_) if golden.cases.iter().any(|case| matches!(case.answer, Err(PythonError { at_load: true, .. }))) => {}
        Err(error) => report.failed(fixture, error),
    }
    for case in &golden.cases {
        if let Some(own) = &case.load {
            tags = own.as_ref();
        }
        if case.reload || case.load.is_some() {
            loaded = open(fixture, tags);
        }
        report.calls += 1;
        judge(&format!("{fixture}: {}", case.name), &loaded, case, report);
    }
    if let Ok(loaded) = &loaded {
        compare(&format!("{fixture}: after all calls"), loaded, &golden.after, report);
    }
}

fn open(fixture: &str, tags: Option<&Vec<String>>) -> Result<LoadedModel, Error> {
    let options = match tags {
        Some(tags) => LoadOptions::new().tags(tags.clone()),
        None => LoadOptions::new(),
    };
    let options = match OF_TENSORFLOW_TEXT.contains(&fixture) {
        true => options.op_libraries(OpLibraries::new().tensorflow_text()),
        false => options,
    };
    match load_with(&model(fixture), &options) {
        Err(Error::OpNotAllowed { .. }) if REFUSED.contains(&fixture) => {
            load_with(&model(fixture), &options.op_policy(OpPolicy::Trust))
        }
        Ok(_) if REFUSED.contains(&fixture) => panic!("{fixture} is not refused"),
        other => other,
    }
}

/// Holds the variables of a model against those of the golden: each must be there.
fn compare(what: &str, loaded: &LoadedModel, expected: &BTreeMap<String, Tensor>, report: &mut Report) {
    let own = loaded.all_variables();
    for (key, expected) in expected {
        // In TF1's format a variable is known by its name; parts of one have one key.
        let Some(variable) = own.iter().find(|variable| variable.checkpoint_key() == key || variable.name() == key)
        else {
            report.wrong(what, &format!("there is no variable `{key}`"));
            continue;
        };
        match variable.value() {
            Ok(value) => {
                if let Some(difference) = difference(&value.into(), &expected.clone().into()) {
                    report.wrong(what, &format!("variable `{key}`: {difference}"));
                }
            }
            Err(error) => report.failed(&format!("{what}: variable `{key}`"), &error),
        }
    }
}

/// Makes one call and notes whether the answer is Python's.
fn judge(what: &str, loaded: &Result<LoadedModel, Error>, case: &Case, report: &mut Report) {
    let expected_at_load = matches!(&case.answer, Err(PythonError { at_load: true, .. }));
    let answer = match loaded {
        Ok(_) if expected_at_load => return report.wrong(what, "loads, and Python refuses"),
        Ok(loaded) => call(loaded, case),
        Err(error) => return judge_error(what, error, case, report),
    };
    match (&case.answer, answer) {
        (Err(_), Ok(_)) if CHOSEN.contains(&what) => {}
        (_, Ok(_)) if CHOSEN.contains(&what) => report.wrong(what, "is as in Python, and in the list of what differs"),
        (Ok(expected), Ok(found)) => {
            if let Some(difference) = difference(&found, expected) {
                report.wrong(what, &difference);
            }
        }
        (Err(python), Ok(found)) => report.wrong(what, &format!("Python raises {}, we answer {found}", python.kind)),
        (_, Err(error)) => judge_error(what, &error, case, report),
    }
}

/// Notes whether an error is the one that the case wants.
fn judge_error(what: &str, error: &Error, case: &Case, report: &mut Report) {
    match (&case.answer, error) {
        (Ok(_), Error::Engine { message, .. })
            if FAULTS_OF_THE_ENGINE.contains(&what) && message.contains("divisible by filter depth") => {}
        (Ok(_), Error::ShapeMismatch { .. } | Error::NoMatchingTrace { .. }) if CHOSEN.contains(&what) => {}
        (Err(python), error) if is_like(error, python) => {}
        (_, Error::Unsupported { .. }) | (Ok(_), _) => report.failed(what, error),
        (Err(python), _) => report.wrong(what, &format!("Python raises {}, we {error:?}", python.kind)),
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
