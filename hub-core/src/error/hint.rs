//! What to do about an error: the next step in a line, and whether to try again.

use super::Error;
use super::words::minor;

impl Error {
    /// What to do next, in one line, where there is something to do.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Error::UnsupportedHandle { .. } => "add a resolver for it to the hub, or give another kind of handle".into(),
            Error::PermissionDenied { .. } => "check who may use it; for the cache, TFHUB_CACHE_DIR names one of your own".into(),
            Error::Offline { .. } => "allow downloads once (unset TFHUB_OFFLINE), or copy the entry into the cache".into(),
            Error::Connect { proxy: Some(_), .. } => "check the proxy's address, or name the host in NO_PROXY".into(),
            Error::Connect { .. } | Error::Timeout { .. } => "check the network and try again".into(),
            Error::Tls { .. } => "name your authority's certificate with SSL_CERT_FILE; a wrong clock looks the same".into(),
            Error::HttpStatus { status: 401 | 403, .. } => {
                "the server wants credentials: a Kaggle token, a Hugging Face token, or consent on the model's page".into()
            }
            Error::HttpStatus { status: 429 | 500..=599, .. } => "try again later".into(),
            Error::HttpStatus { status: 404 | 410, .. } => {
                "look the model up on its hub's page: it may have moved, or the version may not exist".into()
            }
            Error::NotAnArchive { .. } => {
                "open the address in a browser: a login, a consent page or a proxy may stand between".into()
            }
            Error::Truncated { .. } => "try again; what came is not in the cache".into(),
            Error::TooLarge { .. } | Error::BombLimit { .. } => {
                "raise the limit in the hub's settings if you trust the source".into()
            }
            Error::EntryRejected { .. } => "ask for the archive to be made again with plain files and directories".into(),
            Error::CacheBusy { path, .. } => {
                format!("wait for that process, or remove `{}` if it is gone", path.display())
            }
            Error::CacheUntrusted { .. } => {
                "name a cache of your own with TFHUB_CACHE_DIR, or trust this one in the hub's settings".into()
            }
            Error::CacheCorrupt { path, .. } => {
                format!("remove `{}` and resolve the handle again with the network in reach", path.display())
            }
            Error::NotLocked { handle, .. } => format!("run `tfhub lock '{handle}'`"),
            Error::FormatNotLinked { add, .. } => format!("add the crate `{add}` and load with its hub"),
            Error::NotAModel { .. } => "a SavedModel directory holds `saved_model.pb` and usually `variables/`".into(),
            Error::ModelParse { .. } | Error::MissingVariables { .. } => "fetch or export the model again".into(),
            Error::WeightsMismatch { .. } => "load them into a model of the architecture that they were saved from".into(),
            Error::SaveExists { .. } => "name another path, or ask for it to be overwritten".into(),
            Error::ModelChanged { .. } => "load the model again".into(),
            Error::AssetEscapes { .. } => "no policy allows this: the model is hostile, or damaged".into(),
            Error::OpNotAllowed { .. } => {
                "if you trust the model as you would trust a program, load it with `OpPolicy::Trust`; `tfhub show` lists what was found"
                    .into()
            }
            Error::OpNotRegistered { missing } => match missing.iter().find_map(|missing| missing.lives_in) {
                Some(library) => format!("load it with the op library of {library}"),
                None => "load it with the op library that has them".into(),
            },
            Error::TagsNotFound { .. } => "pass one of the available tag sets".into(),
            Error::EngineNotFound { fix, .. }
            | Error::EngineInstall { fix, .. }
            | Error::OpLibraryInstall { fix, .. } => fix.clone(),
            Error::OpLibraryNotFound { .. } => "check the path".into(),
            Error::OpLibraryCorrupt { .. } => "name the `.so` of an op library, built for this system".into(),
            Error::OpLibraryMismatch { engine, .. } => {
                format!("use the build of the library for TensorFlow {}", minor(engine))
            }
            Error::OpLibraryUnavailable { library, engine, .. } => {
                let package = library.to_lowercase().replace(' ', "-");
                let version = minor(engine);
                format!(
                    "install Python's `{package}=={version}.*`, which is found where `python3` has it, or name its op \
                     libraries with `OpLibraries::file`; or use a TensorFlow that a known release is for"
                )
            }
            Error::EngineCorrupt { .. } | Error::EngineSymbolMissing { .. } | Error::EngineTooOld { .. } => {
                "run `tfhub doctor --install`, and set TFHUB_ENGINE to the path that it prints".into()
            }
            Error::ChecksumMismatch { .. } | Error::BadArchive { .. } => {
                "fetch it again: it is damaged, or not what was pinned".into()
            }
            Error::EngineConflict { .. } => {
                "use one library per process: set TFHUB_ENGINE to the one that is loaded".into()
            }
            Error::DiskFull { .. } => {
                "free some space, or name another directory (TFHUB_CACHE_DIR for models, TFHUB_ENGINE_DIR for the engine)"
                    .into()
            },
            Error::ForkedProcess => "start TensorFlow after the fork, or start a new process instead".into(),
            Error::NoMatchingTrace { options, .. } => format!("the traces are:\n  {}", options.join("\n  ")),
            Error::NotCallable { signatures, .. } if !signatures.is_empty() => {
                format!("call a signature: `model.signatures()[\"{}\"]`", signatures[0])
            }
            Error::NotDifferentiable { .. } => {
                "train only what the loss reaches without these, or put StopGradient before them".into()
            }
            Error::DTypeMismatch { .. } => "convert the input first: no value is converted silently".into(),
            _ => return None,
        })
    }

    /// Whether the same request may succeed a little later: the network or the server had a bad moment.
    ///
    /// ```
    /// let error = hub_core::resolve("").unwrap_err();
    /// assert!(!error.is_transient());
    /// ```
    pub fn is_transient(&self) -> bool {
        match self {
            Error::Connect { .. } | Error::Timeout { .. } | Error::Truncated { .. } | Error::CacheBusy { .. } => true,
            Error::HttpStatus { status, .. } => matches!(status, 408 | 429 | 500 | 502 | 503 | 504),
            _ => false,
        }
    }
}
