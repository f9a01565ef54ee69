//! Texts without what must not be seen: passwords, signatures, tokens, and characters that deceive the eye.
//!
//! Messages, descriptors and logs go through here. What counts as secret is guessed from names, and rather too much is
//! hidden than too little.

use super::percent::decoded;
use super::scheme::split_scheme;

/// What stands in the place of a secret.
const HIDDEN: &str = "***";

/// The most characters of a text that a message shows.
const SHOWN_CHARACTERS: usize = 200;

/// Parts of names whose values are secrets, wherever they stand in the name.
const SECRET_PARTS: [&str; 8] =
    ["token", "secret", "signature", "password", "passwd", "credential", "apikey", "accesskey"];

/// Words that make a name secret where they stand alone between hyphens, dots and underscores, or end it.
const SECRET_WORDS: [&str; 7] = ["key", "sig", "auth", "authorization", "code", "pass", "pwd"];

/// The beginnings of the parameters with which Google's and Amazon's stores sign addresses.
const SECRET_STARTS: [&str; 2] = ["x-goog-", "x-amz-"];

/// The text with passwords and the values of secret-looking parameters replaced by `***`.
pub(crate) fn redacted(text: &str) -> String {
    let (user, rest) = split_user(text);
    let (place, parameters) = rest.split_at(rest.find(['?', '#']).unwrap_or(rest.len()));
    // Parameters stand in the path of an address, not in its host, and a file's name has none.
    let host_end = if user.is_empty() { place.len() } else { place.find('/').unwrap_or(place.len()) };
    let (host, path) = place.split_at(host_end);
    format!("{user}{host}{}{}", without_values(path, &['/']), without_values(parameters, &['&', '#']))
}

/// An address that another one led to: such addresses carry signatures under any name, so the whole query goes.
#[cfg(any(feature = "fetch", test))]
pub(crate) fn without_query(address: &str) -> String {
    let end = address.find(['?', '#']).unwrap_or(address.len());
    let query = if address[end..].starts_with('?') { "?…" } else { "" };
    format!("{}{query}", redacted(&address[..end]))
}

/// A text as a message shows it: redacted, on one line, shortened.
pub(crate) fn shown(text: &str) -> String {
    let text = redacted(text);
    let mut shown = String::new();
    for (count, letter) in text.chars().enumerate() {
        if count == SHOWN_CHARACTERS {
            shown.push('…');
            break;
        }
        if is_deceptive(letter) { shown.extend(letter.escape_unicode()) } else { shown.push(letter) }
    }
    shown
}

/// A part of an address as a message shows it: without the address around it, a user and a password are told by their
/// marks.
pub(crate) fn shown_part(part: &str) -> String {
    match (part.rfind('@'), part.find(':')) {
        (Some(at), _) => shown(&format!("{HIDDEN}{}", &part[at..])),
        (None, Some(colon)) => shown(&format!("{}:{HIDDEN}", &part[..colon])),
        (None, None) => shown(part),
    }
}

/// Whether a character cannot be seen, breaks the line or changes the order in which the others are read.
pub(crate) fn is_deceptive(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(letter, '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Splits an address behind its user and password, which are hidden in the first half; in a text that is no address
/// the first half is empty.
fn split_user(text: &str) -> (String, &str) {
    let address = text.trim_start();
    let blanks = &text[..text.len() - address.len()];
    let Some((scheme, rest)) = split_scheme(address) else { return (String::new(), text) };
    let host = rest.trim_start_matches(['/', '\\']);
    let slashes = &rest[..rest.len() - host.len()];
    if slashes.is_empty() && !scheme.to_ascii_lowercase().starts_with("http") {
        return (String::new(), text);
    }
    let start = format!("{blanks}{scheme}:{slashes}");
    match end_of_user(host) {
        Some(at) => (format!("{start}{HIDDEN}"), &host[at..]),
        None => (start, host),
    }
}

/// Where the `@` stands behind user and password.
fn end_of_user(host: &str) -> Option<usize> {
    let authority = &host[..host.find(['/', '?', '#']).unwrap_or(host.len())];
    if let Some(at) = authority.rfind('@') {
        return Some(at);
    }
    // What follows the colon is no port: a password with a slash in it, which no parser takes but an eye does.
    let (_, port) = authority.split_once(':')?;
    let is_port = port.bytes().all(|byte| byte.is_ascii_digit()) || authority.starts_with('[');
    if is_port { None } else { host.rfind('@') }
}

/// The text with the values of secret parameters hidden, up to the next of the given marks.
fn without_values(text: &str, marks: &[char]) -> String {
    text.split_inclusive(marks)
        .map(|part| {
            let value = part.trim_end_matches(marks);
            format!("{}{}", without_value(value), &part[value.len()..])
        })
        .collect()
}

/// One parameter, or several with `;` or `?` between, which some servers take for marks and some for a value's part:
/// from the first secret on everything goes.
fn without_value(part: &str) -> String {
    let mut kept = 0;
    for piece in part.split_inclusive([';', '?']) {
        if let Some((name, _)) = piece.split_once('=').filter(|(name, _)| is_secret(name)) {
            return format!("{}{name}={HIDDEN}", &part[..kept]);
        }
        kept += piece.len();
    }
    part.to_owned()
}

/// Whether a parameter's name says that its value is a secret.
fn is_secret(name: &str) -> bool {
    let name = String::from_utf8_lossy(&decoded(name)).trim().to_lowercase();
    SECRET_STARTS.iter().any(|start| name.starts_with(start))
        || SECRET_PARTS.iter().any(|part| name.contains(part))
        || SECRET_WORDS.iter().any(|word| name.ends_with(word))
        || name.split(|letter: char| !letter.is_alphanumeric()).any(|word| SECRET_WORDS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fault_4_secrets_are_hidden() {
        for (text, expected) in [
            ("https://user:canary@host/m", "https://***@host/m"),
            ("https://canary@host", "https://***@host"),
            ("https://user:can@ary@host:8080/m@1", "https://***@host:8080/m@1"),
            ("https://user:can/ary@host/m", "https://***@host/m"),
            ("https://user:can:/ary@host/m", "https://***@host/m"),
            ("https://user:can?ary@host/m", "https://***@host/m"),
            ("https://user:can#ary@host/m", "https://***@host/m"),
            (" https://user:canary@host/m", " https://***@host/m"),
            ("https:/user:canary@host/m", "https:/***@host/m"),
            ("https:\\\\user:canary@host/m", "https:\\\\***@host/m"),
            ("HTTPS://user:canary@host/m", "HTTPS://***@host/m"),
            ("s3://key:canary@bucket/m", "s3://***@bucket/m"),
            ("https://host/m?token=canary", "https://host/m?token=***"),
            ("https://host/m?a=1&Access_Token=canary&b=2#c", "https://host/m?a=1&Access_Token=***&b=2#c"),
            ("https://host/m?%74oken=canary", "https://host/m?%74oken=***"),
            ("https://host/m?X-Goog-Signature=canary&x=1", "https://host/m?X-Goog-Signature=***&x=1"),
            ("https://host/m?X-Amz-Security-Token=canary", "https://host/m?X-Amz-Security-Token=***"),
            ("https://host/m?AWSAccessKeyId=canary&Expires=1", "https://host/m?AWSAccessKeyId=***&Expires=1"),
            ("https://host/m?sig=canary&sv=1", "https://host/m?sig=***&sv=1"),
            ("https://host/m?api_key=canary;x=1&y=2", "https://host/m?api_key=***&y=2"),
            ("https://host/m?a=1;key=canary", "https://host/m?a=1;key=***"),
            ("https://host/m?code=canary?more", "https://host/m?code=***"),
            ("https://host/m;token=canary/n", "https://host/m;token=***/n"),
            ("https://host/m#access_token=canary", "https://host/m#access_token=***"),
            ("www.kaggle.com/m?token=canary", "www.kaggle.com/m?token=***"),
        ] {
            assert_eq!(redacted(text), expected);
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        for text in [
            "https://host:8080/a@b/c?tf-hub-format=compressed&monkeys=3#part",
            "http://[::1]:8080/m@2",
            "https://token=host/m",
            "hf://owner/name@main/folder",
            "models/token=1/user@host",
            "C:\\models\\a@b",
            "",
        ] {
            assert_eq!(redacted(text), text);
        }
    }

    #[test]
    fn an_address_that_was_led_to_loses_its_query() {
        assert_eq!(without_query("https://u:canary@host/m?a=canary#canary"), "https://***@host/m?…");
        assert_eq!(without_query("https://host/m#canary"), "https://host/m");
    }

    #[test]
    fn a_message_shows_one_short_line() {
        assert_eq!(shown("a\nb\u{202e}c\0"), "a\\u{a}b\\u{202e}c\\u{0}");
        assert_eq!(shown(&"模".repeat(300)).chars().count(), SHOWN_CHARACTERS + 1);
    }
}
