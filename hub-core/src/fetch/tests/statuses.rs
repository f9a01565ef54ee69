//! Statuses: which are errors, which are tried again, and after which wait.

use std::time::Duration;

use hub_fixtures::server::{Answer, Server};

use super::*;

#[test]
fn fault_26_statuses_that_stay() {
    let server = Server::start();
    for code in [400, 401, 403, 404, 410, 418, 501] {
        let path = format!("/{code}");
        server.on(&path, Answer::status(code).header("Retry-After", "1"));
        let (client, clock) = client_of(&settings(&[]));
        let error = failure(&client, &server.url(&path));
        assert!(matches!(error, Error::HttpStatus { status, .. } if status == code), "{error}");
        assert_eq!((server.count(&path), clock.slept()), (1, Duration::ZERO), "{code}");
        let hint = error.hint().unwrap_or_default();
        assert_eq!(hint.contains("credentials"), matches!(code, 401 | 403), "{hint}");
    }
    server.on("/403", Answer::status(403).body("accept the terms first"));
    let answer = client().open(&request(&server.url("/403")).answers([403])).expect("the caller wants to see it");
    assert_eq!((answer.status(), answer.text(100).expect("it is short").as_str()), (403, "accept the terms first"));
}

/// How long a client waits before its second try, when this is what the first one's answer asks for.
fn wait_for(status: u16, retry_after: &str, dates: Vec<SystemTime>) -> Duration {
    let server = Server::start();
    server.sequence("/m", [Answer::status(status).header("Retry-After", retry_after), Answer::ok("fine")]);
    let (client, clock) = client_of(&settings(&[]));
    *clock.dates.lock().expect("no test panics with the lock") = dates;
    assert_eq!(download(&client, &server.url("/m")).expect("the second answer is fine").0, b"fine");
    clock.slept()
}

#[test]
fn fault_27_waits_that_servers_ask_for() {
    let own = Duration::from_millis(100);
    for status in [429, 503] {
        assert_eq!(wait_for(status, "1", vec![]), Duration::from_secs(1));
        assert_eq!(wait_for(status, "99999", vec![]), Duration::from_secs(60), "that is the cap");
        let soon = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(20));
        let wait = wait_for(status, &soon, vec![]);
        assert!((15..=20).contains(&wait.as_secs()), "{wait:?}");
        let far = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(200_000));
        assert_eq!(wait_for(status, &far, vec![]), Duration::from_secs(60));
        for garbage in ["soon", "-1", "", "99999999999999999999999", &"9".repeat(10_000), &"x ".repeat(5_000)] {
            assert_eq!(wait_for(status, garbage, vec![]), own, "{garbage}");
        }
    }
}

#[test]
fn fault_15_clock_in_1970_in_2100_and_jumping_back() {
    let (first, late) = (SystemTime::UNIX_EPOCH, SystemTime::UNIX_EPOCH + Duration::from_secs(4_102_444_800));
    let date = "Sun, 06 Nov 1994 08:49:37 GMT";
    assert_eq!(wait_for(429, date, vec![first]), Duration::from_secs(60), "far ahead: the cap");
    assert_eq!(wait_for(429, date, vec![late]), Duration::from_millis(100), "over: our own wait");
    // The date jumps back with every look at it; the waits, which need no date, are what they always are.
    let before_1970 = SystemTime::UNIX_EPOCH - Duration::from_secs(1_000_000);
    assert_eq!(wait_for(503, "2", vec![before_1970, first, late]), Duration::from_secs(2));
}

#[test]
fn fault_28_two_bad_moments_then_fine() {
    let server = Server::start();
    for status in [408, 500, 502, 503, 504] {
        let path = format!("/{status}");
        server.sequence(&path, [Answer::status(status), Answer::status(status), Answer::ok("fine")]);
        let (client, clock) = client_of(&settings(&[]));
        assert_eq!(download(&client, &server.url(&path)).expect("the third answer is fine").0, b"fine");
        assert_eq!(server.count(&path), 3);
        assert_eq!(clock.slept(), Duration::from_millis(100 + 200), "the wait doubles");
    }
}

#[test]
fn fault_29_a_bad_moment_without_an_end() {
    let server = Server::start();
    server.on("/m", Answer::status(500));
    let notes = Arc::new(Notes::default());
    let error = failure(&client_of(&settings(&[]).progress(notes.clone())).0, &server.url("/m"));
    assert!(matches!(error, Error::HttpStatus { status: 500, .. }), "{error}");
    assert_eq!((server.count("/m"), notes.all().len()), (3, 2));
    assert!(notes.all()[1].ends_with("answered 500; the next try is in 0.2 s"), "{:?}", notes.all());
}

#[test]
fn fault_30_login_page() {
    let server = Server::start();
    server.on("/m", Answer::html("<html><title>Log in</title>"));
    let answer = open(&client(), &server.url("/m")).expect("to HTTP it is an answer like others");
    assert_eq!(answer.content_type(), "text/html");
    assert!(answer.text(1000).expect("it is short").starts_with("<html>"));
}

#[test]
fn fault_31_statuses_that_nobody_asked_for() {
    let server = Server::start();
    for status in [201, 202, 204, 205, 206, 300, 304] {
        let path = format!("/{status}");
        let answer = Answer::status(status);
        server.on(&path, if status == 206 { answer.header("Content-Range", "bytes 0-0/1").body("x") } else { answer });
        let error = failure(&client(), &server.url(&path));
        assert!(matches!(&error, Error::Protocol { why, .. } if why.contains(&status.to_string())), "{error}");
        assert_eq!(server.count(&path), 1);
    }
}
