//! `tfhub run` over the fixtures: what is printed, for each form of a value and each way to go wrong.
//!
//! A snapshot is a transcript: the command, stdout, of stderr what is ours, the exit code. In commands, `FIXTURES` is
//! the folder of the fixtures and `DIR` a directory of the test's own.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use hub_fixtures::folder;
use insta::assert_snapshot;

/// A place for the files of one test, and the settings of its snapshot.
struct Place {
    directory: tempfile::TempDir,
    _settings: insta::internals::SettingsBindDropGuard,
}

impl Place {
    fn new() -> Place {
        let mut settings = insta::Settings::clone_current();
        settings.set_omit_expression(true);
        Place { directory: tempfile::tempdir().unwrap(), _settings: settings.bind_to_scope() }
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    /// What stands for paths of this machine, in commands and in snapshots.
    fn filters(&self) -> [(&'static str, String); 2] {
        let text = |path: &Path| path.to_str().expect("the path is UTF-8").trim_end_matches('/').to_owned();
        [("FIXTURES", text(&folder(""))), ("DIR", text(self.path()))]
    }

    fn output(&self, arguments: &[&str]) -> Output {
        let real = |argument: &&str| {
            let filters = self.filters();
            let begins = |name: &str| argument.starts_with(name) || argument.contains(&format!("@{name}"));
            match filters.iter().find(|(name, _)| begins(name)) {
                Some((name, path)) => argument.replacen(name, path, 1),
                None => (*argument).to_owned(),
            }
        };
        let mut command = Command::new(env!("CARGO_BIN_EXE_tfhub"));
        command.arg("run").args(arguments.iter().map(real)).output().unwrap()
    }

    /// The transcripts of several commands; each is a list of words.
    fn transcripts(&self, commands: &[&[&str]]) -> String {
        commands.iter().map(|command| self.transcript(command)).collect::<Vec<_>>().join("\n")
    }

    fn transcript(&self, arguments: &[&str]) -> String {
        let output = self.output(arguments);
        let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr));
        // TensorFlow's own lines come first.
        let is_ours = |line: &&str| line.starts_with("tfhub: ") || line.starts_with("error: ");
        let ours: Vec<&str> = err.lines().skip_while(|line| !is_ours(line)).collect();
        let code = output.status.code().map_or("none".into(), |code| code.to_string());
        let mut text = format!("$ tfhub run {}\n{out}", arguments.join(" "));
        ours.iter().for_each(|line| text += &format!("stderr: {line}\n"));
        text += &format!("exit code: {code}\n");
        self.filters().iter().fold(text, |text, (name, path)| text.replace(path, name))
    }
}

const AFFINE: &str = "FIXTURES/affine/model";
const BERT: &str = "FIXTURES/bert_preprocess/model";
const POLYMORPHIC: &str = "FIXTURES/polymorphic/model";
const COMPOSITES: &str = "FIXTURES/composites/model";
const STRINGS: &str = "FIXTURES/strings/model";
const STRUCTURES: &str = "FIXTURES/structures/model";

#[test]
fn values_take_the_type_that_the_model_wants() {
    assert_snapshot!(Place::new().transcripts(&[
        &[AFFINE, "--arg", "[[1.0, 2.0, 3.0]]"],
        &[AFFINE, "--arg", "[[1, 2, 3], [0, -1, 0]]", "--tags", "serve"],
        &[AFFINE, "--kwarg", "x=float32:[[1, 2, 3]]"],
        &[AFFINE, "--arg", r#"{"dtype": "float32", "shape": [1, 3], "values": [[1, 2, 3]]}"#],
        &["FIXTURES/stateful/model", "--function", "increment", "--arg", "-50"],
        &["FIXTURES/stateful/model", "--function", "increment", "--arg", "int64:2", "--json"],
    ]));
}

#[test]
fn literals_select_a_trace() {
    let x = "[[1.0, 2.0]]";
    assert_snapshot!(Place::new().transcripts(&[
        &[POLYMORPHIC, "--arg", x],
        &[POLYMORPHIC, "--arg", x, "--kwarg", "training=py:true"],
        &[POLYMORPHIC, "--arg", x, "--arg", "py:true", "--kwarg", r#"mode=py:"halved""#],
        &[POLYMORPHIC, "--arg", x, "--kwarg", "scale=py:2"],
        &[POLYMORPHIC, "--arg", x, "--kwarg", "scale=-1.5"],
        &[POLYMORPHIC, "--arg", "int32:[[1, 2]]", "--json"],
        &[POLYMORPHIC, "--function", "encoder", "--arg", x, "--kwarg", "training=py:true"],
        &[POLYMORPHIC, "--function", "parts.1", "--arg", x],
    ]));
}

#[test]
fn structures_go_in_and_out() {
    let nested = r#"{"z": [[1], [[2]]], "a": {"y": [1], "b": [1]}}"#;
    let named = r#"{"first": [1, 2], "second": [0.5, -4]}"#;
    let literals = r#"py:[{"dtype": "float32", "values": [1.5]}, true, "doubled"]"#;
    assert_snapshot!(Place::new().transcripts(&[
        &[STRUCTURES, "--arg", r#"{"b": [0.5, -4], "a": [1, 2]}"#],
        &[STRUCTURES, "--function", "take_list", "--arg", "[[1, 2], [0.5, -4]]"],
        &[STRUCTURES, "--function", "take_tuple", "--arg", "[[1, 2], [0.5, -4]]"],
        &[STRUCTURES, "--function", "take_named", "--arg", named],
        &[STRUCTURES, "--function", "take_nested", "--arg", nested],
        &[STRUCTURES, "--function", "take_with_literals", "--arg", literals],
        &[STRUCTURES, "--function", "take_optional", "--arg", "[1, 2]", "--kwarg", "mask=null"],
        &[STRUCTURES, "--function", "give_nested", "--arg", "[1, 2]"],
        &[STRUCTURES, "--function", "give_nested", "--arg", "[1, 2]", "--json"],
        &[STRUCTURES, "--function", "give_some", "--arg", "[1]"],
        &[STRUCTURES, "--function", "give_mixed", "--arg", "[1, -2]"],
        &[STRUCTURES, "--function", "give_nothing", "--arg", "[1]", "--json"],
        &[STRUCTURES, "--function", "no_arguments"],
    ]));
}

#[test]
fn ragged_and_sparse_tensors_go_in_and_out() {
    let sparse = r#"{"sparse": [[[0, 1], [1, 2]], [2.5, -1], [2, 3]]}"#;
    assert_snapshot!(Place::new().transcripts(&[
        &[COMPOSITES, "--function", "sum_rows", "--arg", r#"{"ragged": [[1.0], []]}"#],
        &[COMPOSITES, "--function", "double_rows", "--arg", r#"{"ragged": [[1.5, 2.5], [], [-1]]}"#, "--json"],
        &[COMPOSITES, "--function", "split", "--arg", r#"["a b", ""]"#],
        &[COMPOSITES, "--function", "to_dense", "--arg", sparse],
        &[COMPOSITES, "--function", "to_sparse", "--arg", "[[0, 1.5, 0]]", "--json"],
    ]));
}

#[test]
fn words_are_looked_up_in_tables() {
    assert_snapshot!(Place::new().transcripts(&[
        &["FIXTURES/tables/model", "--function", "lookup", "--arg", r#"["fox", "no such word"]"#],
        &["FIXTURES/tables/model", "--function", "first_word"],
    ]));
}

#[test]
fn strings_go_in_and_out() {
    assert_snapshot!(Place::new().transcripts(&[
        &[STRINGS, "--arg", r#"["näher", "", {"b64": "//4A"}]"#],
        &[STRINGS, "--arg", r#"string:["a"]"#, "--json"],
        &[STRINGS, "--function", "scalar", "--arg", r#""a hub of models""#],
        &[STRINGS, "--function", "constant", "--json"],
        &[STRINGS, "--signature", "length", "--kwarg", r#"text=["ÄÖ", "a"]"#],
    ]));
}

#[test]
fn signatures_take_inputs_by_name() {
    let (x1, x2) = ("x1=[[1, 2, 3]]", "x2=[[1, 1, 1]]");
    assert_snapshot!(Place::new().transcripts(&[
        &[AFFINE, "--signature", "serving_default", "--arg", "[[1, 2, 3]]"],
        &[AFFINE, "--signature", "serving_default", "--arg", r#"{"x": [[1, 2, 3]]}"#],
        &[AFFINE, "--signature", "sig", "--kwarg", x1, "--kwarg", x2],
        &[AFFINE, "--signature", "sig", "--kwarg", x1, "--kwarg", x2, "--json"],
        &[AFFINE, "--signature", "sig", "--output-key", "z", "--kwarg", x1, "--kwarg", x2],
        &[AFFINE, "--signature", "sig", "--output-key", "z", "--kwarg", x1, "--kwarg", x2, "--json"],
    ]));
}

#[test]
fn arrays_go_in_and_out_as_files() {
    let place = Place::new();
    assert_snapshot!(place.transcripts(&[
        &[POLYMORPHIC, "--function", "parts.0", "--arg", "[[1, 2], [3, 4]]", "--output-dir", "DIR/one"],
        &[POLYMORPHIC, "--arg", "@DIR/one/output.npy"],
        &[POLYMORPHIC, "--function", "encoder", "--kwarg", "x=@DIR/one/output.npy"],
        &[STRUCTURES, "--function", "give_mixed", "--arg", "[1, -2]", "--output-dir", "DIR/mixed/new"],
        &[STRUCTURES, "--function", "take_list", "--arg", "[[1, 2], [0.5, -4]]", "--output-dir", "DIR/one"],
        &[
            AFFINE,
            "--signature",
            "sig",
            "--arg",
            r#"{"x1": [[1, 2, 3]], "x2": [[1, 1, 1]]}"#,
            "--output-dir",
            "DIR/sig"
        ],
    ]));
    let mut files: Vec<_> = fs::read_dir(place.path().join("mixed/new"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    assert_eq!(files, ["0.npy", "1.npy", "2.json", "3.npy", "4.npy"]);
    let text = fs::read_to_string(place.path().join("mixed/new/2.json")).unwrap();
    assert_eq!(text, r#"{"dtype":"string","shape":[2],"values":["1.000000","-2.000000"]}"#);
}

#[test]
fn calls_that_the_model_does_not_take() {
    let x = "[[1, 2, 3]]";
    assert_snapshot!(Place::new().transcripts(&[
        &[AFFINE, "--signature", "other", "--arg", x],
        &[AFFINE, "--signature", "sig", "--arg", x],
        &[AFFINE, "--signature", "sig", "--kwarg", "x1=[[1, 2, 3]]"],
        &[AFFINE, "--signature", "serving_default", "--kwarg", "x=int32:[[1, 2, 3]]"],
        &[AFFINE, "--signature", "serving_default", "--kwarg", "x=[[1, 2]]"],
        &[AFFINE, "--signature", "serving_default", "--output-key", "y", "--arg", x],
        &[AFFINE, "--function", "nothing", "--arg", x],
        &[AFFINE, "--arg", "float64:[[1, 2, 3]]"],
        &[AFFINE, "--arg", "[[1, 2], [3]]"],
        &[AFFINE, "--arg", x, "--kwarg", "x=[[1, 2, 3]]"],
        &[AFFINE, "--arg", "@FIXTURES/digits/digits_5_to_9_images.npy"],
        &[POLYMORPHIC, "--arg", "[[1, 2]]", "--kwarg", "training=true"],
        &["FIXTURES/stateful/model"],
    ]));
}

#[test]
fn files_that_are_not_there_or_not_what_they_should_be() {
    let place = Place::new();
    fs::write(place.path().join("text.npy"), "[1, 2]").unwrap();
    fs::write(place.path().join("cut.npy"), &fs::read(folder("digits/digits_5_to_9_labels.npy")).unwrap()[..200])
        .unwrap();
    assert_snapshot!(place.transcripts(&[
        &["DIR/nowhere", "--arg", "1"],
        &["DIR", "--arg", "1"],
        &[AFFINE, "--tags", "train,gpu", "--arg", "1"],
        &[AFFINE, "--arg", "@DIR/missing.npy"],
        &[AFFINE, "--arg", "@DIR/text.npy"],
        &[AFFINE, "--arg", "@DIR/cut.npy"],
        &[AFFINE, "--arg", "[[1, 2, 3]]", "--output-dir", "DIR/text.npy"],
    ]));
}

#[test]
fn command_lines_that_mean_nothing() {
    assert_snapshot!(Place::new().transcripts(&[
        &[],
        &[AFFINE, "--signature", "sig", "--function", "both"],
        &[AFFINE, "--output-key", "y"],
        &[AFFINE, "--json", "--output-dir", "DIR/out"],
        &[AFFINE, "--arg", "hello"],
        &[AFFINE, "--arg", "[[1, 2"],
        &[AFFINE, "--arg", "float:[1]"],
        &[AFFINE, "--arg", "int64:[1.5]"],
        &[AFFINE, "--kwarg", "[[1, 2, 3]]"],
    ]));
}

#[test]
fn ops_that_are_missing_are_named_with_what_brings_them() {
    let place = Place::new();
    let said = place.transcript(&[BERT, "--arg", r#"["a fox"]"#]);
    for part in ["`CaseFoldUTF8`", "`TFText>RoundRobinTrim` (TensorFlow Text)", "hint: run it with `--ops text`"] {
        assert!(said.contains(part), "{part} in {said}");
    }
    let said = place.transcript(&[BERT, "--ops", "DIR/absent.so", "--arg", r#"["a fox"]"#]);
    assert!(said.contains("there is no op library `DIR/absent.so`"), "{said}");
}

#[test]
fn ops_of_tensorflow_text_are_installed_and_loaded() {
    let place = Place::new();
    let said = place.transcript(&[BERT, "--ops", "text", "--function", "tokenize", "--arg", r#"["a fox", ""]"#]);
    if std::env::var_os("TFHUB_OFFLINE").is_some() && said.contains("could not be installed") {
        return eprintln!("skipped: {said}");
    }
    assert_snapshot!(said);
}
