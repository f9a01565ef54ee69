//! A body as it comes, held to what was said of it: its length, its digest, and the limits.

use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;

use ureq::BodyReader;

use super::announced::Announced;
use super::client::Shared;
use super::exchange::Reply;
use super::failure::Place;
use super::gauge::Gauge;
use super::request::Request;
use super::resume::Resume;
use super::watch::Watch;
use crate::error::{Error, Result};

/// The bytes of a file on their way. A reader's errors carry ours (`Error::carried`).
pub(crate) struct Body {
    shared: Arc<Shared>,
    watch: Arc<Watch>,
    reader: BodyReader<'static>,
    /// The address, as messages show it.
    shown: String,
    proxy: Option<String>,
    length: Option<u64>,
    is_framed: bool,
    gauge: Gauge,
    announced: Announced,
    resume: Resume,
    state: State,
}

/// How far a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    /// The end was read and verified.
    Complete,
    Failed,
}

impl Body {
    pub(super) fn new(shared: Arc<Shared>, watch: Arc<Watch>, request: Request, reply: Reply) -> Result<Body> {
        let limit_bytes = shared.limits.download_bytes;
        if reply.length.is_some_and(|length| length > limit_bytes) {
            return Err(Error::TooLarge { what: reply.shown, limit_bytes });
        }
        watch.measure(true);
        Ok(Body {
            announced: Announced::of(&reply),
            resume: Resume::new(request, &reply, shared.limits.retries),
            shared,
            watch,
            reader: reply.reader,
            shown: reply.shown,
            proxy: reply.proxy,
            length: reply.length,
            is_framed: reply.is_framed,
            gauge: Gauge::default(),
            state: State::Open,
        })
    }

    /// The length of the whole body, where the server said it.
    pub(crate) fn length(&self) -> Option<u64> {
        self.length
    }

    /// How many bytes have come.
    pub(crate) fn received(&self) -> u64 {
        self.gauge.received()
    }

    /// Whether it is known that all bytes came: [`Gauge::length_is_proven`].
    #[cfg(test)]
    pub(crate) fn length_is_proven(&self) -> bool {
        self.gauge.length_is_proven()
    }

    /// Tells both while somebody else holds the body.
    pub(crate) fn gauge(&self) -> Gauge {
        self.gauge.clone()
    }

    /// Reads a piece; nothing at the verified end.
    fn piece(&mut self, into: &mut [u8]) -> Result<usize> {
        match self.reader.read(into) {
            Ok(0) => self.finish().map(|()| 0),
            Ok(count) => {
                self.gauge.add(count);
                let limit_bytes = self.shared.limits.download_bytes;
                if self.received() > limit_bytes {
                    return Err(Error::TooLarge { what: self.shown.clone(), limit_bytes });
                }
                self.announced.update(&into[..count]);
                Ok(count)
            }
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(self.truncated()),
            Err(error) => {
                let place = Place { url: &self.shown, proxy: self.proxy.as_deref(), limits: &self.shared.limits };
                match place.reading(error) {
                    Error::Connect { why, .. } => {
                        tracing::debug!(url = self.shown, why, "the body broke off");
                        Err(self.truncated())
                    }
                    error => Err(error),
                }
            }
        }
    }

    fn finish(&mut self) -> Result<()> {
        if self.length.is_some_and(|length| length != self.received()) {
            return Err(self.truncated());
        }
        let has_digest = self.announced.verify(&self.shown)?;
        if self.is_framed || has_digest {
            self.gauge.prove();
        }
        self.state = State::Complete;
        Ok(())
    }

    fn truncated(&self) -> Error {
        let expected = match self.length {
            Some(length) => format!("{length} bytes"),
            None if self.is_framed => "a last chunk".into(),
            None => "an orderly end".into(),
        };
        Error::Truncated { what: self.shown.clone(), expected, found: self.received() }
    }

    /// Goes on after a failure, on a new connection, or says why not.
    fn go_on(&mut self, error: Error) -> Result<()> {
        let received = self.received();
        let reply = self.resume.go_on(&self.shared, &self.watch, received, self.length, error)?;
        self.length = self.length.or(reply.length.map(|rest| rest.saturating_add(received)));
        self.is_framed = reply.is_framed;
        (self.reader, self.proxy) = (reply.reader, reply.proxy);
        self.watch.measure(true);
        Ok(())
    }
}

impl Read for Body {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() || self.state == State::Complete {
            return Ok(0);
        }
        if self.state == State::Failed {
            return Err(self.truncated().into_io());
        }
        loop {
            let failed = match self.piece(into) {
                Ok(count) => return Ok(count),
                Err(error) => self.go_on(error),
            };
            if let Err(error) = failed {
                self.state = State::Failed;
                return Err(error.into_io());
            }
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Body")
            .field("url", &self.shown)
            .field("length", &self.length)
            .field("received", &self.received())
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
