//! From a web handle to the address that is asked for.
//!
//! A server tells its pages from its models by a parameter: `tf-hub-format=compressed` for an archive,
//! `tf-hub-format=uncompressed` for the place of the unpacked model. The rewriting is Python's to the letter, with
//! its losses: parameters without a value are dropped, the others are written anew. The web resolvers call this; the
//! cache's key is made from the handle and not from here.

use std::fmt::Write as _;

use crate::handle::decoded;

/// The mirror whose models lie in a store beside it, and where they lie there.
const MIRROR: &str = "https://hub.tensorflow.google.cn/";
const MIRROR_STORE: &str = "https://gcs.tensorflow.google.cn/tfhub-modules/";

/// The address to ask for an archive.
pub(crate) fn compressed_address(handle: &str) -> String {
    match handle.strip_prefix(MIRROR) {
        Some(model) => format!("{MIRROR_STORE}{model}.tar.gz"),
        None => with_format(handle, "compressed"),
    }
}

/// The address to ask for the place of the unpacked model.
pub(crate) fn uncompressed_address(handle: &str) -> String {
    with_format(handle, "uncompressed")
}

/// The address with one more parameter: `tf-hub-format`.
fn with_format(handle: &str, format: &str) -> String {
    let (rest, fragment) = handle.split_once('#').unwrap_or((handle, ""));
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (name, value) = ("tf-hub-format".to_owned(), format.to_owned());
    let pairs: Vec<String> = parameters(query)
        .chain([(name, value)])
        .map(|(name, value)| format!("{}={}", quoted(&name), quoted(&value)))
        .collect();
    let fragment = if fragment.is_empty() { String::new() } else { format!("#{fragment}") };
    format!("{}?{}{fragment}", without_empty_parameters(place), pairs.join("&"))
}

/// The place without a lone `;` at the end of its last part, which Python loses on the way.
fn without_empty_parameters(place: &str) -> &str {
    let after_scheme = place.find("://").map_or(0, |at| at + 3);
    let Some(path) = place[after_scheme..].find('/').map(|at| after_scheme + at) else { return place };
    let last = place.rfind('/').unwrap_or(path);
    match place[last..].find(';') {
        Some(at) if last + at + 1 == place.len() => &place[..last + at],
        _ => place,
    }
}

/// The parameters that have a value, decoded.
fn parameters(query: &str) -> impl Iterator<Item = (String, String)> {
    query
        .split('&')
        .filter_map(|parameter| parameter.split_once('='))
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (unquoted(name), unquoted(value)))
}

/// A name or value decoded. Python decodes each run of ASCII on its own: an escape that needs the letters beyond the
/// run's end to be UTF-8 is not.
fn unquoted(text: &str) -> String {
    let spaced = text.replace('+', " ");
    let mut unquoted = String::with_capacity(spaced.len());
    for run in spaced.split_inclusive(|letter: char| !letter.is_ascii()) {
        let ascii = run.trim_end_matches(|letter: char| !letter.is_ascii());
        unquoted.push_str(&String::from_utf8_lossy(&decoded(ascii)));
        unquoted.push_str(&run[ascii.len()..]);
    }
    unquoted
}

/// A name or value encoded: a space is `+`.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' ' => quoted.push('+'),
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.' | b'-' | b'~' => quoted.push(char::from(byte)),
            // Writing to a string cannot fail.
            _ => drop(write!(quoted, "%{byte:02X}")),
        }
    }
    quoted
}

#[cfg(test)]
mod tests {
    use sha1::{Digest, Sha1};

    use super::*;
    use crate::digest::hexadecimal;
    use crate::handle::{Handle, HandleKind};

    struct Case {
        group: String,
        handle: String,
        key: String,
        compressed: String,
        uncompressed: String,
    }

    /// The cases of one group, or all of them.
    fn golden(group: &str) -> Vec<Case> {
        let golden = hub_fixtures::json("addresses/golden.json");
        let cases: Vec<Case> = golden["cases"]
            .as_array()
            .expect("a list of cases")
            .iter()
            .map(|case| {
                let text = |name: &str| case[name].as_str().expect("a text").to_owned();
                Case {
                    group: text("group"),
                    handle: text("handle"),
                    key: text("key"),
                    compressed: text("compressed"),
                    uncompressed: text("uncompressed"),
                }
            })
            .filter(|case| group.is_empty() || case.group == group)
            .collect();
        assert!(!cases.is_empty(), "{group}");
        cases
    }

    fn assert_as_python(group: &str) {
        for case in golden(group) {
            assert_eq!(compressed_address(&case.handle), case.compressed, "{}", case.handle);
            assert_eq!(uncompressed_address(&case.handle), case.uncompressed, "{}", case.handle);
        }
    }

    #[test]
    fn case_64_the_compressed_format_is_appended() {
        for (handle, address) in [
            ("https://example.com/module.tar.gz", "https://example.com/module.tar.gz?tf-hub-format=compressed"),
            ("https://example.com/module", "https://example.com/module?tf-hub-format=compressed"),
            ("https://example.com/module?extra=abc", "https://example.com/module?extra=abc&tf-hub-format=compressed"),
            (
                "https://example.com/module?extra=abc&tf-hub-format=test",
                "https://example.com/module?extra=abc&tf-hub-format=test&tf-hub-format=compressed",
            ),
        ] {
            assert_eq!(compressed_address(handle), address);
        }
        assert_as_python("upstream");
    }

    #[test]
    fn case_70_the_uncompressed_format_is_appended() {
        for (handle, address) in [
            ("https://example.com/module", "https://example.com/module?tf-hub-format=uncompressed"),
            ("https://example.com/module?extra=abc", "https://example.com/module?extra=abc&tf-hub-format=uncompressed"),
            (
                "https://example.com/module?extra=abc&tf-hub-format=test",
                "https://example.com/module?extra=abc&tf-hub-format=test&tf-hub-format=uncompressed",
            ),
        ] {
            assert_eq!(uncompressed_address(handle), address);
        }
    }

    #[test]
    fn case_69_the_mirror_is_asked_for_its_file() {
        assert_eq!(
            compressed_address("https://hub.tensorflow.google.cn/google/model/1"),
            "https://gcs.tensorflow.google.cn/tfhub-modules/google/model/1.tar.gz"
        );
        assert_as_python("mirror");
    }

    #[test]
    fn case_256_each_text_has_a_key_of_its_own() {
        let cases = golden("");
        for case in &cases {
            assert_eq!(hexadecimal(&Sha1::digest(case.handle.as_bytes())), case.key, "{}", case.handle);
        }
        let mut keys: Vec<&str> = cases.iter().map(|case| case.key.as_str()).collect();
        keys.sort_unstable();
        keys.dedup();
        assert!(keys.len() == cases.len() && keys.len() >= 60, "{} keys of {} handles", keys.len(), cases.len());
        assert_as_python("variants");
    }

    #[test]
    fn case_257_parameters_are_rewritten_as_python_does() {
        for group in ["query", "fragment", "parameters", "place"] {
            assert_as_python(group);
        }
    }

    #[test]
    fn fault_6_slashes_and_formats_follow_pythons_rule() {
        let with = "https://tfhub.dev/google/nnlm-en-dim50/2/?tf-hub-format=compressed";
        assert_eq!(compressed_address(with), format!("{with}&tf-hub-format=compressed"));
        let without = "https://tfhub.dev/google/nnlm-en-dim50/2";
        assert_ne!(compressed_address(&format!("{without}/")), compressed_address(without));
    }

    /// What Python asks for, our side can ask for too: handle and address are taken by the parser of addresses.
    #[test]
    fn every_address_can_be_asked_for() {
        for case in golden("") {
            assert!(url::Url::parse(&case.compressed).is_ok(), "{}", case.compressed);
            match case.handle.parse::<Handle>() {
                Ok(handle) => assert!(
                    matches!(handle.kind(), HandleKind::Web(_) | HandleKind::Kaggle(_)),
                    "{}: {:?}",
                    case.handle,
                    handle.kind()
                ),
                Err(error) => assert!(case.handle.contains('\\'), "{}: {error}", case.handle),
            }
        }
    }
}
