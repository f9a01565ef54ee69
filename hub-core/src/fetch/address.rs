//! Addresses as messages show them: without passwords and signatures.
//!
//! All of this module's errors and logs name addresses in these forms; what is secret in one is known to handles.

use url::Url;

use crate::handle::{redacted, without_query};

/// The longest form of an address in a message.
const LONGEST: usize = 1024;

/// The address that was asked for first: as it was given, without userinfo and with secret-looking values as `***`.
pub(super) fn asked(address: &Url) -> String {
    shortened(redacted(bare(address).as_str()))
}

/// An address that a server sent us to: without userinfo and without its query, which often is a signature.
pub(super) fn sent_to(address: &Url) -> String {
    shortened(without_query(bare(address).as_str()))
}

/// A text that should have been an address: its beginning, up to a query.
pub(super) fn raw(text: &str) -> String {
    let path = text.split_once('?').map_or(text, |(path, _)| path);
    let visible: String = path.chars().take(100).flat_map(char::escape_debug).collect();
    // What stands before an `@` may be a password.
    let visible = visible.rsplit_once('@').map_or(visible.clone(), |(_, rest)| format!("***@{rest}"));
    if text.len() > visible.len() { visible + "…" } else { visible }
}

/// The address as a request is sent to it: without userinfo and fragment.
pub(super) fn bare(address: &Url) -> Url {
    let mut bare = address.clone();
    // Only addresses without a host refuse these, and such have no userinfo.
    let _ = bare.set_username("");
    let _ = bare.set_password(None);
    bare.set_fragment(None);
    bare
}

fn shortened(text: String) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        let address: Url =
            "https://me:canary@hub.test/m%20x?tf-hub-format=compressed&X-Goog-Signature=canary&sig=canary#f"
                .parse()
                .expect("it is an address");
        assert_eq!(asked(&address), "https://hub.test/m%20x?tf-hub-format=compressed&X-Goog-Signature=***&sig=***");
        assert_eq!(sent_to(&address), "https://hub.test/m%20x?…");
        assert_eq!(sent_to(&"https://hub.test/m".parse().expect("it is an address")), "https://hub.test/m");
        for text in ["ftp://me:canary@host/?canary", "//me:canary@host", "x?canary"] {
            assert!(!raw(text).contains("canary"), "{}", raw(text));
        }
        assert!(raw(&"a".repeat(70_000)).len() < 200);
    }
}
