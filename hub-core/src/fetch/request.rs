//! What a server is asked for.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use url::Url;

use super::address;
use crate::config::Secret;

/// A GET of one address.
#[derive(Clone)]
pub(crate) struct Request {
    url: Url,
    authorization: Option<Secret>,
    statuses: Vec<u16>,
}

impl Request {
    /// Asks for this address. A name and password in it become a Basic authorization for its origin.
    pub(crate) fn to(url: Url) -> Request {
        let authorization = basic(&url).map(Secret::new);
        Request { url: address::bare(&url), authorization, statuses: Vec::new() }
    }

    /// Sets the value of `Authorization`; it is sent to the origin of the address, and to no other.
    pub(crate) fn authorization(mut self, value: impl Into<String>) -> Request {
        self.authorization = Some(Secret::new(value.into()));
        self
    }

    /// Names statuses that are answers to the caller and neither errors nor, without a `Location`, broken redirects.
    pub(crate) fn answers(mut self, statuses: impl IntoIterator<Item = u16>) -> Request {
        self.statuses = statuses.into_iter().collect();
        self
    }

    pub(super) fn url(&self) -> &Url {
        &self.url
    }

    pub(super) fn secret(&self) -> Option<&Secret> {
        self.authorization.as_ref()
    }

    pub(super) fn is_answer(&self, status: u16) -> bool {
        self.statuses.contains(&status)
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Request")
            .field("url", &address::asked(&self.url))
            .field("authorization", &self.authorization)
            .field("statuses", &self.statuses)
            .finish_non_exhaustive()
    }
}

/// The userinfo of an address as the value of a header.
fn basic(url: &Url) -> Option<String> {
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    let mut pair = unescaped(url.username());
    pair.push(b':');
    pair.extend(unescaped(url.password().unwrap_or_default()));
    Some(format!("Basic {}", BASE64_STANDARD.encode(pair)))
}

/// The bytes that a text with `%41` stands for.
fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let code = after.get(..2).filter(|_| first == b'%').and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn userinfo_becomes_an_authorization() {
        let request = Request::to("https://me:p%40ss@hub.test/m".parse().expect("it is an address"));
        assert_eq!(request.url().as_str(), "https://hub.test/m");
        assert_eq!(request.secret().map(Secret::reveal), Some("Basic bWU6cEBzcw=="));
        assert!(!format!("{request:?}").contains("bWU6"));
        assert_eq!(unescaped("100%"), b"100%");
    }
}
