//! Handles: the texts that name models, parsed once.
//!
//! [`Handle`] keeps the text exactly as it was given, because the cache's key is made from it, and what the text means.
//! Resolvers look at the meaning. No file is looked at and nothing is fetched here.
//!
//! | text | kind |
//! |---|---|
//! | `models/digits`, `/models/digits`, `C:\models`, `file:///models/digits` | [`HandleKind::Path`] |
//! | `https://host/model.tar.gz`, any `http:` or `https:` address | [`HandleKind::Web`] |
//! | `https://tfhub.dev/google/nnlm-en-dim50/2` | [`HandleKind::Web`] |
//! | `https://www.kaggle.com/models/google/nnlm/tensorFlow2/en-dim50/1` and the long form | [`HandleKind::Kaggle`] |
//! | `google/nnlm/tensorFlow2/en-dim50`, with or without a version | [`HandleKind::Kaggle`] |
//! | `gs://bucket/model`, `gs://bucket/model.tar.gz` | [`HandleKind::GoogleStore`] |
//! | `hf://owner/name@revision/path` | [`HandleKind::HuggingFace`] |
//! | `s3://bucket/model`, any other scheme | [`HandleKind::Other`] |

mod file;
mod google_store;
mod hugging_face;
mod kaggle;
mod parse;
mod parts;
mod percent;
mod redact;
mod scheme;
#[cfg(test)]
mod tests;
mod web;

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use hugging_face::HuggingFaceModel;
pub use kaggle::KaggleModel;
#[cfg(feature = "fetch")]
pub(crate) use percent::decoded;
#[cfg(all(any(test, fuzzing), feature = "fetch"))]
pub(crate) use redact::is_deceptive;
pub(crate) use redact::redacted;
#[cfg(feature = "fetch")]
pub(crate) use redact::without_query;
use redact::{shown, shown_part};

use crate::error::Error;

/// The text that names a model, and what it means.
///
/// `Display` and `Debug` leave out passwords and signatures; [`Handle::as_str`] has the text as it was given.
///
/// ```
/// use hub_core::{Handle, HandleKind};
///
/// let handle: Handle = "https://tfhub.dev/google/nnlm-en-dim50/2".parse()?;
/// assert!(matches!(handle.kind(), HandleKind::Web(_)));
/// assert_eq!(handle.as_str(), "https://tfhub.dev/google/nnlm-en-dim50/2");
/// assert!("https:/tfhub.dev/google/nnlm-en-dim50/2".parse::<Handle>().is_err());
/// # Ok::<(), hub_core::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Handle {
    text: String,
    kind: HandleKind,
}

/// What a handle means.
///
/// `Debug` leaves out passwords and signatures.
#[derive(Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HandleKind {
    /// A path on this machine.
    Path(PathBuf),
    /// An address that answers with an archive when it is asked for one: a file on a server, or a model's page.
    Web(url::Url),
    /// A model on Kaggle.
    Kaggle(KaggleModel),
    /// A directory or an archive in Google's store.
    GoogleStore {
        /// The bucket.
        bucket: String,
        /// The name within the bucket, without a slash at either end.
        object: String,
        /// Whether the name ends like an archive's: `.tar`, `.tar.gz`, `.tgz`.
        is_archive: bool,
    },
    /// A folder of a repository on Hugging Face.
    HuggingFace(HuggingFaceModel),
    /// An address of a scheme that only a user's own resolver can take.
    Other {
        /// The scheme, in lower case.
        scheme: String,
    },
}

impl Handle {
    /// A handle for a path on this machine, whatever the path looks like.
    ///
    /// Its text alone may mean something else: a directory named `hf:` is a directory only here.
    pub fn from_path(path: impl AsRef<Path>) -> Handle {
        let path = path.as_ref();
        Handle { text: path.to_string_lossy().into_owned(), kind: HandleKind::Path(path.to_owned()) }
    }

    /// The text as it was given, passwords included: the cache's key is made from it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What the text means.
    pub fn kind(&self) -> &HandleKind {
        &self.kind
    }
}

impl FromStr for Handle {
    type Err = Error;

    /// # Errors
    /// [`Error::InvalidHandle`] for texts that are nearly a handle; it shows the right form.
    fn from_str(text: &str) -> Result<Handle, Error> {
        parse::parse(text).map(|kind| Handle { text: text.to_owned(), kind })
    }
}

impl TryFrom<String> for Handle {
    type Error = Error;

    fn try_from(text: String) -> Result<Handle, Error> {
        text.parse()
    }
}

impl From<Handle> for String {
    fn from(handle: Handle) -> String {
        handle.text
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&redacted(&self.text))
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Handle({self})")
    }
}

impl fmt::Debug for HandleKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HandleKind::Path(path) => formatter.debug_tuple("Path").field(path).finish(),
            HandleKind::Web(url) => write!(formatter, "Web({})", redacted(url.as_str())),
            HandleKind::Kaggle(model) => formatter.debug_tuple("Kaggle").field(model).finish(),
            HandleKind::GoogleStore { bucket, object, is_archive } => formatter
                .debug_struct("GoogleStore")
                .field("bucket", bucket)
                .field("object", object)
                .field("is_archive", is_archive)
                .finish(),
            HandleKind::HuggingFace(model) => formatter.debug_tuple("HuggingFace").field(model).finish(),
            HandleKind::Other { scheme } => formatter.debug_struct("Other").field("scheme", scheme).finish(),
        }
    }
}
