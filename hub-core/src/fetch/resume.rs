//! Continuing a body that broke off: only where the server proves that the rest belongs to the same file.
//!
//! The whole way is gone again from the address that was asked for, since what a redirect led to may have expired. The
//! new answer has to be a part (206) that begins where we are, of a file of the same length with the same strong `ETag`
//! or the same `Last-Modified`. Anything else ends the download as cut short: bytes of two files are never mixed, and
//! the caller may begin anew.

use std::sync::Arc;

use super::client::Shared;
use super::content_range::ContentRange;
use super::exchange::Reply;
use super::follow::follow;
use super::request::Request;
use super::retry::{Refusal, Tries};
use super::watch::Watch;
use crate::error::{Error, Result};

/// So much has to come before a failure counts as the first again, and before one that stood still is continued.
const PROGRESS_BYTES: u64 = 1 << 20;

/// What is known for continuing a body.
#[derive(Debug)]
pub(super) struct Resume {
    request: Request,
    validator: Option<Validator>,
    /// The announced digest: a part of the file has to announce the same one.
    announced: Option<String>,
    tries: Tries,
    /// How much had come when the connection of now began.
    since: u64,
}

/// What names a version of a file.
#[derive(Debug, PartialEq, Eq)]
struct Validator {
    header: &'static str,
    value: String,
}

impl Validator {
    /// The validator in an answer, where it has one that compares bytes.
    fn of(reply: &Reply) -> Option<Validator> {
        let strong = |value: &&str| value.starts_with('"') && value.len() >= 2 && value.ends_with('"');
        let of = |header, value: &str| Some(Validator { header, value: value.to_owned() });
        match reply.header("ETag") {
            Some(tag) => Some(tag).filter(strong).and_then(|tag| of("ETag", tag)),
            None => {
                reply.header("Last-Modified").filter(|_| is_settled(reply)).and_then(|date| of("Last-Modified", date))
            }
        }
    }
}

/// Whether `Last-Modified` names one version: a file that was changed in the second of the answer may change again in it.
fn is_settled(reply: &Reply) -> bool {
    let date = |name| reply.header(name).and_then(|value| httpdate::parse_http_date(value).ok());
    match (date("Last-Modified"), date("Date")) {
        (Some(modified), Some(now)) => modified < now,
        (modified, None) => modified.is_some(),
        (None, Some(_)) => false,
    }
}

impl Resume {
    pub(super) fn new(request: Request, first: &Reply, retries: u32) -> Resume {
        let serves_parts = first.status == 200 && first.header("Accept-Ranges") != Some("none");
        Resume {
            request,
            validator: Validator::of(first).filter(|_| serves_parts),
            announced: first.header("x-goog-hash").map(str::to_owned),
            tries: Tries::new(retries),
            since: 0,
        }
    }

    /// A connection on which the rest comes; the failure itself where there is none.
    pub(super) fn go_on(
        &mut self,
        shared: &Shared,
        watch: &Arc<Watch>,
        received: u64,
        length: Option<u64>,
        error: Error,
    ) -> Result<Reply> {
        let came = received - self.since;
        let stood_still = matches!(error, Error::Timeout { .. });
        let Some(validator) = self.validator.as_ref().filter(|_| received > 0) else { return Err(error) };
        if !error.is_transient() || (stood_still && came < PROGRESS_BYTES) {
            return Err(error);
        }
        if came >= PROGRESS_BYTES {
            self.tries.renew();
        }
        let mut refusal = Box::<Refusal>::from(error);
        loop {
            self.tries.next(shared, watch, *refusal)?;
            match follow(shared, watch, &self.request, Some((received, &validator.value))) {
                Ok(reply) => {
                    self.verify(&reply, received, length)?;
                    self.since = received;
                    return Ok(reply);
                }
                Err(next) => refusal = next,
            }
        }
    }

    /// Refuses what is not the rest of the same file.
    fn verify(&self, reply: &Reply, received: u64, length: Option<u64>) -> Result<()> {
        let range = reply.header("Content-Range").and_then(ContentRange::parse);
        let is_rest = reply.status == 206
            && range.is_some_and(|range| range.is_rest(received, length, reply.length))
            && Validator::of(reply) == self.validator
            && reply.header("x-goog-hash").is_none_or(|hash| Some(hash) == self.announced.as_deref());
        if is_rest {
            return Ok(());
        }
        let length = length.map_or("all bytes".into(), |length| format!("{length} bytes"));
        let expected = format!("{length} (the server's answer {} does not continue this file)", reply.status);
        Err(Error::Truncated { what: reply.shown.clone(), expected, found: received })
    }
}
