//! The faults of networks and servers, played by a scripted server on loopback.
//!
//! A test that plays a fault of the project's list of faults has its number in its name. Of those about HTTP, 45 (a
//! file of a former process that has its full length and wrong bytes) does not apply: a download lives in one process
//! and leaves no part behind for another; 47 (a digest that the user pinned) is the resolvers', which know of pins.
//! What becomes of a body that ends too early for an archive (21, 22, 23) or is a page (30) is decided by the archive
//! readers and the resolvers; here it is shown that they are told what they need.

mod bodies;
mod connections;
mod continuing;
mod limits;
mod protocol;
mod redirects;
mod secrets;
mod statuses;
mod trust;

use std::ffi::OsString;
use std::io::Read;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use hub_fixtures::server::Server;
use url::Url;

use super::client::Client;
use super::clock::Clock;
use super::{Answer, Request};
use crate::config::Settings;
use crate::error::{Error, Result};
use crate::progress::{Event, Progress};

/// A clock that goes on only by waits, which take no time; the wait before a new try is all of what chance allows.
#[derive(Debug)]
struct TestClock {
    start: Instant,
    slept: Mutex<Duration>,
    /// The dates that the system says one after the other; then the true one.
    dates: Mutex<Vec<SystemTime>>,
}

impl TestClock {
    fn slept(&self) -> Duration {
        *self.slept.lock().expect("no test panics with the lock")
    }
}

impl Clock for TestClock {
    fn now(&self) -> Instant {
        self.start + self.slept()
    }

    fn date(&self) -> SystemTime {
        self.dates.lock().expect("no test panics with the lock").pop().unwrap_or_else(SystemTime::now)
    }

    fn sleep(&self, time: Duration) {
        *self.slept.lock().expect("no test panics with the lock") += time;
    }

    fn chance(&self) -> f64 {
        1.0
    }
}

/// A listener that keeps the notes.
#[derive(Debug, Default)]
struct Notes(Mutex<Vec<String>>);

impl Progress for Notes {
    fn event(&self, event: &Event<'_>) {
        if let Event::Note { text } = event {
            self.0.lock().expect("no test panics with the lock").push((*text).to_owned());
        }
    }
}

impl Notes {
    fn all(&self) -> Vec<String> {
        self.0.lock().expect("no test panics with the lock").clone()
    }
}

/// Settings in an environment of these variables alone, with limits that suit a busy machine: two new tries.
fn settings(variables: &[(&str, &str)]) -> Settings {
    let lookup = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value));
    Settings::from_lookup(lookup).progress(Arc::new(crate::progress::Silent)).limits(|limits| {
        limits.retries = 2;
        limits.retry_wait = Duration::from_millis(100);
        limits.headers = Duration::from_secs(10);
        limits.progress = Duration::from_secs(10);
    })
}

/// A client whose waits take no time, and its clock.
fn client_of(settings: &Settings) -> (Client, Arc<TestClock>) {
    let clock = Arc::new(TestClock { start: Instant::now(), slept: Mutex::default(), dates: Mutex::default() });
    (Client::with_clock(settings, clock.clone()), clock)
}

fn client() -> Client {
    client_of(&settings(&[])).0
}

fn request(address: &str) -> Request {
    Request::to(address.parse::<Url>().expect("tests have good addresses"))
}

fn open(client: &Client, address: &str) -> Result<Answer> {
    client.open(&request(address))
}

/// All bytes of an answer, and whether it is known that they are all.
fn read(mut answer: Answer) -> Result<(Vec<u8>, bool)> {
    let mut bytes = Vec::new();
    let end = answer.body().read_to_end(&mut bytes);
    match end {
        Ok(_) => {
            assert_eq!(answer.body().received(), bytes.len() as u64);
            Ok((bytes, answer.body().length_is_proven()))
        }
        Err(error) => {
            assert!(!answer.body().length_is_proven());
            assert!(answer.body().read(&mut [0; 1]).is_err(), "a failed body stays failed");
            Err(Error::carried(error).expect("readers carry our errors"))
        }
    }
}

fn download(client: &Client, address: &str) -> Result<(Vec<u8>, bool)> {
    open(client, address).and_then(read)
}

/// The error of a download that must fail.
fn failure(client: &Client, address: &str) -> Error {
    match download(client, address) {
        Ok((bytes, _)) => panic!("`{address}` gave {} bytes", bytes.len()),
        Err(error) => error,
    }
}

/// Bytes that differ from place to place.
fn content(length: usize) -> Vec<u8> {
    (0..length).map(|index| (index * 7 + index / 251) as u8).collect()
}

/// An address of loopback where nobody listens.
fn dead_address() -> std::net::SocketAddr {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a loopback port is free");
    listener.local_addr().expect("a bound listener has an address")
}

/// How long something takes, in seconds.
fn seconds<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let done = work();
    (done, start.elapsed().as_secs_f64())
}

/// The paths that a server was asked for, in order.
fn paths(server: &Server) -> Vec<String> {
    server.requests().iter().map(|request| request.path().to_owned()).collect()
}
