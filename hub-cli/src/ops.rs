//! `--ops`: the op libraries that a command line names.
//!
//! `run` loads them.

use std::convert::Infallible;
use std::path::PathBuf;
use std::str::FromStr;

use hub_core::{Error, OpLibraries};

use crate::failure::Failure;

/// An op library.
#[derive(Debug, Clone)]
pub(crate) enum Ops {
    /// TensorFlow Text.
    Text,
    /// The one in a file.
    File(PathBuf),
}

impl FromStr for Ops {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Ops, Infallible> {
        Ok(if text == "text" { Ops::Text } else { Ops::File(text.into()) })
    }
}

/// The libraries, to be loaded with a model.
pub(crate) fn libraries(ops: &[Ops]) -> OpLibraries {
    ops.iter().fold(OpLibraries::new(), |libraries, ops| match ops {
        Ops::Text => libraries.tensorflow_text(),
        Ops::File(path) => libraries.file(path),
    })
}

/// The failure with what to write, where the command line knows more than the library.
pub(crate) fn explain(error: Error) -> Failure {
    let Error::OpNotRegistered { missing } = &error else { return Failure::Hub(error) };
    let hint = match missing.iter().any(|missing| missing.lives_in == Some("TensorFlow Text")) {
        true => "run it with `--ops text`",
        false => "name the op library that has them: `--ops FILE`",
    };
    Failure::Explained { error: Box::new(error), hint: hint.into() }
}
