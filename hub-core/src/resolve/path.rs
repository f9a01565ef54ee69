//! Handles that are paths on this machine.

use std::path::{Path, PathBuf};

use super::Resolver;
use crate::error::{Error, Result};

/// Takes a path, relative or absolute, and a `file:` URL.
///
/// As in Python, the path comes back as it was given; only its existence is checked.
#[derive(Debug, Clone, Copy, Default)]
pub struct PathResolver;

impl Resolver for PathResolver {
    fn describe(&self) -> String {
        "a local path".into()
    }

    fn supports(&self, handle: &str) -> bool {
        local(handle).is_some()
    }

    fn resolve(&self, handle: &str) -> Result<PathBuf> {
        let path = Path::new(local(handle).unwrap_or(handle));
        match path.exists() {
            true => Ok(path.to_owned()),
            false => Err(Error::NotAModel { path: path.to_owned(), why: "it does not exist".into() }),
        }
    }
}

/// The path of a local handle; `None` where the handle has another scheme.
fn local(handle: &str) -> Option<&str> {
    if let Some(path) = handle.strip_prefix("file://") {
        return Some(path);
    }
    (!handle.contains("://")).then_some(handle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_file_urls_are_local() {
        assert_eq!(local("models/digits"), Some("models/digits"));
        assert_eq!(local("file:///models/digits"), Some("/models/digits"));
        assert_eq!(local("https://tfhub.dev/google/nnlm-en-dim50/2"), None);
        assert!(PathResolver.resolve("no/such/directory").is_err());
        assert_eq!(PathResolver.resolve(".").unwrap(), Path::new("."));
    }
}
