//! New tries after transient failures: when, and after which wait.

use std::time::{Duration, SystemTime};

use super::client::Shared;
use super::exchange::Reply;
use super::watch::Watch;
use crate::error::{Error, Result};
use crate::progress::Event;

/// The longest `Retry-After` that is looked at.
const LONGEST_VALUE: usize = 64;

/// A failed try, and when the server wants to be asked again.
#[derive(Debug)]
pub(super) struct Refusal {
    /// Boxed, since it is handed through several calls.
    pub(super) error: Box<Error>,
    retry_after: Option<String>,
}

impl Refusal {
    /// The error that an answer's status is.
    pub(super) fn of(reply: Reply) -> Refusal {
        let retry_after = reply.header("Retry-After").filter(|value| value.len() <= LONGEST_VALUE).map(str::to_owned);
        let (url, status) = (reply.shown, reply.status);
        let error = match status {
            400.. => Error::HttpStatus { url, status, why: meaning(status).to_owned() },
            _ => Error::Protocol { url, why: format!("the answer is {status}, expected a file (200)") },
        };
        Refusal { error: Box::new(error), retry_after }
    }
}

impl From<Error> for Box<Refusal> {
    fn from(error: Error) -> Box<Refusal> {
        Box::new(Refusal { error: Box::new(error), retry_after: None })
    }
}

/// What a status says to somebody who asked for a file.
fn meaning(status: u16) -> &'static str {
    match status {
        401 => "the server does not know who asks",
        403 => "the server does not let us have it",
        404 => "there is no such file",
        408 => "the server waited for the request for too long",
        410 => "the file was removed",
        429 => "the server was asked too often",
        503 => "the server is busy",
        _ => "",
    }
}

/// The tries of one download that are left.
#[derive(Debug)]
pub(super) struct Tries {
    made: u32,
    most: u32,
}

impl Tries {
    pub(super) fn new(most: u32) -> Tries {
        Tries { made: 0, most }
    }

    /// Forgets the tries made: the download went on in between.
    pub(super) fn renew(&mut self) {
        self.made = 0;
    }

    /// Waits before the next try; the error itself where none is left or none would help.
    pub(super) fn next(&mut self, shared: &Shared, watch: &Watch, refusal: Refusal) -> Result<()> {
        if !refusal.error.is_transient() || self.made >= self.most {
            return Err(*refusal.error);
        }
        let limits = &shared.limits;
        let asked = refusal.retry_after.as_deref().and_then(|value| after(value, shared.clock.date()));
        let own = backoff(limits.retry_wait, self.made, shared.clock.chance()).min(limits.retry_wait_cap);
        let wait = asked.unwrap_or_default().max(own).min(limits.retry_wait_cap);
        self.made += 1;
        tracing::debug!(error = %refusal.error, ?wait, "tries again");
        let text = format!("{}; the next try is in {:.1} s", refusal.error, wait.as_secs_f64());
        shared.progress.event(&Event::Note { text: &text });
        watch.wait(wait)
    }
}

/// Half of the wait is certain, the other half is chance.
fn backoff(first: Duration, made: u32, chance: f64) -> Duration {
    let whole = first.saturating_mul(2_u32.saturating_pow(made.min(30)));
    whole / 2 + (whole / 2).mul_f64(chance.clamp(0.0, 1.0))
}

/// The wait that a `Retry-After` asks for: seconds, or a date. Anything else asks for nothing.
fn after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return value.parse().ok().map(Duration::from_secs);
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_asked_for_in_seconds_or_by_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_767);
        assert_eq!(after("1", now), Some(Duration::from_secs(1)));
        assert_eq!(after(" 99999 ", now), Some(Duration::from_secs(99_999)));
        assert_eq!(after("Sun, 06 Nov 1994 08:49:37 GMT", now), Some(Duration::from_secs(10)));
        assert_eq!(after("Sun, 06 Nov 1994 08:49:17 GMT", now), Some(Duration::ZERO));
        for garbage in ["", "-1", "+1", "soon", "1.5", "99999999999999999999999", "Sun, 99 Nov"] {
            assert_eq!(after(garbage, now), None, "{garbage}");
        }
    }

    #[test]
    fn waits_grow_and_do_not_overflow() {
        let first = Duration::from_millis(500);
        assert_eq!(backoff(first, 0, 0.0), Duration::from_millis(250));
        assert_eq!(backoff(first, 0, 1.0), first);
        assert_eq!(backoff(first, 3, 1.0), Duration::from_secs(4));
        assert!(backoff(Duration::from_secs(u64::MAX / 4), u32::MAX, 0.0) > Duration::from_secs(1));
        assert!(backoff(first, u32::MAX, 1.0) > Duration::from_secs(3600));
    }
}
