//! Handles that are paths on this machine.

use std::path::PathBuf;

use super::Resolver;
use crate::error::{Error, Result};
use crate::handle::{Handle, HandleKind};

/// Takes a path, relative or absolute, and a `file:` URL.
///
/// As in Python, the path comes back as it was given; only its existence is checked.
#[derive(Debug, Clone, Copy, Default)]
pub struct PathResolver;

impl Resolver for PathResolver {
    fn describe(&self) -> String {
        "a local path".into()
    }

    fn supports(&self, handle: &Handle) -> bool {
        matches!(handle.kind(), HandleKind::Path(_))
    }

    fn resolve(&self, handle: &Handle) -> Result<PathBuf> {
        let HandleKind::Path(path) = handle.kind() else {
            return Err(Error::UnsupportedHandle { handle: handle.to_string(), supported: vec![self.describe()] });
        };
        match path.try_exists() {
            Ok(true) => Ok(path.clone()),
            Ok(false) => Err(Error::NotAModel { path: path.clone(), why: "it does not exist".into() }),
            Err(error) => Err(Error::io("look at", path, error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_comes_back_as_it_was_given() {
        let resolved = |text: &str| PathResolver.resolve(&text.parse().expect("a handle"));
        assert_eq!(resolved(".").expect("it exists"), PathBuf::from("."));
        assert!(resolved("no/such/directory").is_err());
        assert!(!PathResolver.supports(&"https://tfhub.dev/google/nnlm-en-dim50/2".parse().expect("a handle")));
    }
}
