//! `tfhub run`: calls a model, a function of it or a signature, and prints or writes what it answers.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use hub_core::model::{JsonArgument, JsonArguments};
use hub_core::{Error, LoadOptions, LoadedModel, Structure};
use hub_legacy::HubFormat;
use serde_json::{Value as Json, json};

use crate::failure::Failure;
use crate::ops::{self, Ops};
use crate::values::{Keyword, Value};
use crate::{output_directory, outputs};

/// Call a model and print what it answers
///
/// V is `@file.npy`, JSON (`[[1.0, 2.0]]`, `{"a": [1]}`), which takes the element types that the model wants,
/// `dtype:JSON` (`int64:[1, 2]`, `string:["a"]`), or `py:JSON`, a Python value that selects a trace (`py:true`).
#[derive(Args)]
pub(crate) struct Run {
    /// The model: the path of its directory
    handle: String,
    /// The meta graph with just these tags
    #[arg(long, value_name = "TAG,...", value_delimiter = ',')]
    tags: Option<Vec<String>>,
    /// Call this signature; its inputs go by name
    #[arg(long, value_name = "NAME", conflicts_with = "function")]
    signature: Option<String>,
    /// Only this output of the signature
    #[arg(long, value_name = "K", requires = "signature")]
    output_key: Option<String>,
    /// Call this function of the model instead of the model itself
    #[arg(long, value_name = "DOTTED.PATH")]
    function: Option<String>,
    /// An argument by position
    #[arg(long = "arg", value_name = "V", allow_negative_numbers = true)]
    positional: Vec<Value>,
    /// An argument by name
    #[arg(long = "kwarg", value_name = "NAME=V")]
    keywords: Vec<Keyword>,
    /// Load more ops: `text` for TensorFlow Text, which is installed if need be, or the file of an op library
    #[arg(long, value_name = "text|FILE")]
    ops: Vec<Ops>,
    /// Print the answer as JSON
    #[arg(long)]
    json: bool,
    /// Write each output to a file in this directory: numbers as .npy, everything else as .json
    #[arg(long, value_name = "DIR", conflicts_with = "json")]
    output_dir: Option<PathBuf>,
}

/// What is called.
enum Target {
    Model,
    Function(String),
    Signature { name: String, output_key: Option<String> },
}

impl Run {
    pub(crate) fn run(self, out: &mut dyn Write) -> Result<(), Failure> {
        let target = match (self.signature, self.function) {
            (Some(name), _) => Target::Signature { name, output_key: self.output_key },
            (None, Some(path)) => Target::Function(path),
            (None, None) => Target::Model,
        };
        // Files that are not there are found out about before the engine starts.
        let arguments = read(self.positional, self.keywords)?;
        let options = LoadOptions::new().op_libraries(ops::libraries(&self.ops));
        let options = match self.tags {
            Some(tags) => options.tags(tags.into_iter().filter(|tag| !tag.is_empty())),
            None => options,
        };
        let model = hub_legacy::hub().load(&self.handle, &options).map_err(ops::explain)?;
        let answer = target.call(&model, &arguments).map_err(|error| explain(error, &arguments))?;
        match self.output_dir {
            _ if self.json => writeln!(out, "{}", json!({ "outputs": answer.to_json() }))?,
            Some(directory) => {
                for file in output_directory::write(&answer, &directory)? {
                    writeln!(out, "{}  {}", file.path.display(), file.kind)?;
                }
            }
            None => outputs::print(&answer, out)?,
        }
        Ok(())
    }
}

fn read(positional: Vec<Value>, keywords: Vec<Keyword>) -> hub_core::Result<JsonArguments> {
    let keywords = keywords.into_iter().map(|keyword| Ok((keyword.name, keyword.value.read()?)));
    Ok(JsonArguments {
        positional: positional.into_iter().map(Value::read).collect::<hub_core::Result<_>>()?,
        keywords: keywords.collect::<hub_core::Result<_>>()?,
    })
}

impl Target {
    fn call(&self, model: &LoadedModel, arguments: &JsonArguments) -> hub_core::Result<Structure> {
        let callable = match self {
            Target::Signature { name, output_key } => {
                let signatures = model.signatures();
                let signature = signatures.get(name)?;
                let outputs = signature.call(signature.arguments_from_json(arguments)?)?;
                return match output_key {
                    Some(key) => output(&outputs, key),
                    None => Ok(outputs),
                };
            }
            Target::Function(path) => model.function(path)?,
            // What hub modules of TF1 have in the place of a call.
            Target::Model if model.format() == HubFormat::NAME => {
                let target = Target::Signature { name: "default".into(), output_key: None };
                return target.call(model, arguments);
            }
            Target::Model => model.root()?,
        };
        callable.call(callable.arguments_from_json(arguments)?)
    }
}

fn output(outputs: &Structure, key: &str) -> hub_core::Result<Structure> {
    outputs.get(key).cloned().ok_or_else(|| Error::OutputKeyNotFound {
        key: key.to_owned(),
        available: outputs.keys().into_iter().map(str::to_owned).collect(),
    })
}

/// The failure with what to write instead, where the command line knows more than the library.
fn explain(error: Error, arguments: &JsonArguments) -> Failure {
    let hint = match &error {
        Error::NotCallable { signatures } => match signatures.first() {
            Some(name) => format!("name a signature (`--signature {name}`) or a function (`--function PATH`)"),
            None => "name a function (`--function PATH`)".into(),
        },
        Error::NoMatchingTrace { .. } if values(arguments).any(is_plain) => {
            let traces = error.hint().unwrap_or_default();
            format!("{traces}\nhint: a value that selects a trace is written `py:JSON`, as in `training=py:true`")
        }
        _ => return Failure::Hub(error),
    };
    Failure::Explained { error: Box::new(error), hint }
}

fn values(arguments: &JsonArguments) -> impl Iterator<Item = &JsonArgument> {
    arguments.positional.iter().chain(arguments.keywords.iter().map(|(_, value)| value))
}

/// Whether a value is neither list nor object, but became a tensor.
fn is_plain(value: &JsonArgument) -> bool {
    matches!(value, JsonArgument::Tensors(Json::Bool(_) | Json::Number(_) | Json::String(_)))
}
