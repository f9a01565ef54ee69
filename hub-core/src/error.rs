//! The one error type of the crate.
//!
//! A variant is a situation that a caller can tell apart; its fields hold what was expected and what was found. The
//! message says what happened to what; [`Error::hint`] says what to do next.

use std::io;
use std::path::{Path, PathBuf};

use crate::dtype::DType;

/// What the functions of this crate return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong between a handle and a prediction.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    // Handles and directories.
    /// The text is no handle.
    #[error("`{handle}` is not a handle: {why}")]
    InvalidHandle {
        /// The text as given.
        handle: String,
        /// What is wrong with it.
        why: String,
    },
    /// No resolver of the hub takes this kind of handle.
    #[error("no resolver supports the handle `{handle}` (supported here: {})", supported.join(", "))]
    UnsupportedHandle {
        /// The handle as given.
        handle: String,
        /// What the hub's resolvers take.
        supported: Vec<String>,
    },
    /// The directory or file holds no model of a known format.
    #[error("`{}` is not a model: {why}", path.display())]
    NotAModel {
        /// The directory that was looked at.
        path: PathBuf,
        /// What is missing or in the way.
        why: String,
    },
    /// The directory holds a model of a format that another crate of the workspace loads.
    #[error("`{}` is in the {format} format, which this hub does not load", path.display())]
    FormatNotLinked {
        /// The directory.
        path: PathBuf,
        /// The format's name.
        format: &'static str,
        /// The crate that loads it.
        add: &'static str,
    },
    /// Reading or writing a file failed.
    #[error("cannot {operation} `{}`", path.display())]
    Io {
        /// The verb: `read`, `create`, ...
        operation: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },

    // The bytes of a model.
    /// A file is not what its name says, or is cut short.
    #[error("`{}` cannot be parsed: {why}", path.display())]
    ModelParse {
        /// The file.
        path: PathBuf,
        /// Where parsing stopped and why.
        why: String,
    },
    /// The file parses, but what it describes is not sound.
    #[error("the model is not sound: {why}")]
    ModelStructure {
        /// The thing, what was expected, what was found.
        why: String,
    },
    /// No meta graph has the tags asked for.
    #[error("{} (available: {})", tags_wanted(wanted.as_deref()), available.iter().map(|tags| tag_set(tags)).collect::<Vec<_>>().join(", "))]
    TagsNotFound {
        /// The tag set asked for; `None` means "the only one".
        wanted: Option<Vec<String>>,
        /// The tag sets of the model.
        available: Vec<Vec<String>>,
    },
    /// Files of the checkpoint are missing.
    #[error("the model in `{}` lacks {}", path.display(), missing.join(", "))]
    MissingVariables {
        /// The model's directory.
        path: PathBuf,
        /// Files or checkpoint keys.
        missing: Vec<String>,
    },
    /// A variable of the checkpoint is not the one the graph describes.
    #[error("variable `{name}`: expected {expected}, the checkpoint holds {found}")]
    VariableMismatch {
        /// The checkpoint key.
        name: String,
        /// Type and shape in the graph.
        expected: String,
        /// Type and shape in the checkpoint.
        found: String,
    },
    /// The model holds something that this version cannot run yet.
    #[error("{what} is not supported yet")]
    Unsupported {
        /// The thing, by name.
        what: String,
    },

    // Tensors and calls.
    /// A text names no element type.
    #[error("`{found}` is not the name of an element type")]
    UnknownDType {
        /// The text.
        found: String,
    },
    /// A tensor has another element type than needed.
    #[error("{what}: expected {expected}, found {found}")]
    DTypeMismatch {
        /// The input, output or conversion.
        what: String,
        /// The type needed.
        expected: DType,
        /// The type found.
        found: DType,
    },
    /// A tensor has another shape than needed.
    #[error("{what}: expected shape {expected}, found {found}")]
    ShapeMismatch {
        /// The input, output or conversion.
        what: String,
        /// The shape needed.
        expected: String,
        /// The shape found.
        found: String,
    },
    /// A value has another structure than needed (a dict where a tensor is wanted, say).
    #[error("{what}: expected {expected}, found {found}")]
    StructureMismatch {
        /// The input, output or conversion.
        what: String,
        /// What is wanted.
        expected: String,
        /// What is there.
        found: String,
    },
    /// A text or JSON value is no tensor.
    #[error("`{text}` is not a tensor: {why}")]
    InvalidTensor {
        /// The text, shortened.
        text: String,
        /// What is wrong with it.
        why: String,
    },
    /// The model has no function of that name.
    #[error("no function `{name}` (available: {})", available.join(", "))]
    FunctionNotFound {
        /// The dotted path asked for.
        name: String,
        /// The paths that exist.
        available: Vec<String>,
    },
    /// The model's root is not callable.
    #[error("the loaded object is not callable (signatures: {})", signatures.join(", "))]
    NotCallable {
        /// The signatures that it has instead.
        signatures: Vec<String>,
    },
    /// The model has no signature of that name.
    #[error("no signature `{name}` (available: {})", available.join(", "))]
    SignatureNotFound {
        /// The name asked for.
        name: String,
        /// The names that exist.
        available: Vec<String>,
    },
    /// The outputs have no entry of that key.
    #[error("no output `{key}` (available: {})", available.join(", "))]
    OutputKeyNotFound {
        /// The key asked for.
        key: String,
        /// The keys that exist.
        available: Vec<String>,
    },
    /// The arguments do not bind to the function's parameters.
    #[error("`{function}`: {why}")]
    Arguments {
        /// The function's name.
        function: String,
        /// Which argument, and what was expected.
        why: String,
    },
    /// The arguments bind, but no recorded trace takes them.
    #[error("`{function}` has no trace for these arguments: {got}\nnearest: {nearest}\n  {difference}")]
    NoMatchingTrace {
        /// The function's name.
        function: String,
        /// The arguments as bound.
        got: String,
        /// The trace that differs least.
        nearest: String,
        /// Which argument differs, expected and found.
        difference: String,
        /// Every trace.
        options: Vec<String>,
    },
    /// The model has no variable of that name.
    #[error("no variable `{name}`")]
    VariableNotFound {
        /// The name asked for.
        name: String,
    },

    // Building graphs.
    /// A node of a graph under construction could not be made.
    #[error("node `{node}` ({op}): {why}")]
    Graph {
        /// The node's name.
        node: String,
        /// Its op.
        op: String,
        /// TensorFlow's or our reason.
        why: String,
    },

    // The engine.
    /// No usable TensorFlow library was found and installing is forbidden or failed.
    #[error("no TensorFlow library was found{}", list(tried))]
    EngineNotFound {
        /// Each place that was looked at, with the reason why it did not do.
        tried: Vec<String>,
        /// The command that mends it.
        fix: String,
    },
    /// A file that should be the TensorFlow library is not, or is damaged.
    #[error("`{}` is not a usable TensorFlow library: {why}", path.display())]
    EngineCorrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The library is older than what this crate needs.
    #[error("`{}` is TensorFlow {found}; {needed} or later is needed", path.display())]
    EngineTooOld {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: String,
        /// The oldest version that works.
        needed: String,
    },
    /// The library lacks a function of the C interface.
    #[error("`{}` lacks the function `{symbol}`", path.display())]
    EngineSymbolMissing {
        /// The file.
        path: PathBuf,
        /// The function.
        symbol: String,
    },
    /// Another TensorFlow library is in the process already.
    #[error("two TensorFlow libraries in one process: `{}` is loaded, `{}` was asked for", loaded.display(), wanted.display())]
    EngineConflict {
        /// The one that is loaded.
        loaded: PathBuf,
        /// The one that was to be loaded.
        wanted: PathBuf,
    },
    /// Installing the engine failed.
    #[error("the engine could not be installed: {why}")]
    EngineInstall {
        /// The step that failed and its reason.
        why: String,
        /// The command that mends it.
        fix: String,
    },
    /// A downloaded file has another digest than the pinned one.
    #[error("`{what}`: expected SHA-256 {expected}, found {found}")]
    ChecksumMismatch {
        /// The file.
        what: String,
        /// The pinned digest.
        expected: String,
        /// The digest of what came.
        found: String,
    },
    /// An archive is damaged or holds entries that are refused.
    #[error("`{}`: {why}", path.display())]
    BadArchive {
        /// The archive.
        path: PathBuf,
        /// The entry and what is wrong with it.
        why: String,
    },
    /// There is not enough room on the disk.
    #[error("`{}` needs {needed_bytes} bytes, {free_bytes} are free", path.display())]
    DiskFull {
        /// The directory that was to be written.
        path: PathBuf,
        /// What is needed.
        needed_bytes: u64,
        /// What is free.
        free_bytes: u64,
    },
    /// The process was forked after TensorFlow started; its threads are not in the child.
    #[error("this process was forked after TensorFlow was started in its parent")]
    ForkedProcess,
    /// TensorFlow refused or failed to run something.
    #[error("TensorFlow: {code}: {message}")]
    Engine {
        /// TensorFlow's status code: `INVALID_ARGUMENT`, ...
        code: String,
        /// Its message, shortened.
        message: String,
    },
}

impl Error {
    /// What to do next, in one line, where there is something to do.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Error::InvalidHandle { .. } | Error::UnsupportedHandle { .. } => {
                "give the path of a directory that holds a `saved_model.pb`".into()
            }
            Error::FormatNotLinked { add, .. } => format!("add the crate `{add}` and load with its hub"),
            Error::NotAModel { .. } => "a SavedModel directory holds `saved_model.pb` and usually `variables/`".into(),
            Error::ModelParse { .. } | Error::MissingVariables { .. } => "fetch or export the model again".into(),
            Error::TagsNotFound { .. } => "pass one of the available tag sets".into(),
            Error::EngineNotFound { fix, .. } | Error::EngineInstall { fix, .. } => fix.clone(),
            Error::EngineCorrupt { .. } | Error::EngineSymbolMissing { .. } | Error::EngineTooOld { .. } => {
                "run `tfhub doctor --install`, and set TFHUB_ENGINE to the path that it prints".into()
            }
            Error::ChecksumMismatch { .. } | Error::BadArchive { .. } => {
                "fetch it again: it is damaged, or not what was pinned".into()
            }
            Error::EngineConflict { .. } => {
                "use one library per process: set TFHUB_ENGINE to the one that is loaded".into()
            }
            Error::DiskFull { .. } => "free some space, or name another directory with TFHUB_ENGINE_DIR".into(),
            Error::ForkedProcess => "start TensorFlow after the fork, or start a new process instead".into(),
            Error::NoMatchingTrace { options, .. } => format!("the traces are:\n  {}", options.join("\n  ")),
            Error::NotCallable { signatures, .. } if !signatures.is_empty() => {
                format!("call a signature: `model.signatures()[\"{}\"]`", signatures[0])
            }
            Error::DTypeMismatch { .. } => "convert the input first: no value is converted silently".into(),
            _ => return None,
        })
    }

    /// Wraps the system's reason with the path and the verb.
    pub(crate) fn io(operation: &'static str, path: &Path, source: io::Error) -> Error {
        Error::Io { operation, path: path.to_owned(), source }
    }

    /// A [`Error::ModelStructure`] from its sentence.
    pub(crate) fn structure(why: impl Into<String>) -> Error {
        Error::ModelStructure { why: why.into() }
    }
}

/// The places tried, one to a line, as the tail of a message.
fn list(tried: &[String]) -> String {
    tried.iter().map(|place| format!("\n  {place}")).collect()
}

fn tags_wanted(wanted: Option<&[String]>) -> String {
    match wanted {
        Some(tags) => format!("no meta graph with just the tags {}", tag_set(tags)),
        None => "the model has more than one meta graph".into(),
    }
}

/// Tags as the command line takes them: `serve,gpu`.
fn tag_set(tags: &[String]) -> String {
    format!("`{}`", tags.join(","))
}
