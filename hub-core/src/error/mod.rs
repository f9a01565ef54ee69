//! The one error type of the crate.
//!
//! A variant is a situation that a caller can tell apart; its fields hold what was expected and what was found. The
//! message says what happened to what; [`Error::hint`] says what to do next.

mod hint;
mod make;
mod words;

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use words::{blocking, explained, list, needed, refusals, tag_set, tags_wanted, via};

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

    /// The system does not let this process read or write there.
    #[error("no permission to {operation} `{}`", path.display())]
    PermissionDenied {
        /// The verb: `read`, `create`, ...
        operation: &'static str,
        /// The file or directory.
        path: PathBuf,
    },
    /// A setting, from the environment or the program, is none that is known.
    #[error("`{name}` is `{value}`: expected {expected}")]
    InvalidSetting {
        /// The variable or option.
        name: String,
        /// Its value.
        value: String,
        /// What it may be.
        expected: String,
    },
    /// The caller asked for the work to stop.
    #[error("stopped: {what}")]
    Stopped {
        /// What was not finished.
        what: String,
    },

    // The network. Addresses in these are without passwords and signatures.
    /// The model would have to be downloaded, and that is forbidden.
    #[error("`{handle}` is not in the cache, and downloads are forbidden")]
    Offline {
        /// The handle.
        handle: String,
    },
    /// No connection, or it broke before an answer came.
    #[error("cannot reach `{url}`{}: {why}", via(proxy.as_deref()))]
    Connect {
        /// The address.
        url: String,
        /// The proxy between, where there is one.
        proxy: Option<String>,
        /// The system's reason.
        why: String,
    },
    /// The server's certificate or its side of the encryption is not acceptable.
    #[error("`{url}` could not be trusted: {why}")]
    Tls {
        /// The address.
        url: String,
        /// What is wrong.
        why: String,
    },
    /// The server took longer than allowed.
    #[error("`{url}`: nothing came within {} s ({phase})", limit.as_secs_f32())]
    Timeout {
        /// The address.
        url: String,
        /// What was waited for: `connect`, `headers`, `progress`, ...
        phase: &'static str,
        /// How long.
        limit: Duration,
    },
    /// The server answered with an error.
    #[error("`{url}` answered {status}{}", explained(why))]
    HttpStatus {
        /// The address that answered.
        url: String,
        /// The status.
        status: u16,
        /// What it means here, or nothing.
        why: String,
    },
    /// The server's answer breaks the rules of HTTP, or of the protocol that was asked for.
    #[error("`{url}`: {why}")]
    Protocol {
        /// The address.
        url: String,
        /// What was expected, what came.
        why: String,
    },
    /// A redirect leads where we do not go.
    #[error("`{url}` redirects to `{to}`, which is refused: {why}")]
    RedirectRefused {
        /// The address that answered.
        url: String,
        /// Where it leads.
        to: String,
        /// The rule.
        why: String,
    },
    /// Redirects without an end.
    #[error("`{url}` redirects more than {limit} times")]
    TooManyRedirects {
        /// The address that was asked first.
        url: String,
        /// The most that are followed.
        limit: u32,
    },
    /// The answer is no archive: an HTML page, an error text, nothing at all.
    #[error("`{handle}` does not appear to be a valid module: `{url}` answered {status} with {what}")]
    NotAnArchive {
        /// The handle.
        handle: String,
        /// The address that answered in the end.
        url: String,
        /// Its status.
        status: u16,
        /// The content type and how the content begins.
        what: String,
    },
    /// Fewer bytes came than were promised.
    #[error("`{what}` is cut short: expected {expected}, found {found} bytes")]
    Truncated {
        /// The address or file.
        what: String,
        /// What was promised: a length, or an end marker.
        expected: String,
        /// How much came.
        found: u64,
    },
    /// There is more than the limit allows.
    #[error("`{what}` is larger than the limit of {limit_bytes} bytes")]
    TooLarge {
        /// The address, file or entry.
        what: String,
        /// The limit.
        limit_bytes: u64,
    },
    /// The bytes have another digest than was pinned or announced.
    #[error("`{what}`: expected {algorithm} {expected}, found {found}")]
    ChecksumMismatch {
        /// The file or handle.
        what: String,
        /// The kind of digest.
        algorithm: &'static str,
        /// The digest that was pinned or announced.
        expected: String,
        /// The digest of what came.
        found: String,
    },

    // Archives.
    /// An archive is damaged.
    #[error("`{archive}`: {why}")]
    BadArchive {
        /// The archive's file, or the handle it came from.
        archive: String,
        /// Where and what.
        why: String,
    },
    /// An entry of an archive is refused.
    #[error("`{archive}`: the entry `{entry}` is refused: {why}")]
    EntryRejected {
        /// The archive's file, or the handle it came from.
        archive: String,
        /// The entry's name, escaped.
        entry: String,
        /// The rule that it breaks.
        why: String,
    },
    /// An archive would unpack to more than is allowed.
    #[error("`{archive}` unpacks to more than is allowed: {why}")]
    BombLimit {
        /// The archive's file, or the handle it came from.
        archive: String,
        /// Which limit, and how far it got.
        why: String,
    },

    // The cache.
    /// Another process has held the entry's lock for longer than we wait.
    #[error("`{}` has been held by `{owner}` for {} s", path.display(), waited.as_secs())]
    CacheBusy {
        /// The lock.
        path: PathBuf,
        /// The text in the lock: host, process, task.
        owner: String,
        /// How long we waited.
        waited: Duration,
    },
    /// Somebody else could have put things into the cache.
    #[error("the cache `{}` cannot be trusted: {why}", path.display())]
    CacheUntrusted {
        /// The directory or entry.
        path: PathBuf,
        /// Who owns it, or who may write.
        why: String,
    },
    /// An entry of the cache is damaged and cannot be replaced now.
    #[error("the cached model `{}` is damaged: {why}", path.display())]
    CacheCorrupt {
        /// The entry.
        path: PathBuf,
        /// What is missing or differs.
        why: String,
    },
    /// A handle is not in the lock file, and only locked handles are allowed.
    #[error("`{handle}` is not in `{}`", lock_file.display())]
    NotLocked {
        /// The handle.
        handle: String,
        /// The lock file.
        lock_file: PathBuf,
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
    /// The weights of a file are not those of the model; nothing has been changed.
    #[error("the weights in `{}` are not those of the model:{}", path.display(), refusals(differences))]
    WeightsMismatch {
        /// The file, or what the names of its files begin with.
        path: PathBuf,
        /// Each weight that is missing, that the model does not have, or whose type or shape differs.
        differences: Vec<String>,
    },
    /// The name of an asset leads out of the model's directory.
    #[error("the asset name {name:?} leads out of the model's `assets`")]
    AssetEscapes {
        /// The name in the model.
        name: String,
    },
    /// The model has ops that the policy does not allow.
    #[error("the model may do more than is allowed:{}", refusals(refused))]
    OpNotAllowed {
        /// Each op with what it may do, where it stands, and what leads to it.
        refused: Vec<String>,
    },
    /// The model needs ops that neither TensorFlow nor an op library has.
    #[error("the model needs ops that TensorFlow does not have: {}", missing.iter().map(MissingOp::to_string).collect::<Vec<_>>().join(", "))]
    OpNotRegistered {
        /// The ops, each once.
        missing: Vec<MissingOp>,
    },
    /// The model holds something that this version cannot run yet.
    #[error("{what} is not supported yet")]
    Unsupported {
        /// The thing, by name.
        what: String,
    },

    // Saving.
    /// Something is where a model is to be saved.
    #[error("`{}` exists already", path.display())]
    SaveExists {
        /// The path.
        path: PathBuf,
    },
    /// A model cannot be saved there, or not what is there replaced by one.
    #[error("nothing is saved to `{}`: {why}", path.display())]
    SaveRefused {
        /// The path.
        path: PathBuf,
        /// What is in the way.
        why: String,
    },
    /// The files of a loaded model are not those any more that it was loaded from.
    #[error("the model in `{}` has changed since it was loaded", path.display())]
    ModelChanged {
        /// The directory.
        path: PathBuf,
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
    /// The model has no object at that path.
    #[error("no object `{path}` (available: {})", available.join(", "))]
    ObjectNotFound {
        /// The dotted path asked for.
        path: String,
        /// The names that the path may begin with.
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

    /// Operations between the loss and what it is to be differentiated by have no gradient.
    #[error("no gradient through {}", blocking(ops))]
    NotDifferentiable {
        /// The op and the node of each, all at once.
        ops: Vec<(String, String)>,
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
    /// There is no file at the path of an op library.
    #[error("there is no op library `{}`", path.display())]
    OpLibraryNotFound {
        /// The path given.
        path: PathBuf,
    },
    /// A file that should be an op library is none, or is damaged.
    #[error("`{}` is not a usable op library: {why}", path.display())]
    OpLibraryCorrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// An op library was built for another version of TensorFlow than the one that runs.
    #[error("`{}` does not go with TensorFlow {engine}: {why}", path.display())]
    OpLibraryMismatch {
        /// The file, or the directory of a package.
        path: PathBuf,
        /// The version that runs.
        engine: String,
        /// What the library is for, or what it misses.
        why: String,
    },
    /// No release of an op library is known for the TensorFlow that runs.
    #[error("no {library} for TensorFlow {engine} was found, and none is known (known: {})", available.join(", "))]
    OpLibraryUnavailable {
        /// The library: `TensorFlow Text`.
        library: &'static str,
        /// The version that runs.
        engine: String,
        /// The releases that can be installed.
        available: Vec<String>,
    },
    /// Installing an op library failed.
    #[error("{library} could not be installed: {why}")]
    OpLibraryInstall {
        /// The library with its version: `TensorFlow Text 2.21.1`.
        library: String,
        /// The step that failed and its reason.
        why: String,
        /// The command that mends it.
        fix: String,
    },
    /// There is not enough room on the disk.
    #[error("the disk of `{}` is full:{} {free_bytes} bytes are free", path.display(), needed(*needed_bytes))]
    DiskFull {
        /// The directory that was to be written.
        path: PathBuf,
        /// What is needed; zero where that is not known.
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

/// An op that is needed and not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingOp {
    /// The op.
    pub op: String,
    /// The library outside TensorFlow that has it, where that is known.
    pub lives_in: Option<&'static str>,
}

impl fmt::Display for MissingOp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.lives_in {
            Some(library) => write!(f, "`{}` ({library})", self.op.escape_debug()),
            None => write!(f, "`{}`", self.op.escape_debug()),
        }
    }
}
