//! `tfhub weights` as a program: the file holds what Python read from the checkpoint, or there is none.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use hub_core::{DType, Tensor};
use safetensors::{Dtype, SafeTensors};

fn model(fixture: &str) -> PathBuf {
    hub_fixtures::folder(fixture).join("model")
}

/// Runs the program in a directory; no engine is to be found.
fn weights(directory: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tfhub"));
    command.arg("weights").args(arguments).current_dir(directory);
    command.env("TFHUB_OFFLINE", "1").env("TFHUB_ENGINE", "/nowhere").output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// What the file must hold: Python's values by our names, without those that the format has no place for.
fn expected(variables: &serde_json::Value) -> BTreeMap<String, Tensor> {
    let variables = variables.as_object().unwrap().iter().map(|(key, value)| {
        let name = match key.strip_suffix("/.ATTRIBUTES/VARIABLE_VALUE") {
            Some(path) => path.replace('/', "."),
            None => key.clone(),
        };
        (name, Tensor::from_json(value, None).unwrap())
    });
    variables.filter(|(_, tensor)| !matches!(tensor.dtype(), DType::String | DType::Complex128)).collect()
}

/// Python's name of a type.
fn numpy(dtype: Dtype) -> &'static str {
    match dtype {
        Dtype::F64 => "float64",
        Dtype::F32 => "float32",
        Dtype::F16 => "float16",
        Dtype::BF16 => "bfloat16",
        Dtype::I64 => "int64",
        Dtype::I32 => "int32",
        Dtype::I16 => "int16",
        Dtype::I8 => "int8",
        Dtype::U64 => "uint64",
        Dtype::U32 => "uint32",
        Dtype::U16 => "uint16",
        Dtype::U8 => "uint8",
        Dtype::BOOL => "bool",
        Dtype::C64 => "complex64",
        other => panic!("{other:?}"),
    }
}

/// Writes a model's variables and holds the file against Python's values; answers with what was said on stderr.
fn compare(model: &Path, variables: &serde_json::Value) -> String {
    let directory = tempfile::tempdir().unwrap();
    let output = weights(directory.path(), &[model.to_str().unwrap(), "--output", "w.safetensors"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(output.stdout, b"w.safetensors\n");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "nothing else is left");
    let bytes = fs::read(directory.path().join("w.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let expected = expected(variables);
    assert_eq!(file.names().len(), expected.len());
    for (name, tensor) in expected {
        let found = file.tensor(&name).unwrap_or_else(|why| panic!("{name}: {why}"));
        assert_eq!((found.shape(), found.data()), (tensor.shape(), tensor.bytes().unwrap()), "{name}");
        assert_eq!(numpy(found.dtype()), tensor.dtype().name(), "{name}");
    }
    stderr(&output)
}

#[test]
fn every_fixture_as_python_read_it() {
    let mut compared = 0;
    for fixture in ["affine", "stateful", "effects", "keras_mlp", "digits_features", "tf1_graph", "add_one"] {
        let golden = hub_fixtures::json(&format!("{fixture}/golden.json"));
        // Beside its variables, an optimizer keeps nothing that has another path than its key.
        let said = compare(&model(fixture), &golden["variables"]);
        assert_eq!(said, "", "{fixture}");
        compared += golden["variables"].as_object().unwrap().len();
    }
    assert!(compared > 30, "{compared}");
}

#[test]
fn data_files_and_slices() {
    let golden = hub_fixtures::json("bundles/golden.json");
    let said = compare(&model("bundles/sharded"), &golden["variables"]["sharded"]);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(
        lines,
        [
            "tfhub: left out `words`: safetensors has no string",
            "tfhub: left out `word`: safetensors has no string",
            "tfhub: left out `complex128`: safetensors has no complex128",
        ]
    );
    let said = compare(&model("bundles/tf1_hub"), &golden["variables"]["tf1_hub"]);
    assert_eq!(said, "tfhub: left out `words`: safetensors has no string\n");
}

#[test]
fn the_file_is_a_usual_one() {
    let directory = tempfile::tempdir().unwrap();
    let output = weights(directory.path(), &[model("bundles/sharded").to_str().unwrap()]);
    assert_eq!(output.stdout, b"model.safetensors\n");
    let bytes = fs::read(directory.path().join("model.safetensors")).unwrap();
    let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
    assert_eq!(metadata.metadata().as_ref().unwrap()["format"], "tf");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let other = directory.path().join("other");
        fs::write(&other, "").unwrap();
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode();
        assert_eq!(mode(&directory.path().join("model.safetensors")), mode(&other), "as any file of the user");
    }
}

#[test]
fn a_file_is_not_overwritten_unless_asked() {
    let directory = tempfile::tempdir().unwrap();
    let (affine, file) = (model("affine"), directory.path().join("model.safetensors"));
    fs::write(&file, "mine").unwrap();
    let output = weights(directory.path(), &[affine.to_str().unwrap()]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
    insta::assert_snapshot!("in_the_way", stderr(&output));
    assert_eq!(fs::read(&file).unwrap(), b"mine");
    let output = weights(directory.path(), &[affine.to_str().unwrap(), "--force"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(SafeTensors::deserialize(&fs::read(&file).unwrap()).is_ok());
}

#[test]
fn nothing_is_written_of_a_damaged_model() {
    let directory = tempfile::tempdir().unwrap();
    let copy = directory.path().join("copy");
    fs::create_dir_all(copy.join("variables")).unwrap();
    for file in ["saved_model.pb", "variables/variables.index", "variables/variables.data-00000-of-00001"] {
        fs::copy(model("affine").join(file), copy.join(file)).unwrap();
    }
    let data = copy.join("variables/variables.data-00000-of-00001");
    let mut bytes = fs::read(&data).unwrap();
    bytes[0] ^= 1;
    fs::write(&data, bytes).unwrap();
    let out = directory.path().join("out");
    fs::create_dir(&out).unwrap();
    fs::write(out.join("model.safetensors"), "mine").unwrap();
    let output = weights(&out, &["../copy", "--force"]);
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!("damaged", stderr(&output));
    assert_eq!(fs::read(out.join("model.safetensors")).unwrap(), b"mine");
    assert_eq!(fs::read_dir(&out).unwrap().count(), 1);
    let output = weights(&out, &["../copy", "--output", "no/such/directory/w"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("cannot write `no/such/directory/w`"), "{}", stderr(&output));
}
