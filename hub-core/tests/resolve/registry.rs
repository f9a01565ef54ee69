//! The chain of resolvers, and the path at its end.

use std::path::{Path, PathBuf};

use hub_core::resolve::{PathResolver, Resolver};
use hub_core::{Error, Handle, HandleKind, Result};

use crate::support::Place;

/// Takes one scheme, and answers with a path of its own.
struct Fixed(&'static str, &'static str);

impl Resolver for Fixed {
    fn describe(&self) -> String {
        format!("{}://", self.0)
    }

    fn supports(&self, handle: &Handle) -> bool {
        matches!(handle.kind(), HandleKind::Other { scheme } if scheme == self.0)
    }

    fn resolve(&self, _: &Handle) -> Result<PathBuf> {
        Ok(self.1.into())
    }
}

#[test]
fn case_39_to_41_paths_come_back_as_they_were_given() {
    assert!(PathResolver.supports(&"any/path".parse().expect("a handle")));
    let place = Place::new();
    assert_eq!(place.hub().resolve(".").expect("it exists"), Path::new("."));
    let error = place.hub().resolve("/foo/").expect_err("it does not exist");
    assert_eq!(error.to_string(), "`/foo/` is not a model: it does not exist");
    assert!(!place.cache().exists());
}

#[test]
fn case_78_to_80_the_last_added_is_asked_first() {
    let hub = Place::new().hub().with_resolver(Fixed("s3", "first")).with_resolver(Fixed("other", "second"));
    assert_eq!(hub.resolve("s3://bucket/model").expect("it is supported"), Path::new("first"));
    assert_eq!(hub.resolve("other://x").expect("it is supported"), Path::new("second"));
    let hub = hub.with_resolver(Fixed("s3", "third"));
    assert_eq!(hub.resolve("s3://bucket/model").expect("it is supported"), Path::new("third"));
}

#[test]
fn case_81_and_fault_2_what_nobody_takes_names_what_is_taken() {
    let place = Place::new();
    for handle in ["s3://bucket/model", "ftp://host/model"] {
        let error = place.hub().resolve(handle).expect_err("nobody takes it");
        assert!(matches!(error, Error::UnsupportedHandle { .. }), "{error:?}");
        let text = error.to_string();
        for taken in ["http", "gs://", "Kaggle", "hf://", "a local path"] {
            assert!(text.contains(taken), "{text}");
        }
        assert!(error.hint().expect("a hint").contains("resolver"));
    }
}

#[test]
fn what_exists_here_is_a_path_whatever_it_looks_like() {
    let place = Place::new();
    let here = place.directory.path().join("google/nnlm/tensorFlow2/en-dim50");
    std::fs::create_dir_all(&here).expect("it is made");
    let handle = here.to_str().expect("UTF-8");
    assert_eq!(place.hub().resolve(handle).expect("it exists"), here);
}

#[test]
fn fault_1_nothing_and_slashes_are_no_handles() {
    let place = Place::new();
    for handle in ["", "  ", "/", "///"] {
        assert!(matches!(place.hub().resolve(handle), Err(Error::InvalidHandle { .. })), "{handle:?}");
    }
}
