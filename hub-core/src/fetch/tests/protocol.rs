//! Heads of answers that break the rules of HTTP, and the protocol in which 303 is an answer.

use std::time::Duration;

use hub_fixtures::server::{Answer, Script, Server};

use super::*;

#[test]
fn fault_25_lengths_that_cannot_be() {
    let server = Server::start();
    for headers in [
        "Content-Length: 4\r\nContent-Length: 5\r\n",
        "Content-Length: 4, 5\r\n",
        "Content-Length: -4\r\n",
        "Content-Length: +4\r\n",
        "Content-Length: 18446744073709551616\r\n",
        "Content-Length: four\r\n",
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
    ] {
        server.on("/m", Script::new().send(format!("HTTP/1.1 200 OK\r\n{headers}\r\n0123")).close());
        let error = failure(&client(), &server.url("/m"));
        assert!(matches!(error, Error::Protocol { .. }), "{headers}: {error}");
    }
    assert_eq!(server.count("/m"), 8, "nothing is tried again");
    for head in [
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
    ] {
        server.on("/m", Script::new().send(format!("{head}\r\n4\r\n0123\r\n0\r\n\r\n")).close());
        assert!(matches!(failure(&client(), &server.url("/m")), Error::Protocol { .. }), "{head}");
    }
    // The largest length that there is reserves no memory; it is beyond the limit.
    server.on("/m", Answer::ok("0123").length(u64::MAX));
    assert!(matches!(failure(&client(), &server.url("/m")), Error::TooLarge { .. }));
}

#[test]
fn fault_31_answers_before_the_answer() {
    let server = Server::start();
    let early = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
    server.on("/early", Script::new().send(early).after(Answer::ok("fine")));
    assert_eq!(download(&client(), &server.url("/early")).expect("they are passed over").0, b"fine");
    server.on("/flood", Script::new().repeat("HTTP/1.1 102 Processing\r\n\r\n".repeat(20), Duration::from_millis(1)));
    let limited = settings(&[]).limits(|limits| {
        limits.headers = Duration::from_millis(300);
        limits.retries = 0;
    });
    let (error, seconds) = seconds(|| failure(&client_of(&limited).0, &server.url("/flood")));
    assert!(matches!(error, Error::Timeout { phase: "headers", .. }), "{error}");
    assert!(seconds < 3.0, "{seconds}");
    server.on("/switch", Answer::status(101).header("Upgrade", "other"));
    assert!(matches!(failure(&client(), &server.url("/switch")), Error::Protocol { .. }));
}

#[test]
fn fault_40_heads_without_measure() {
    let server = Server::start();
    let head = |headers: String| Script::new().send(format!("HTTP/1.1 200 OK\r\n{headers}Content-Length: 1\r\n\r\nx"));
    for headers in [
        format!("X: {}\r\n", "x".repeat(1 << 20)),
        "X: x\r\n".repeat(100_000),
        "X: x\r\n".repeat(1_000),
        "X: a\0b\r\n".to_owned(),
        "X: a\rb\r\n".to_owned(),
        "X Y: x\r\n".to_owned(),
        "nothing\r\n".to_owned(),
    ] {
        server.on("/m", head(headers.clone()).close());
        let error = failure(&client(), &server.url("/m"));
        assert!(matches!(error, Error::Protocol { .. }), "{:?}: {error}", &headers[..headers.len().min(20)]);
    }
    server.on("/other", Script::new().send("SSH-2.0-OpenSSH_9.6\r\n\r\n").close());
    assert!(matches!(failure(&client(), &server.url("/other")), Error::Protocol { .. }));
}

#[test]
fn fault_51_answers_that_are_redirects_without_an_address() {
    let server = Server::start();
    let ask = |path: &str| client().open(&request(&server.url(path)).answers([303]));
    server.on("/m", Answer::status(303).body("gs://bucket/model"));
    let answer = ask("/m").expect("303 is an answer here");
    assert_eq!((answer.status(), answer.text(1000).expect("it is short").as_str()), (303, "gs://bucket/model"));
    server.on("/m", Answer::ok("a page"));
    assert_eq!(ask("/m").expect("the caller looks at the status").status(), 200);
    server.on("/m", Answer::status(303).body("x".repeat(10 << 20)));
    let error = ask("/m").and_then(|answer| answer.text(1000)).expect_err("that is no address");
    assert!(matches!(error, Error::TooLarge { limit_bytes: 1000, .. }), "{error}");
    server.on("/m", Answer::status(303).header("Location", "/there"));
    server.on("/there", Answer::ok("there"));
    assert_eq!(ask("/m").expect("with an address it is a redirect").shown(), server.url("/there"));
    let unasked = failure(&client(), &server.url_at("127.0.0.1", "/none"));
    assert!(matches!(unasked, Error::HttpStatus { status: 404, .. }), "{unasked}");
}

#[test]
fn other_schemes_are_not_asked() {
    for address in ["ftp://hub.test/m", "file:///etc/passwd", "data:text/plain,x"] {
        let error = open(&client(), address).expect_err("only http and https are spoken");
        assert!(matches!(error, Error::Protocol { .. }), "{error}");
    }
}
