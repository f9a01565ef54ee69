//! The settings under which handles are resolved.
//!
//! [`Settings::from_env`] reads the process's environment once; [`Settings::from_lookup`] takes any look-up function,
//! so that tests need not touch the environment. The resolvers, the cache and the downloads read the fields. An empty
//! variable counts as unset, as in Python.
//!
//! | Variable | Meaning |
//! |---|---|
//! | `TFHUB_CACHE_DIR` | the cache, by default `tfhub_modules` in the system's temporary directory |
//! | `TFHUB_MODEL_LOAD_FORMAT` | `AUTO`, `COMPRESSED` or `UNCOMPRESSED` |
//! | `TFHUB_DOWNLOAD_PROGRESS` | anything: progress is shown, also where stderr is no terminal |
//! | `TFHUB_DISABLE_CERT_VALIDATION` | exactly `true`: certificates are not checked |
//! | `TFHUB_OFFLINE` | `1`: nothing is downloaded |
//! | `KAGGLE_API_TOKEN`, `KAGGLE_USERNAME`, `KAGGLE_KEY`, `KAGGLE_CONFIG_DIR`, `KAGGLE_API_ENDPOINT` | as kagglehub reads them |
//! | `KAGGLEHUB_CACHE` | kagglehub's cache, which is read |
//! | `HF_TOKEN`, `HF_TOKEN_PATH`, `HF_HOME`, `HF_ENDPOINT` | as huggingface_hub reads them |
//! | `CLOUDSDK_AUTH_ACCESS_TOKEN`, `STORAGE_EMULATOR_HOST` | a bearer token and another endpoint for `gs://` |
//! | `SSL_CERT_FILE` | certificates to trust instead of the system's |
//! | `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY` | proxies |

mod limits;
mod places;
mod proxies;
mod secret;

use std::ffi::OsString;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use limits::DownloadLimits;
pub(crate) use places::absolute;
#[cfg(feature = "engine")]
pub(crate) use places::user_cache;
pub(crate) use proxies::Proxies;
pub(crate) use secret::Secret;

use crate::lockfile::Lockfile;
use crate::progress::{Progress, standard};
use crate::stop::StopSignal;

/// How a server is asked for a model: `TFHUB_MODEL_LOAD_FORMAT`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LoadFormat {
    /// As an archive; the same as [`LoadFormat::Compressed`].
    #[default]
    Auto,
    /// As an archive that is unpacked into the cache.
    Compressed,
    /// As the place in Google's store where the model lies unpacked.
    Uncompressed,
    /// A text that is none of these: an error once a web handle is resolved.
    Unknown(String),
}

impl LoadFormat {
    /// The format of this name. Case matters, as in Python.
    pub fn from_name(name: &str) -> LoadFormat {
        match name {
            "AUTO" => LoadFormat::Auto,
            "COMPRESSED" => LoadFormat::Compressed,
            "UNCOMPRESSED" => LoadFormat::Uncompressed,
            other => LoadFormat::Unknown(other.to_owned()),
        }
    }
}

/// The settings under which handles are resolved.
///
/// ```
/// use hub_core::Settings;
///
/// let settings = Settings::from_env().cache_dir("models").offline(true);
/// assert!(settings.cache_directory().ends_with("models"));
/// ```
#[cfg_attr(not(feature = "fetch"), allow(dead_code, reason = "only downloads read all of them"))]
#[derive(Clone)]
pub struct Settings {
    pub(crate) cache: PathBuf,
    /// Whether the cache is the default one, which the system sweeps.
    pub(crate) cache_is_swept: bool,
    pub(crate) trust_shared_cache: bool,
    pub(crate) load_format: LoadFormat,
    pub(crate) validate_certificates: bool,
    pub(crate) allow_downgrade: bool,
    pub(crate) offline: bool,
    pub(crate) pins: Option<Arc<Lockfile>>,
    pub(crate) kaggle: KaggleSettings,
    pub(crate) hugging_face: HuggingFaceSettings,
    pub(crate) google: GoogleSettings,
    pub(crate) certificates: Option<PathBuf>,
    pub(crate) proxies: Proxies,
    pub(crate) limits: DownloadLimits,
    pub(crate) progress: Arc<dyn Progress>,
    pub(crate) stop: StopSignal,
    /// Hosts that lead to other addresses: for tests.
    pub(crate) routes: Vec<(String, SocketAddr)>,
}

/// Where Kaggle is and who we are there.
#[cfg_attr(not(feature = "fetch"), allow(dead_code, reason = "only downloads read all of them"))]
#[derive(Clone, Debug)]
pub(crate) struct KaggleSettings {
    pub(crate) endpoint: String,
    pub(crate) token: Option<Secret>,
    pub(crate) username: Option<String>,
    pub(crate) key: Option<Secret>,
    /// Where `kaggle.json` and `access_token` lie.
    pub(crate) directory: Option<PathBuf>,
    /// kagglehub's cache.
    pub(crate) cache: Option<PathBuf>,
}

/// Where Hugging Face is and who we are there.
#[cfg_attr(not(feature = "fetch"), allow(dead_code, reason = "only downloads read all of them"))]
#[derive(Clone, Debug)]
pub(crate) struct HuggingFaceSettings {
    pub(crate) endpoint: String,
    pub(crate) token: Option<Secret>,
    /// The file that holds the token where no variable does.
    pub(crate) token_file: Option<PathBuf>,
}

/// Where Google's store is and who we are there.
#[cfg_attr(not(feature = "fetch"), allow(dead_code, reason = "only downloads read all of them"))]
#[derive(Clone, Debug)]
pub(crate) struct GoogleSettings {
    pub(crate) endpoint: String,
    pub(crate) token: Option<Secret>,
}

impl Settings {
    /// The settings in the process's environment.
    pub fn from_env() -> Settings {
        Settings::from_lookup(|name| std::env::var_os(name))
    }

    /// The settings in any environment: `lookup` answers with a variable's value.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<OsString>) -> Settings {
        let set = |name: &str| lookup(name).filter(|value| !value.is_empty());
        let text = |name: &str| set(name).map(|value| value.to_string_lossy().trim().to_owned());
        let endpoint =
            |name: &str, default: &str| text(name).unwrap_or_else(|| default.into()).trim_end_matches('/').to_owned();
        let home = places::home(&set);
        let in_home = |name: &str| home.as_ref().map(|home| home.join(name));
        let hugging_face_home = set("HF_HOME").map(PathBuf::from).or_else(|| in_home(".cache/huggingface"));
        let cache = set("TFHUB_CACHE_DIR").map(places::local_directory);
        Settings {
            cache_is_swept: cache.is_none(),
            cache: cache.unwrap_or_else(|| places::temporary(&set).join("tfhub_modules")),
            trust_shared_cache: false,
            load_format: text("TFHUB_MODEL_LOAD_FORMAT").map_or(LoadFormat::Auto, |name| LoadFormat::from_name(&name)),
            validate_certificates: set("TFHUB_DISABLE_CERT_VALIDATION").is_none_or(|value| value != "true"),
            allow_downgrade: false,
            offline: text("TFHUB_OFFLINE").is_some_and(|value| is_true(&value)),
            pins: None,
            kaggle: KaggleSettings {
                endpoint: endpoint("KAGGLE_API_ENDPOINT", "https://www.kaggle.com"),
                token: text("KAGGLE_API_TOKEN").map(Secret::new),
                username: text("KAGGLE_USERNAME"),
                key: text("KAGGLE_KEY").map(Secret::new),
                directory: set("KAGGLE_CONFIG_DIR").map(PathBuf::from).or_else(|| in_home(".kaggle")),
                cache: set("KAGGLEHUB_CACHE").map(PathBuf::from).or_else(|| in_home(".cache/kagglehub")),
            },
            hugging_face: HuggingFaceSettings {
                endpoint: endpoint("HF_ENDPOINT", "https://huggingface.co"),
                token: text("HF_TOKEN").map(Secret::new),
                token_file: set("HF_TOKEN_PATH")
                    .map(PathBuf::from)
                    .or(hugging_face_home.map(|home| home.join("token"))),
            },
            google: GoogleSettings {
                endpoint: endpoint("STORAGE_EMULATOR_HOST", "https://storage.googleapis.com"),
                token: text("CLOUDSDK_AUTH_ACCESS_TOKEN").map(Secret::new),
            },
            certificates: set("SSL_CERT_FILE").map(PathBuf::from),
            proxies: Proxies::from_lookup(&text),
            limits: DownloadLimits::default(),
            progress: match set("TFHUB_DOWNLOAD_PROGRESS") {
                Some(_) => crate::progress::talkative(),
                None => standard(),
            },
            stop: StopSignal::new(),
            routes: Vec::new(),
        }
    }

    /// Names the cache's directory.
    pub fn cache_dir(mut self, path: impl AsRef<Path>) -> Settings {
        self.cache = places::absolute(path);
        self.cache_is_swept = false;
        self
    }

    /// Uses a cache in the user's cache directory, which lasts, instead of the one that Python's library shares by
    /// default. Where no home directory is known nothing changes.
    pub fn persistent_cache(self) -> Settings {
        let directory = places::user_cache(&|name| std::env::var_os(name).filter(|value| !value.is_empty()));
        match directory {
            Some(directory) => self.cache_dir(directory.join("models")),
            None => self,
        }
    }

    /// The directory of the cache.
    pub fn cache_directory(&self) -> &Path {
        &self.cache
    }

    /// Uses the cache also where other users could have put things into it.
    pub fn trust_shared_cache(mut self, trust: bool) -> Settings {
        self.trust_shared_cache = trust;
        self
    }

    /// Sets how servers are asked for models.
    pub fn load_format(mut self, format: LoadFormat) -> Settings {
        self.load_format = format;
        self
    }

    /// Forbids or allows downloading.
    pub fn offline(mut self, offline: bool) -> Settings {
        self.offline = offline;
        self
    }

    /// Resolves only handles in a lock file, and only to the bytes that it names.
    pub fn locked(mut self, lockfile: Lockfile) -> Settings {
        self.pins = Some(Arc::new(lockfile));
        self
    }

    /// Follows redirects from https to http, which are refused otherwise.
    pub fn allow_downgrade(mut self, allow: bool) -> Settings {
        self.allow_downgrade = allow;
        self
    }

    /// Sets the token for Kaggle's API.
    pub fn kaggle_token(mut self, token: impl Into<String>) -> Settings {
        self.kaggle.token = Some(Secret::new(token.into()));
        self
    }

    /// Sets the token for Hugging Face.
    pub fn hugging_face_token(mut self, token: impl Into<String>) -> Settings {
        self.hugging_face.token = Some(Secret::new(token.into()));
        self
    }

    /// Sets the bearer token for Google's store.
    pub fn google_token(mut self, token: impl Into<String>) -> Settings {
        self.google.token = Some(Secret::new(token.into()));
        self
    }

    /// Names a file of certificates (PEM) to trust besides the system's. The variable `SSL_CERT_FILE` names one to trust
    /// instead of them, as with OpenSSL.
    pub fn certificates(mut self, path: impl AsRef<Path>) -> Settings {
        self.certificates = Some(path.as_ref().to_owned());
        self
    }

    /// Sets who listens to the progress of downloads.
    pub fn progress(mut self, listener: Arc<dyn Progress>) -> Settings {
        self.progress = listener;
        self
    }

    /// Sets the signal that stops downloads and waits.
    pub fn stop_signal(mut self, stop: StopSignal) -> Settings {
        self.stop = stop;
        self
    }

    /// Changes the limits of downloads.
    pub fn limits(mut self, change: impl FnOnce(&mut DownloadLimits)) -> Settings {
        change(&mut self.limits);
        self
    }

    /// Leads a host to another address: for tests.
    #[doc(hidden)]
    pub fn route(mut self, host: impl Into<String>, address: SocketAddr) -> Settings {
        self.routes.push((host.into(), address));
        self
    }
}

impl Default for Settings {
    fn default() -> Settings {
        Settings::from_env()
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Settings")
            .field("cache", &self.cache)
            .field("load_format", &self.load_format)
            .field("offline", &self.offline)
            .field("kaggle", &self.kaggle)
            .field("hugging_face", &self.hugging_face)
            .field("google", &self.google)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// Whether a variable's text switches something on.
pub(crate) fn is_true(value: &str) -> bool {
    !matches!(value.trim().to_ascii_lowercase().as_str(), "" | "0" | "false" | "no" | "off")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(variables: &[(&str, &str)]) -> Settings {
        Settings::from_lookup(|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn an_empty_variable_counts_as_unset() {
        let swept = settings(&[("TFHUB_CACHE_DIR", ""), ("TFHUB_MODEL_LOAD_FORMAT", "")]);
        assert!(swept.cache_is_swept && swept.load_format == LoadFormat::Auto);
        assert!(swept.cache.ends_with("tfhub_modules"));
        let named = settings(&[("TFHUB_CACHE_DIR", "/models")]);
        assert!(!named.cache_is_swept && named.cache == Path::new("/models"));
    }

    #[test]
    fn only_the_exact_word_switches_certificates_off() {
        for (value, validate) in [("", true), ("TRUE", true), ("1", true), ("true", false)] {
            assert_eq!(
                settings(&[("TFHUB_DISABLE_CERT_VALIDATION", value)]).validate_certificates,
                validate,
                "{value}"
            );
        }
    }

    #[test]
    fn no_secret_is_printed() {
        let variables = [("KAGGLE_API_TOKEN", "canary"), ("KAGGLE_KEY", "canary"), ("HF_TOKEN", "canary")];
        let text = format!("{:?}", settings(&variables));
        assert!(text.contains("Settings") && !text.contains("canary"), "{text}");
    }
}
