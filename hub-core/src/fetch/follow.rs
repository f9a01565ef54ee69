//! Redirects: from the address that was asked for to the one that answers, by rules.

use std::sync::Arc;

use ureq::http::header::LOCATION;
use url::Url;

use super::address;
use super::client::Shared;
use super::exchange::{Hop, Reply, exchange, verify_encoding};
use super::request::Request;
use super::retry::Refusal;
use super::watch::Watch;
use crate::error::{Error, Result};

/// The longest address that is followed.
const LONGEST_LOCATION: usize = 8 << 10;

/// The part of a file that is still missing: from which byte on, and the validator of the file.
pub(super) type Part<'a> = Option<(u64, &'a str)>;

/// Asks, and follows redirects until something else comes.
pub(super) fn follow(
    shared: &Shared,
    watch: &Arc<Watch>,
    request: &Request,
    part: Part<'_>,
) -> Result<Reply, Box<Refusal>> {
    let (mut url, mut shown) = (request.url().clone(), address::asked(request.url()));
    verify_scheme(&url, &shown)?;
    let mut authorization = request.secret();
    for _ in 0..=shared.limits.redirects {
        let hop = Hop { url: &url, shown: &shown, authorization, part };
        let reply = exchange(shared, watch, &hop)?;
        let Some(next) = target(&reply, request)? else { return judged(reply, request, part.is_some()) };
        let next = allowed(&reply, &next, shared.allow_downgrade)?;
        if next.origin() != request.url().origin() {
            // From here on for good: who answers there decides where we go.
            authorization = None;
        }
        (shown, url) = (address::sent_to(&next), next);
    }
    Err(Error::TooManyRedirects { url: watch.what().to_owned(), limit: shared.limits.redirects }.into())
}

/// Where a redirect leads; nothing where the answer is none.
fn target(reply: &Reply, request: &Request) -> Result<Option<String>> {
    if !matches!(reply.status, 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let refuse = |to: String, why: &str| Error::RedirectRefused { url: reply.shown.clone(), to, why: why.to_owned() };
    let Some(location) = reply.headers.get(LOCATION) else {
        return if request.is_answer(reply.status) { Ok(None) } else { Err(refuse("".into(), "it names no address")) };
    };
    let location = std::str::from_utf8(location.as_bytes()).unwrap_or_default().trim();
    if location.is_empty() {
        return Err(refuse("".into(), "it names no address"));
    }
    if location.len() > LONGEST_LOCATION {
        return Err(refuse(address::raw(location), "the address is longer than 8 KB"));
    }
    Ok(Some(location.to_owned()))
}

/// The address that a redirect leads to, where we go there.
fn allowed(reply: &Reply, location: &str, allow_downgrade: bool) -> Result<Url> {
    let refuse = |to: String, why: &str| Error::RedirectRefused { url: reply.shown.clone(), to, why: why.to_owned() };
    let Ok(next) = reply.url.join(location) else {
        return Err(refuse(address::raw(location), "it is not an address"));
    };
    if !matches!(next.scheme(), "http" | "https") || next.host_str().is_none() {
        return Err(refuse(address::raw(location), "only http and https are followed"));
    }
    if reply.url.scheme() == "https" && next.scheme() == "http" && !allow_downgrade {
        return Err(refuse(address::sent_to(&next), "it leads from https to http"));
    }
    Ok(address::bare(&next))
}

/// The answer, or the error that its status is.
fn judged(reply: Reply, request: &Request, is_part: bool) -> Result<Reply, Box<Refusal>> {
    let is_answer = match reply.status {
        200 | 203 => true,
        206 | 412 | 416 if is_part => true,
        status => request.is_answer(status),
    };
    if is_answer {
        verify_encoding(&reply)?;
        return Ok(reply);
    }
    Err(Box::new(Refusal::of(reply)))
}

fn verify_scheme(url: &Url, shown: &str) -> Result<()> {
    match url.scheme() {
        "http" | "https" if url.host_str().is_some() => Ok(()),
        scheme => {
            Err(Error::Protocol { url: shown.to_owned(), why: format!("`{scheme}` addresses are not downloaded") })
        }
    }
}
