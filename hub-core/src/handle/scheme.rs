//! The word before the colon.
//!
//! The parser and the redaction ask; what the schemes mean is decided in the files of their kinds.

/// The schemes that this crate knows, in the only case in which Python and we take them.
pub(super) const KNOWN: [&str; 5] = ["file", "http", "https", "gs", "hf"];

/// Schemes of addresses that need no slashes, or that people write without them; a path hardly begins like one.
const OTHER: [&str; 9] = ["javascript", "data", "mailto", "ftp", "s3", "blob", "about", "urn", "magnet"];

/// The scheme, and what follows the colon. One letter is a Windows drive and no scheme.
pub(super) fn split_scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let is_scheme = scheme.len() > 1
        && scheme.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    is_scheme.then_some((scheme, rest))
}

/// Whether a scheme, in lower case, is one that names something else than a file also without slashes behind it.
pub(super) fn is_other(scheme: &str) -> bool {
    OTHER.contains(&scheme)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scheme_is_a_word_before_a_colon() {
        assert_eq!(split_scheme("https://host"), Some(("https", "//host")));
        assert_eq!(split_scheme("web+x.y-1:z"), Some(("web+x.y-1", "z")));
        for text in ["C:/models", "1x://a", "a/b://c", ":x", "é://x", "x_y://z", "", "models"] {
            assert_eq!(split_scheme(text), None, "{text}");
        }
    }
}
