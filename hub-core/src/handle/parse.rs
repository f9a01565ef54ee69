//! From a text to what it means.

use super::HandleKind;
use crate::error::{Error, Result};

/// Longer texts are no handles.
const HANDLE_BYTES: usize = 8 * 1024;

/// What a text means.
pub(super) fn parse(text: &str) -> Result<HandleKind> {
    let invalid = |why: &str| Error::InvalidHandle { handle: super::redacted(&shortened(text)), why: why.into() };
    if text.len() > HANDLE_BYTES {
        return Err(invalid(&format!("it is longer than {HANDLE_BYTES} bytes")));
    }
    if text.trim().is_empty() {
        return Err(invalid("it is empty"));
    }
    let Some((scheme, rest)) = text.split_once("://") else { return Ok(HandleKind::Path(text.into())) };
    match scheme {
        "file" => Ok(HandleKind::Path(rest.into())),
        "http" | "https" => {
            let url = url::Url::parse(text).map_err(|error| invalid(&error.to_string()))?;
            Ok(HandleKind::Web(url))
        }
        scheme => Ok(HandleKind::Other { scheme: scheme.to_ascii_lowercase() }),
    }
}

/// The beginning of a text, for a message.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(200) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
