//! This crate and Python's tensorflow_hub on one cache at the same time.
//!
//! Needs an interpreter with tensorflow_hub in `TFHUB_PYTHON`; without it the tests print that they are skipped. With
//! `FAULTS=full` the rounds are those of a release: 16 processes of each side, 200 times.
#![cfg(all(feature = "fetch", unix))]

mod python;
mod rust;
mod support;

use std::time::{Duration, Instant};

use hub_fixtures::server::{Answer, Server};

use python::Python;
use rust::Rust;
use support::{Place, assert_model, slow, tar_gz};

/// What Python waits for before it takes a lock: its own ten minutes in small.
const PATIENCE: Duration = Duration::from_secs(2);

/// The role of a child: see `rust`.
#[test]
fn child() {
    rust::child();
}

#[test]
fn each_side_finds_what_the_other_downloaded() {
    let Some(mut python) = Python::start(PATIENCE) else { return };
    let server = Server::start();
    let place = Place::new();
    for path in ["/model/1", "/model/1/", "/model", "/m%C3%B6del/1", "/model/1?x=1", "/plain.tar.gz"] {
        server.on(path.split('?').next().expect("a path"), Answer::ok(tar_gz()));
        let asked = server.requests().len();
        let handle = server.url(path);
        let of_python = python.resolve(place.cache(), &handle);
        assert_eq!(place.hub().resolve(&handle).expect("Python's entry is good"), of_python);
        assert_model(&of_python);
        let handle = format!("{handle}#ours");
        let of_rust = place.hub().resolve(&handle).expect("it resolves");
        assert_eq!(python.resolve(place.cache(), &handle), of_rust);
        assert_model(&of_rust);
        assert_eq!(server.requests().len(), asked + 2, "{path}");
    }
    place.assert_no_leftovers();
}

#[test]
fn fault_75_many_of_both_sides_at_once() {
    let full = std::env::var("FAULTS").is_ok_and(|value| value == "full");
    let (of_each, rounds) = if full { (16, 200) } else { (2, 5) };
    let Some(first) = Python::start(PATIENCE) else { return };
    let mut pythons = vec![first];
    pythons.extend((1..of_each).filter_map(|_| Python::start(PATIENCE)));
    let server = Server::limited(1_000_000, Duration::from_secs(3600));
    server.on("/model", Answer::ok(tar_gz()));
    let handle = server.url("/model");
    for round in 0..rounds {
        let place = Place::new();
        let rusts: Vec<Rust> = (0..of_each).map(|_| Rust::start(place.cache(), &handle)).collect();
        pythons.iter_mut().for_each(|python| python.ask(place.cache(), &handle));
        let entry = pythons[0].answer();
        assert!(pythons[1..].iter_mut().all(|python| python.answer() == entry), "round {round}");
        assert!(rusts.into_iter().all(|rust| rust.answer() == entry), "round {round}");
        assert_model(&entry);
        place.assert_no_leftovers();
    }
    println!("{rounds} rounds of {of_each} + {of_each} processes: {} downloads", server.count("/model"));
}

#[test]
fn fault_76_python_is_at_work_and_we_wait_for_it() {
    let Some(mut python) = Python::start(PATIENCE) else { return };
    let server = Server::start();
    server.on("/model", slow(Duration::from_secs(3)));
    let place = Place::new();
    let handle = server.url("/model");
    python.ask(place.cache(), &handle);
    place.wait_for_lock();
    let ours = place.hub().resolve(&handle).expect("Python's download is used");
    assert_eq!(ours, python.answer());
    assert_eq!(server.count("/model"), 1);
    place.assert_no_leftovers();
}

#[test]
fn case_254_we_are_at_work_for_longer_than_pythons_patience() {
    let Some(mut python) = Python::start(PATIENCE) else { return };
    let server = Server::start();
    server.on("/model", slow(5 * PATIENCE));
    let place = Place::new();
    let handle = server.url("/model");
    let rust = Rust::start(place.cache(), &handle);
    place.wait_for_lock();
    assert_eq!(python.resolve(place.cache(), &handle), rust.answer());
    assert_eq!(server.count("/model"), 1);
    place.assert_no_leftovers();
}

/// A server that is slow the first time, so that who asks can be killed at work; a cache; the handle.
fn slow_at_first() -> (Server, Place, String) {
    let server = Server::start();
    server.sequence("/model", [slow(Duration::from_secs(60)), Answer::ok(tar_gz()).script()]);
    let handle = server.url("/model");
    (server, Place::new(), handle)
}

#[test]
fn case_253_a_killed_python_is_survived() {
    let Some(mut python) = Python::start(PATIENCE) else { return };
    let (_server, place, handle) = slow_at_first();
    python.ask(place.cache(), &handle);
    place.wait_for_growth();
    python.kill();
    let started = Instant::now();
    assert_model(&place.hub().resolve(&handle).expect("the lock of the dead is taken"));
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    place.assert_no_leftovers();
}

#[test]
fn case_253_python_survives_that_we_are_killed() {
    let Some(mut python) = Python::start(PATIENCE) else { return };
    let (_server, place, handle) = slow_at_first();
    let rust = Rust::start(place.cache(), &handle);
    place.wait_for_growth();
    rust.kill();
    assert_model(&python.resolve(place.cache(), &handle));
    assert_model(&place.hub().resolve(&handle).expect("Python's entry is good"));
}
