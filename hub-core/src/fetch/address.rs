//! Addresses as messages show them: without passwords and signatures.
//!
//! All of this module's errors and logs name addresses in these forms.

use url::Url;

/// The names of parameters whose values are not shown contain one of these.
const SECRET_NAMES: [&str; 9] = ["token", "key", "sig", "secret", "passw", "auth", "credential", "session", "access"];

/// The longest form of an address in a message.
const LONGEST: usize = 1024;

/// The address that was asked for first: as it was given, without userinfo and with secret-looking values as `***`.
pub(super) fn asked(address: &Url) -> String {
    let query = address.query().map(|query| query.split('&').map(parameter).collect::<Vec<_>>().join("&"));
    shown(address, query.as_deref())
}

/// An address that a server sent us to: without userinfo and without its query, which often is a signature.
pub(super) fn sent_to(address: &Url) -> String {
    shown(address, address.query().map(|_| "…"))
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

fn shown(address: &Url, query: Option<&str>) -> String {
    let mut bare = bare(address);
    bare.set_query(None);
    let text = query.map_or_else(|| bare.to_string(), |query| format!("{bare}?{query}"));
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn parameter(parameter: &str) -> String {
    let Some((name, _)) = parameter.split_once('=') else { return parameter.to_owned() };
    let lower = name.to_ascii_lowercase();
    match SECRET_NAMES.iter().any(|secret| lower.contains(secret)) {
        true => format!("{name}=***"),
        false => parameter.to_owned(),
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
