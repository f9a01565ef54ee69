//! Downloads over HTTP: what a server is asked, how long, how often, and what of its answer is believed.
//!
//! The resolvers use [`Client`], [`Request`], [`Answer`] and [`Body`]; nothing of the HTTP library shows. Handles, the
//! cache and archives are not known here.
//!
//! - Redirects are followed by rules (`follow`), transient failures tried again with growing waits (`retry`).
//! - A body that breaks off is continued where the server proves that it is the same file (`resume`).
//! - The length, and a digest where the server announces one, are verified at the end (`body`, `announced`).
//! - Every wait ends: by a limit, by the overall limit, or by the stop signal (`watch`, `wire`).
//! - An `Authorization` goes to the origin that it was given for, and no message holds a secret (`address`).
//! - Bodies come as they are: `Accept-Encoding` is `identity`, and an answer with another encoding is refused.
//! - The HTTP library logs through `log`; at that crate's trace level its lines hold whole addresses, at others not.
//! - A plain http address behind a proxy is reached through CONNECT, too.
//! - A connection serves one request: what is downloaded is large, and what went wrong on one does not reach the next.
//!
//! | file | holds |
//! |---|---|
//! | `client` | the client, its settings, opening an address |
//! | `request`, `answer`, `body`, `gauge` | what is asked, what comes, how far it is |
//! | `follow`, `retry`, `resume` | redirects, new tries, continuing |
//! | `exchange` | one request and the head of its answer |
//! | `failure` | the library's errors as ours |
//! | `watch`, `clock` | limits while a download runs, and the time |
//! | `wire`, `resolver`, `certificates`, `proxy` | sockets, names, trust, proxies |
//! | `announced`, `content_range` | headers that are read closely |
//! | `address` | addresses in messages |

mod address;
mod announced;
mod answer;
mod body;
mod certificates;
mod client;
mod clock;
mod content_range;
mod exchange;
mod failure;
mod follow;
mod gauge;
mod proxy;
mod request;
mod resolver;
mod resume;
mod retry;
mod watch;
mod wire;

#[cfg(test)]
mod tests;

pub(crate) use answer::Answer;
pub(crate) use body::Body;
pub(crate) use client::Client;
pub(crate) use request::Request;
