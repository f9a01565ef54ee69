//! What a model answered, as files in a directory.
//!
//! ```text
//! DIR/output.npy      the answer where it is one tensor
//! DIR/logits.npy      a dict's entry
//! DIR/states.0.npy    the first item of a list in a dict
//! DIR/labels.json     what `.npy` does not hold: texts, bfloat16 and half, ragged and sparse, literals
//! ```
//!
//! A key goes into the name with everything but letters, digits, `_` and `-` as `%2F`, so that it leads nowhere else
//! and no two names are the same; Python's `None` has no file. `run` calls this. Files of the same name are replaced,
//! each as a whole, and only once all are written.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use hub_core::{Error, Structure, Value};
use tempfile::NamedTempFile;

use crate::{npy, outputs};

/// A file that was written.
#[derive(Debug, PartialEq)]
pub(crate) struct Written {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// What it holds: `float32 [2, 3]`.
    pub(crate) kind: String,
}

/// Writes the answer into `directory`, which is made where it is missing.
///
/// # Errors
/// [`Error::Io`] with the file that could not be written.
pub(crate) fn write(nest: &Structure, directory: &Path) -> hub_core::Result<Vec<Written>> {
    fs::create_dir_all(directory).map_err(io_error("create", directory))?;
    let mut files = Vec::new();
    for (path, value) in outputs::entries(nest) {
        let Some(value) = value else { continue };
        let name = outputs::name(&path, encoded);
        let (target, kind) = match value {
            Value::Tensor(tensor) if npy::can_hold(tensor.dtype()) => (format!("{name}.npy"), outputs::kind(tensor)),
            Value::Tensor(tensor) => (format!("{name}.json"), outputs::kind(tensor)),
            other => (format!("{name}.json"), other.to_string()),
        };
        let target = directory.join(target);
        let file = fill(value, directory).map_err(io_error("write", &target))?;
        files.push((file, Written { path: target, kind }));
    }
    files
        .into_iter()
        .map(|(file, written)| match file.persist(&written.path) {
            Ok(_) => Ok(written),
            Err(error) => Err(io_error("write", &written.path)(error.error)),
        })
        .collect()
}

/// The file under a passing name, which goes where the program ends before it has its own.
fn fill(value: &Value, directory: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".tfhub-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let file = builder.tempfile_in(directory)?;
    let mut out = BufWriter::new(file.as_file());
    match value {
        Value::Tensor(tensor) if npy::can_hold(tensor.dtype()) => npy::write(tensor, &mut out)?,
        other => serde_json::to_writer(&mut out, &Structure::Leaf(other.clone()).to_json())?,
    }
    out.flush()?;
    drop(out);
    Ok(file)
}

fn io_error(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Io { operation, path, source }
}

/// A key as a part of a file's name.
fn encoded(key: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    match key {
        "" => "%".into(),
        _ => key.bytes().map(byte).collect(),
    }
}

#[cfg(test)]
mod tests {
    use hub_core::{Nest, Tensor};

    use super::*;

    fn names(directory: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn every_value_has_a_file_inside_the_directory() {
        let parent = tempfile::tempdir().unwrap();
        let directory = parent.path().join("a/b");
        let number = || Structure::from(Tensor::from([1.0_f32]));
        let nest: Structure = [
            ("../../out", number()),
            ("/etc/x", number()),
            ("a.0", number()),
            ("a", Nest::Tuple(vec![number(), Nest::None, Tensor::from(["text"]).into()])),
            ("..", number()),
            ("", number()),
            ("nul\0", number()),
        ]
        .into();
        let written = write(&nest, &directory).unwrap();
        let expected =
            ["%.npy", "%2E%2E%2F%2E%2E%2Fout.npy", "%2E%2E.npy", "%2Fetc%2Fx.npy", "a%2E0.npy", "a.0.npy", "a.2.json"];
        assert_eq!(written.len(), 8);
        assert_eq!(names(&directory), [&expected[..], &["nul%00.npy"]].concat());
        assert_eq!(names(parent.path()), ["a"]);
        let text = fs::read_to_string(directory.join("a.2.json")).unwrap();
        assert_eq!(text, r#"{"dtype":"string","shape":[1],"values":["text"]}"#);
        assert_eq!(npy::read(&directory.join("a.0.npy")).unwrap(), Tensor::from([1.0_f32]));
    }

    #[test]
    fn files_are_replaced_and_nothing_is_left_behind() {
        let directory = tempfile::tempdir().unwrap();
        for value in [1.0_f32, 2.0] {
            write(&Tensor::scalar(value).into(), directory.path()).unwrap();
            assert_eq!(npy::read(&directory.path().join("output.npy")).unwrap(), Tensor::scalar(value));
        }
        assert_eq!(names(directory.path()), ["output.npy"]);
        fs::create_dir(directory.path().join("y.npy")).unwrap();
        let answer = write(&[("y", Tensor::scalar(1.0_f32))].into(), directory.path());
        assert!(matches!(answer, Err(Error::Io { .. })));
        assert_eq!(names(directory.path()), ["output.npy", "y.npy"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_replaced_and_not_followed() {
        let directory = tempfile::tempdir().unwrap();
        let outside = tempfile::NamedTempFile::new().unwrap();
        std::os::unix::fs::symlink(outside.path(), directory.path().join("output.npy")).unwrap();
        write(&Tensor::scalar(1_u8).into(), directory.path()).unwrap();
        assert_eq!(fs::metadata(outside.path()).unwrap().len(), 0);
    }
}
