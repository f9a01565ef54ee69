//! Waits end: by the limits, and by the stop signal.

use std::thread;
use std::time::Duration;

use hub_fixtures::server::{Answer, Resource, Script, Server};

use super::*;
use crate::stop::StopSignal;

const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\nETag: \"1\"\r\n\r\n";

/// Settings with short limits and no second try.
fn short() -> Settings {
    settings(&[]).limits(|limits| {
        limits.headers = Duration::from_millis(400);
        limits.progress = Duration::from_millis(400);
        limits.retries = 0;
    })
}

fn timed_out(server: &Server, settings: &Settings, expected: &str) {
    let (error, seconds) = seconds(|| failure(&Client::new(settings), &server.url("/m")));
    assert!(matches!(error, Error::Timeout { phase, .. } if phase == expected), "{error}");
    assert!((0.3..3.0).contains(&seconds), "{expected} took {seconds} s");
}

#[test]
fn fault_38_bytes_that_come_one_by_one() {
    let server = Server::start();
    server.on("/m", Script::new().trickle(HEAD, Duration::from_millis(50)));
    timed_out(&server, &short(), "headers");
    server.on("/m", Script::new().send(HEAD).trickle([b'x'; 1000], Duration::from_millis(20)));
    timed_out(&server, &short(), "progress");
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    server.on("/m", Script::new().send(chunked).trickle("1\r\nx\r\n".repeat(200), Duration::from_millis(20)));
    timed_out(&server, &short(), "progress");
}

#[test]
fn fault_39_silence() {
    let server = Server::start();
    server.on("/m", Script::new().hold());
    timed_out(&server, &short(), "headers");
    server.on("/m", Script::new().send(HEAD).hold());
    timed_out(&server, &short(), "progress");
    timed_out(&server, &short().limits(|limits| limits.floor_bytes_per_second = 0), "progress");
    let silent = Server::raw(Script::new().hold());
    timed_out(&silent, &short(), "headers");
    // A handshake that stands still is a connection that does not come about.
    let settings = short().limits(|limits| limits.connect = Duration::from_millis(400));
    let address = silent.url("/m").replace("http:", "https:");
    let (error, seconds) = seconds(|| failure(&client_of(&settings).0, &address));
    assert!(matches!(error, Error::Timeout { phase: "connect", .. }) && seconds < 3.0, "{seconds} {error}");
}

#[test]
fn silence_is_tried_again() {
    let server = Server::start();
    server.sequence("/m", [Script::new().hold(), Answer::ok("fine").into()]);
    let settings = short().limits(|limits| limits.retries = 1);
    assert_eq!(download(&client_of(&settings).0, &server.url("/m")).expect("the second is fine").0, b"fine");
}

#[test]
fn a_slow_reader_is_not_the_server_s_fault() {
    let server = Server::start();
    server.on("/m", Answer::ok(content(1000)));
    let mut answer = open(&client_of(&short()).0, &server.url("/m")).expect("the server answers");
    let mut first = [0; 10];
    answer.body().read_exact(&mut first).expect("it is there");
    thread::sleep(Duration::from_millis(900));
    let mut rest = Vec::new();
    answer.body().read_to_end(&mut rest).expect("all bytes come");
    assert_eq!(rest.len(), 990);
}

#[test]
fn a_body_that_stood_still_is_continued_if_it_had_got_on() {
    let (server, whole) = (Server::start(), content(3 << 20));
    let start = whole[..2 << 20].to_vec();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nETag: \"1\"\r\n\r\n", whole.len());
    let resource = Resource::new(whole.clone()).entity_tag("\"1\"");
    server.with("/m", move |request| match request.range() {
        None => Script::new().send(&head).send(&start).hold(),
        Some(_) => resource.answer(request).into(),
    });
    let settings = short().limits(|limits| limits.retries = 1);
    let (bytes, is_proven) = download(&client_of(&settings).0, &server.url("/m")).expect("it is continued");
    assert!(bytes == whole && is_proven);
}

#[test]
fn a_body_that_stood_still_early_is_not_continued() {
    let server = Server::start();
    server.on("/m", Script::new().send(HEAD).send([b'x'; 1000]).hold());
    timed_out(&server, &short().limits(|limits| limits.retries = 2), "progress");
    assert_eq!(server.count("/m"), 1);
}

#[test]
fn the_overall_limit_ends_everything() {
    let server = Server::start();
    let within = |seconds| settings(&[]).limits(|limits| limits.overall = Some(Duration::from_secs_f64(seconds)));
    server.on("/m", Script::new().send(HEAD).repeat([b'x'; 100], Duration::from_millis(10)));
    timed_out(&server, &within(0.5), "overall");
    server.on("/m", Script::new().hold());
    timed_out(&server, &within(0.5), "overall");
    // A wait that would be longer than what is left ends with it.
    server.on("/m", Answer::too_many(Some("50")));
    let (client, clock) = client_of(&within(10.0));
    let error = failure(&client, &server.url("/m"));
    assert!(matches!(error, Error::Timeout { phase: "overall", .. }), "{error}");
    assert!(clock.slept() <= Duration::from_secs(11), "{:?}", clock.slept());
}

/// Stops a download after a moment; answers with the error and the seconds that it then took.
fn stopped(address: &str, settings: Settings) -> (Error, f64) {
    let stop = StopSignal::new();
    let client = Client::new(&settings.stop_signal(stop.clone()));
    thread::scope(|scope| {
        let download = scope.spawn(|| failure(&client, address));
        thread::sleep(Duration::from_millis(200));
        stop.stop();
        seconds(|| download.join().expect("it does not panic"))
    })
}

#[test]
fn the_stop_signal_is_noticed_in_every_wait() {
    let server = Server::start();
    server.on("/head", Script::new().hold());
    server.on("/body", Script::new().send(HEAD).hold());
    server.on("/flow", Script::new().send(HEAD).repeat("x", Duration::from_millis(10)));
    server.on("/wait", Answer::too_many(Some("50")));
    let silent = Server::raw(Script::new().hold());
    let addresses = ["/head", "/body", "/flow", "/wait"].map(|path| server.url(path));
    for address in addresses.into_iter().chain([silent.url("/").replace("http:", "https:")]) {
        let (error, seconds) = stopped(&address, settings(&[]));
        assert!(matches!(error, Error::Stopped { .. }), "{address}: {error}");
        assert!(seconds < 1.0, "{address}: {seconds}");
    }
}
