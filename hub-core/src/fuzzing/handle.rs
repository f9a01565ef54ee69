//! What must hold for any bytes that are parsed as a handle, and for the addresses made from it.

use crate::error::Error;
use crate::handle::{Handle, HandleKind, is_deceptive};
use crate::resolve::{compressed_address, uncompressed_address};

/// Parses the bytes as a handle.
///
/// # Panics
/// Where a handle does not come back as it was given, or shows a secret, or an error says nothing.
pub fn handle(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match text.parse::<Handle>() {
        Ok(handle) => check_handle(text, &handle),
        Err(error) => check_refusal(&error),
    }
}

/// A handle keeps its text and its meaning, and its parts are safe to make paths and addresses of.
fn check_handle(text: &str, handle: &Handle) {
    assert_eq!(handle.as_str(), text);
    assert_eq!(text.parse::<Handle>().ok().as_ref(), Some(handle));
    let json = serde_json::to_string(handle).expect("a text is JSON");
    assert_eq!(serde_json::from_str::<String>(&json).ok().as_deref(), Some(text));
    assert_eq!(serde_json::from_str::<Handle>(&json).ok().as_ref(), Some(handle));
    match handle.kind() {
        HandleKind::Path(path) => assert!(!path.as_os_str().is_empty() && !text.contains('\0')),
        HandleKind::Web(url) => check_web(handle, url),
        HandleKind::Kaggle(model) => {
            check_parts([model.owner.as_str(), &model.model, &model.framework, &model.variation]);
            assert_ne!(model.version, Some(0));
        }
        HandleKind::GoogleStore { bucket, object, .. } => {
            check_parts([bucket.as_str()]);
            check_parts(object.split('/'));
        }
        HandleKind::HuggingFace(model) => {
            check_parts([model.owner.as_str(), &model.name]);
            check_parts(model.revision.split('/'));
            check_parts(model.path.split('/').filter(|_| !model.path.is_empty()));
        }
        HandleKind::Other { scheme } => assert!(scheme.len() > 1 && !scheme.contains(char::is_uppercase)),
    }
}

/// What is shown of an address has no password, what is asked for is an address on the same host.
fn check_web(handle: &Handle, url: &url::Url) {
    assert!(!handle.as_str().chars().any(is_deceptive));
    assert_eq!(format!("{handle:?}"), format!("Handle({handle})"));
    let kind = format!("{:?}", handle.kind());
    let kind = kind.strip_prefix("Web(").and_then(|kind| kind.strip_suffix(')')).expect("a web handle");
    for shown in [&handle.to_string(), kind] {
        let seen = url::Url::parse(shown).expect("what is shown is an address");
        assert_eq!(seen.password(), None, "{shown}");
        assert!(seen.username().is_empty() || seen.username() == "***", "{shown}");
        assert_eq!(seen.host(), url.host());
    }
    let asked = url::Url::parse(&uncompressed_address(handle.as_str())).expect("an address");
    assert_eq!(asked.host(), url.host());
    // A lone `;` at the end is lost, as in Python, and what stood before it may be a dot.
    let place = handle.as_str().split(['?', '#']).next().expect("a text has a beginning");
    let shortened = place.strip_suffix(';').and_then(|place| url::Url::parse(place).ok());
    let paths = [Some(url.path()), shortened.as_ref().map(|url| url.path())];
    assert!(paths.contains(&Some(asked.path())), "{asked}");
    assert!(asked.query_pairs().any(|(name, value)| name == "tf-hub-format" && value == "uncompressed"));
    assert!(url::Url::parse(&compressed_address(handle.as_str())).is_ok());
}

/// No part is empty or leads elsewhere.
fn check_parts<'a>(parts: impl IntoIterator<Item = &'a str>) {
    for part in parts {
        assert!(!part.is_empty() && part != "." && part != "..", "{part}");
        assert!(!part.contains(['/', '\0']) && !part.chars().any(is_deceptive), "{part}");
    }
}

/// A refusal says why, on one line of bounded length.
fn check_refusal(error: &Error) {
    let Error::InvalidHandle { handle, why } = error else { panic!("{error:?}") };
    assert!(!why.is_empty() && why.len() < 4096 && handle.len() < 4096, "{error}");
    assert!(!error.to_string().chars().any(is_deceptive), "{error:?}");
}
