//! An answer: its head, and its body yet to be read.

use std::io::Read;
use std::sync::Arc;

use ureq::http::HeaderMap;

use super::body::Body;
use super::client::Shared;
use super::exchange::Reply;
use super::request::Request;
use super::watch::Watch;
use crate::error::{Error, Result};

/// An answer.
pub(crate) struct Answer {
    status: u16,
    headers: HeaderMap,
    shown: String,
    body: Body,
}

impl Answer {
    /// Takes the body over from an exchange.
    pub(super) fn new(shared: Arc<Shared>, watch: Arc<Watch>, request: Request, reply: Reply) -> Result<Answer> {
        let (status, headers) = (reply.status, reply.headers.clone());
        let shown = reply.shown.clone();
        Ok(Answer { status, headers, shown, body: Body::new(shared, watch, request, reply)? })
    }

    /// The status.
    pub(crate) fn status(&self) -> u16 {
        self.status
    }

    /// The address that answered in the end, as messages may show it.
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }

    /// The value of a header, where it is there and text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The media type without its parameters, in lower case; empty where there is none.
    pub(crate) fn content_type(&self) -> String {
        let value = self.header("Content-Type").unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// The body.
    #[cfg(test)]
    pub(crate) fn body(&mut self) -> &mut Body {
        &mut self.body
    }

    /// The body alone.
    pub(crate) fn into_body(self) -> Body {
        self.body
    }

    /// The whole body as text; what is not UTF-8 becomes `U+FFFD`.
    ///
    /// # Errors
    /// [`Error::TooLarge`] beyond the limit, and what reading the body meets.
    pub(crate) fn text(mut self, limit_bytes: u64) -> Result<String> {
        let mut bytes = Vec::new();
        self.body.by_ref().take(limit_bytes.saturating_add(1)).read_to_end(&mut bytes).map_err(|error| {
            let unreachable =
                |error: std::io::Error| Error::Connect { url: self.shown.clone(), proxy: None, why: error.to_string() };
            Error::carried(error).unwrap_or_else(unreachable)
        })?;
        if bytes.len() as u64 > limit_bytes {
            return Err(Error::TooLarge { what: self.shown, limit_bytes });
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let fields = (&self.status, &self.shown, self.body.received());
        formatter.debug_tuple("Answer").field(&fields.0).field(&fields.1).field(&fields.2).finish()
    }
}
