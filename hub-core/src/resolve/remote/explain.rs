//! What a server's refusal means for a handle.
//!
//! Kaggle answers 403 where a licence wants consent or a token is missing, and 404 for models that were removed or are
//! private; Hugging Face answers 401 for both. The number alone leaves a user guessing.

use crate::error::Error;
use crate::handle::{Handle, HandleKind};

/// The error with what it means for this handle.
pub(super) fn explain(error: Error, handle: &Handle) -> Error {
    match error {
        Error::HttpStatus { url, status, why } => {
            let why = meaning(handle, &url, status).map_or(why, str::to_owned);
            Error::HttpStatus { url, status, why }
        }
        other => other,
    }
}

fn meaning(handle: &Handle, url: &str, status: u16) -> Option<&'static str> {
    let on_kaggle = matches!(handle.kind(), HandleKind::Kaggle(_)) || is_on(url, "kaggle.com");
    let on_hugging_face = matches!(handle.kind(), HandleKind::HuggingFace(_)) || is_on(url, "huggingface.co");
    Some(match status {
        401 if on_hugging_face => "no such repository, or a private or gated one that needs a token",
        403 if on_hugging_face => "the repository's terms want consent, or the token may not read it",
        404 if on_hugging_face => "no such repository, revision or folder",
        401 if on_kaggle => "the credentials are not valid",
        403 if on_kaggle => "the model's licence wants consent on its page, or the token may not read it",
        404 | 410 if on_kaggle => "no such model, variation or version; it may have been removed",
        404 | 410 if is_on(url, "tfhub.dev") || is_on(handle.as_str(), "tfhub.dev") => {
            "the model was removed, or never moved from tfhub.dev to Kaggle"
        }
        _ => return None,
    })
}

/// Whether an address is on a host or one below it.
fn is_on(url: &str, host: &str) -> bool {
    let url = url::Url::parse(url).ok();
    let named = url.as_ref().and_then(url::Url::host_str);
    named.and_then(|named| named.strip_suffix(host)).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_status_means_different_things() {
        let why = |handle: &str, url: &str, status| {
            let error = Error::HttpStatus { url: url.into(), status, why: String::new() };
            explain(error, &handle.parse().expect("a handle")).to_string()
        };
        let page = "https://www.kaggle.com/models/google/nnlm/tensorFlow2/en-dim50/1";
        assert!(why("https://tfhub.dev/google/nnlm/1", page, 403).contains("consent"));
        assert!(why("https://tfhub.dev/google/nnlm/1", page, 404).contains("removed"));
        let own = "https://tfhub.dev/google/nnlm/1";
        assert!(why(own, own, 404).contains("never moved"));
        assert!(why("hf://owner/name", "https://huggingface.co/api", 401).contains("gated"));
        assert!(why("https://example.org/a", "https://example.org/a", 404).ends_with("answered 404"));
        assert!(!why("https://notkaggle.com/a", "https://notkaggle.com/a", 403).contains("consent"));
    }
}
