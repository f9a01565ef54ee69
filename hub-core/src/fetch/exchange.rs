//! One request on one connection, and the head of its answer.

use std::sync::Arc;

use ureq::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, TRANSFER_ENCODING};
use ureq::http::response::Parts;
use ureq::http::{HeaderMap, Response, Version};
use ureq::unversioned::transport::{ConnectProxyConnector, Connector};
use ureq::{Body, BodyReader};
use url::Url;

use super::certificates::Encryption;
use super::client::Shared;
use super::failure::Place;
use super::proxy;
use super::resolver::Names;
use super::watch::Watch;
use super::wire::Wires;
use crate::config::Secret;
use crate::error::{Error, Result};

/// The largest head of an answer.
const LARGEST_HEAD: usize = 100 << 10;
/// What we call ourselves.
const NAME: &str = concat!("tfhub-rust/", env!("CARGO_PKG_VERSION"));

/// One request.
pub(super) struct Hop<'a> {
    pub(super) url: &'a Url,
    /// The address as messages show it.
    pub(super) shown: &'a str,
    pub(super) authorization: Option<&'a Secret>,
    /// From which byte on, and the validator of the file that these bytes belong to.
    pub(super) part: Option<(u64, &'a str)>,
}

/// The head of an answer; the body has not been read.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) url: Url,
    pub(super) shown: String,
    /// The proxy that it came through.
    pub(super) proxy: Option<String>,
    /// The length of the body, where it is said.
    pub(super) length: Option<u64>,
    /// Whether the body says where it ends.
    pub(super) is_framed: bool,
    pub(super) reader: BodyReader<'static>,
}

impl Reply {
    /// The value of a header, where it is text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// Asks once. Redirects and error statuses are answers here.
pub(super) fn exchange(shared: &Shared, watch: &Arc<Watch>, hop: &Hop<'_>) -> Result<Reply> {
    watch.measure(false);
    let chosen = proxy::before(hop.url, &shared.proxies)?;
    let proxy = chosen.as_ref().map(|chosen| chosen.shown.clone());
    let place = Place { url: hop.shown, proxy: proxy.as_deref(), limits: &shared.limits };
    let agent = agent(shared, watch, hop, chosen.map(|chosen| chosen.proxy))?;
    let (head, body) = send(&agent, hop).map_err(|error| place.error(error))?.into_parts();
    let is_chunked = is_chunked(&head, hop.shown)?;
    let (status, length) = (head.status.as_u16(), body.content_length().filter(|_| !is_chunked));
    tracing::debug!(url = hop.shown, status, length, "answered");
    Ok(Reply {
        status,
        headers: head.headers,
        url: hop.url.clone(),
        shown: hop.shown.to_owned(),
        proxy,
        length,
        is_framed: is_chunked || length.is_some(),
        reader: body.into_reader(),
    })
}

fn send(agent: &ureq::Agent, hop: &Hop<'_>) -> Result<Response<Body>, ureq::Error> {
    let mut request = agent.get(hop.url.as_str());
    if let Some(secret) = hop.authorization {
        request = request.header("Authorization", secret.reveal());
    }
    if let Some((from, validator)) = hop.part {
        request = request.header("Range", format!("bytes={from}-")).header("If-Range", validator);
    }
    request.call()
}

/// The library's client for one request: its connector holds this download's watch.
fn agent(shared: &Shared, watch: &Arc<Watch>, hop: &Hop<'_>, proxy: Option<ureq::Proxy>) -> Result<ureq::Agent> {
    let limits = &shared.limits;
    let is_proxy_encrypted = proxy.as_ref().is_some_and(|proxy| proxy.protocol() == ureq::ProxyProtocol::Https);
    let is_encrypted = is_proxy_encrypted || hop.url.scheme() == "https";
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(proxy)
        .user_agent(NAME)
        .accept("*/*")
        .accept_encoding("identity")
        .timeout_resolve(Some(limits.resolve))
        .timeout_connect(Some(limits.connect))
        .timeout_send_request(Some(limits.headers))
        .timeout_recv_response(Some(limits.headers))
        .max_response_header_size(LARGEST_HEAD)
        .max_idle_connections(0);
    let config = if is_encrypted { config.tls_config(shared.trust()?) } else { config };
    let connector = ().chain(ConnectProxyConnector::default()).chain(Wires(watch.clone()));
    let connector = connector.chain::<Encryption>(shared.encryption.clone());
    let names = Names { routes: shared.routes.clone(), watch: watch.clone() };
    Ok(ureq::Agent::with_parts(config.build(), connector, names))
}

/// Whether the body comes in chunks. Refuses what leaves open how long it is; the library has seen to it that the lengths
/// are numbers and agree.
fn is_chunked(head: &Parts, shown: &str) -> Result<bool> {
    let refuse = |why: &str| Err(Error::Protocol { url: shown.to_owned(), why: why.to_owned() });
    let mut encodings = head.headers.get_all(TRANSFER_ENCODING).into_iter();
    let Some(encoding) = encodings.next() else { return Ok(false) };
    if head.headers.contains_key(CONTENT_LENGTH) {
        return refuse("the answer has both a length and a transfer encoding");
    }
    let is_known = encoding.as_bytes().eq_ignore_ascii_case(b"chunked") && head.version == Version::HTTP_11;
    if !is_known || encodings.next().is_some() {
        return refuse("the answer has a transfer encoding that was not asked for");
    }
    Ok(true)
}

/// Refuses a body that is packed once more: it was not asked for, and would be unpacked once too few or too many.
pub(super) fn verify_encoding(reply: &Reply) -> Result<()> {
    for value in reply.headers.get_all(CONTENT_ENCODING) {
        let text = value.to_str().unwrap_or("unreadable");
        if !text.split(',').all(|name| matches!(name.trim().to_ascii_lowercase().as_str(), "" | "identity")) {
            let name: String = text.chars().take(40).collect();
            let why = format!("the content encoding is `{name}`, expected none");
            return Err(Error::Protocol { url: reply.shown.clone(), why });
        }
    }
    Ok(())
}
