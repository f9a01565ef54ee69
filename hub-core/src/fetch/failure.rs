//! The library's errors as ours.

use std::io;

use super::certificates::Untrusted;
use crate::config::DownloadLimits;
use crate::error::Error;

/// What a failed exchange was about.
#[derive(Debug)]
pub(super) struct Place<'a> {
    /// The address, as messages show it.
    pub(super) url: &'a str,
    /// The proxy before it, as messages show it.
    pub(super) proxy: Option<&'a str>,
    pub(super) limits: &'a DownloadLimits,
}

impl Place<'_> {
    /// Our error for one of the library's.
    pub(super) fn error(&self, error: ureq::Error) -> Error {
        let url = self.url.to_owned();
        match error {
            ureq::Error::Other(inner) => self.carried(inner),
            ureq::Error::Timeout(reason) => self.timeout(reason),
            ureq::Error::Io(error) => self.unreachable(error.to_string()),
            ureq::Error::ConnectProxyFailed(why) => self.unreachable(why),
            ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => self.unreachable(error.to_string()),
            // The connection ended in the middle of a chunk.
            ureq::Error::BodyStalled => self.unreachable("the connection was closed".into()),
            ureq::Error::Tls(why) => Error::Tls { url, why: why.to_owned() },
            ureq::Error::Rustls(why) => Error::Tls { url, why: why.to_string() },
            ureq::Error::LargeResponseHeader(_, limit) => {
                Error::Protocol { url, why: format!("the head of the answer is larger than {limit} bytes") }
            }
            ureq::Error::Protocol(why) => Error::Protocol { url, why: why.to_string() },
            // The library quotes addresses and headers in some of the others, and those may be secret.
            _ => Error::Protocol { url, why: "the exchange cannot go on".into() },
        }
    }

    /// Our error for one that a body's reader gave.
    pub(super) fn reading(&self, error: io::Error) -> Error {
        self.error(ureq::Error::from(error))
    }

    /// An error of ours that went through the library, or the mark of a failed handshake.
    fn carried(&self, inner: Box<dyn std::error::Error + Send + Sync>) -> Error {
        match inner.downcast::<Error>() {
            Ok(error) => *error,
            Err(inner) => match inner.downcast::<Untrusted>() {
                Ok(untrusted) => Error::Tls { url: self.url.to_owned(), why: untrusted.0 },
                Err(inner) => self.unreachable(inner.to_string()),
            },
        }
    }

    fn timeout(&self, reason: ureq::Timeout) -> Error {
        let (phase, limit) = match reason {
            ureq::Timeout::Resolve => ("resolve", self.limits.resolve),
            ureq::Timeout::Connect => ("connect", self.limits.connect),
            _ => ("headers", self.limits.headers),
        };
        Error::Timeout { url: self.url.to_owned(), phase, limit }
    }

    fn unreachable(&self, why: String) -> Error {
        Error::Connect { url: self.url.to_owned(), proxy: self.proxy.map(str::to_owned), why }
    }
}
