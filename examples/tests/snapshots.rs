//! Every example prints what its snapshot says, and stands in the index.
//!
//! A new example gets a line in `examples!` below, one in README.md, and a snapshot (`cargo insta review`).

mod text;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

macro_rules! examples {
    ($($name:ident),* $(,)?) => {
        /// The examples that the tests below run.
        const TESTED: &[&str] = &[$(stringify!($name)),*];

        $(#[test]
        fn $name() {
            if OF_TENSORFLOW_TEXT.contains(&stringify!($name)) && !text::is_there() {
                return;
            }
            insta::assert_snapshot!(stringify!($name), printed(env!(concat!("CARGO_BIN_EXE_", stringify!($name)))));
        })*
    };
}

examples!(
    bert_preprocess_encode,
    declared_models,
    feature_extraction,
    fine_tuning,
    image_retraining,
    migrate_tf1_to_tf2,
    quickstart,
    save_and_serve,
    text_classification,
);

/// Those that need TensorFlow Text, which is installed where it is not, unless that is forbidden.
const OF_TENSORFLOW_TEXT: &[&str] = &["bert_preprocess_encode"];

/// What an example prints; what it says on stderr is for people at a terminal.
fn printed(program: &str) -> String {
    let output = Command::new(program).output().expect("the example starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the example failed: {errors}");
    String::from_utf8(output.stdout).expect("the example prints UTF-8")
}

/// The lines of Python that `save_and_serve` shows read what it has saved; `TFHUB_PYTHON` names the interpreter.
#[test]
fn python_reads_what_save_and_serve_saves() {
    let Some(interpreter) = std::env::var_os("TFHUB_PYTHON").filter(|path| !path.is_empty()) else {
        eprintln!("skipped: TFHUB_PYTHON names no interpreter with TensorFlow");
        return;
    };
    let directory = tempfile::tempdir().expect("a temporary directory");
    let run = |command: &mut Command| {
        let output = command.current_dir(directory.path()).output().expect("it starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("it prints UTF-8")
    };
    let shown = run(Command::new(env!("CARGO_BIN_EXE_save_and_serve")).arg("digits_model"));
    let (_, lines) = shown.split_once("In Python:\n").expect("it shows the lines");
    let lines: Vec<&str> = lines.lines().map(|line| line.strip_prefix("    ").unwrap_or(line)).collect();
    let printed = run(Command::new(interpreter).arg("-c").arg(lines.join("\n")));
    assert_eq!(printed.lines().collect::<Vec<_>>(), ["(3, 5)", "(3, 5)", "9 weights can be trained on", "(3, 5)"]);
}

/// Each snippet of the page gives what Python says, in the page's order.
#[test]
fn migrate_tf1_to_tf2_gives_what_python_gives() {
    let golden = hub_fixtures::json("migrate_tf1_to_tf2/golden.json");
    let names = ["load", "keras_layer", "tf1_hub_format", "output_key", "outputs_as_dict", "hub_module", "signatures"];
    let expected = names.map(|name| hub_examples::plain(&hub_fixtures::nest(&golden[name])));
    let shown = printed(env!("CARGO_BIN_EXE_migrate_tf1_to_tf2"));
    let given: Vec<&str> = shown.lines().filter_map(|line| line.strip_prefix("    gives   ")).collect();
    assert_eq!(given, expected);
}

/// The examples that there are, by their files.
fn existing() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bin");
    let names = fs::read_dir(folder).expect("the folder of the examples").filter_map(|entry| {
        let path = entry.expect("an entry of the folder").path();
        Some(path.file_stem()?.to_str()?.to_owned())
    });
    names.collect()
}

#[test]
fn every_example_is_tested_and_has_a_snapshot_and_an_index_line() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let index = fs::read_to_string(root.join("README.md")).expect("the index");
    let tested: BTreeSet<String> = TESTED.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(existing(), tested, "examples in src/bin and in `examples!` differ");
    for name in existing() {
        let snapshot = root.join(format!("tests/snapshots/snapshots__{name}.snap"));
        assert!(snapshot.is_file(), "`{name}` has no snapshot: run `cargo insta test --review -p hub-examples`");
        assert!(index.contains(&format!("(src/bin/{name}.rs)")), "`{name}` has no line in README.md");
    }
}
