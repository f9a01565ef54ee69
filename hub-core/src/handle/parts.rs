//! The parts between the slashes.
//!
//! The stores' kinds use it: each part may become a part of a path or of an address, so none may lead elsewhere.

use super::percent::decoded;

/// The parts of a place, checked; a slash at the end is left out, and an empty place has no parts.
pub(super) fn parts(place: &str) -> Result<Vec<&str>, String> {
    let place = place.strip_suffix('/').unwrap_or(place);
    if place.is_empty() {
        return Ok(Vec::new());
    }
    let parts: Vec<&str> = place.split('/').collect();
    for part in &parts {
        if part.is_empty() {
            return Err("it has two slashes in a row".into());
        }
        if leads_elsewhere(part) {
            return Err(format!("the part `{}` leads to another place", super::shown_part(part)));
        }
    }
    Ok(parts)
}

/// Whether a part, as it is or decoded, is `.` or `..`, or hides such a part between slashes.
fn leads_elsewhere(part: &str) -> bool {
    decoded(part).split(|byte| matches!(byte, b'/' | b'\\')).any(|piece| matches!(piece, b"." | b".."))
}

/// Whether a text can be a name on the hubs: letters, digits, `-`, `_`, `.`, and not only dots.
pub(super) fn is_name(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
        && text.bytes().any(|byte| byte != b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fault_5_no_part_leads_elsewhere() {
        assert_eq!(parts("a/b c/模/..d/"), Ok(vec!["a", "b c", "模", "..d"]));
        assert_eq!(parts(""), Ok(vec![]));
        for place in ["a/../b", "a/.", "%2e%2e", "a/.%2E/b", "a//b", "a/..%2fb", "a/%2e%2e%5Cb", "a//", "/a"] {
            assert!(parts(place).is_err(), "{place}");
        }
    }

    #[test]
    fn names_are_plain() {
        assert!(["a", "gemma-1.1_x", "1", "..a"].iter().all(|name| is_name(name)));
        assert!(["", ".", "..", "a b", "a%20", "é", "a:b", "a@b"].iter().all(|name| !is_name(name)));
    }
}
