//! Bodies that end too early, too late, or in an odd way.

use hub_fixtures::server::{Answer, Resource, Script, Server};

use super::*;

#[test]
fn fault_18_body_cut_at_many_places() {
    let (server, whole) = (Server::start(), content(2000));
    for cut in [0, 1, 9, 10, 511, 512, 1000, 1992, 1996, 1999] {
        // Without a validator nothing can be continued: the caller begins anew.
        server.on("/plain", Answer::ok(&whole).cut_at(cut));
        let error = failure(&client(), &server.url("/plain"));
        assert!(
            matches!(&error, Error::Truncated { expected, found, .. } if expected == "2000 bytes" && *found == cut as u64),
            "{error}"
        );
        assert!(error.is_transient());
        // With one it is continued, and the third failure without progress is the last.
        server.serve("/tagged", Resource::new(whole.clone()).entity_tag("\"1\"").cut_at([cut, 0, 0, 0]));
        let before = server.count("/tagged");
        let error = failure(&client(), &server.url("/tagged"));
        assert!(matches!(&error, Error::Truncated { found, .. } if *found == cut as u64), "{error}");
        assert_eq!(server.count("/tagged") - before, if cut == 0 { 1 } else { 3 }, "{cut}");
    }
}

#[test]
fn fault_19_body_broken_by_a_reset() {
    let (server, whole) = (Server::start(), content(2000));
    for cut in [0, 10, 1000, 1999] {
        server.on("/plain", Answer::ok(&whole).cut_at(cut).with_reset());
        let error = failure(&client(), &server.url("/plain"));
        assert!(matches!(&error, Error::Truncated { .. }) && error.is_transient(), "{error}");
    }
    server.on("/unframed", Answer::ok(&whole).until_close().with_reset());
    let error = failure(&client(), &server.url("/unframed"));
    assert!(matches!(error, Error::Truncated { .. }), "{error}");
}

#[test]
fn fault_20_content_length_larger_than_the_body() {
    let server = Server::start();
    server.on("/m", Answer::ok("0123456789").length(11));
    let error = failure(&client(), &server.url("/m"));
    assert!(matches!(&error, Error::Truncated { expected, found: 10, .. } if expected == "11 bytes"), "{error}");
}

#[test]
fn fault_21_content_length_smaller_than_the_body() {
    // What lies beyond cannot be told from another answer; the archive's own end is missing then, and its reader says so.
    let server = Server::start();
    server.on("/m", Answer::ok("0123456789").length(4));
    assert_eq!(download(&client(), &server.url("/m")).expect("four bytes were promised").0, b"0123");
}

#[test]
fn fault_22_and_23_without_a_length_nothing_is_proven() {
    let server = Server::start();
    server.on("/m", Answer::ok("0123456789").until_close());
    let mut answer = open(&client(), &server.url("/m")).expect("the server answers");
    assert_eq!(answer.body().length(), None);
    let gauge = answer.body().gauge();
    assert_eq!(read(answer).expect("the end is an end"), (b"0123456789".to_vec(), false));
    assert_eq!((gauge.received(), gauge.length_is_proven()), (10, false));
    // A digest proves it all the same.
    let tagged = Answer::ok("hello").until_close().header("x-goog-hash", "crc32c=mnG7TA==");
    server.on("/m", tagged);
    let mut answer = open(&client(), &server.url("/m")).expect("the server answers");
    let gauge = answer.body().gauge();
    assert!(!gauge.length_is_proven());
    read(answer).expect("it is whole");
    assert_eq!((gauge.received(), gauge.length_is_proven()), (5, true));
    assert_eq!(download(&client(), &server.url("/m")).expect("it is whole"), (b"hello".to_vec(), true));
}

#[test]
fn fault_24_chunks_cut_misnumbered_unfinished_and_tiny() {
    let (server, whole) = (Server::start(), content(3000));
    for cut in [1, 4, 5, 700, 3010] {
        server.on("/cut", Answer::ok(&whole).chunked(1000).cut_at(cut));
        let error = failure(&client(), &server.url("/cut"));
        assert!(matches!(error, Error::Truncated { .. }), "{cut}: {error}");
    }
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (chunks, is_cut) in [
        ("5\r\n01234\r\n", true),
        ("x\r\n01234\r\n0\r\n\r\n", false),
        ("-5\r\n01234\r\n0\r\n\r\n", false),
        ("ffffffffffffffffff\r\n01234", false),
        ("5\r\n0123456789\r\n0\r\n\r\n", false),
    ] {
        server.on("/odd", Script::new().send(format!("{head}{chunks}")).close());
        let error = failure(&client(), &server.url("/odd"));
        let is_as_expected =
            if is_cut { matches!(error, Error::Truncated { .. }) } else { matches!(error, Error::Protocol { .. }) };
        assert!(is_as_expected, "{chunks:?}: {error}");
    }
    server.on("/tiny", Answer::ok(&whole).chunked(1));
    assert_eq!(download(&client(), &server.url("/tiny")).expect("it is whole"), (whole, true));
}

#[test]
fn fault_24_a_million_chunks() {
    let (server, whole) = (Server::start(), content(1_000_000));
    server.on("/m", Answer::ok(&whole).chunked(1));
    let (bytes, is_proven) = download(&client(), &server.url("/m")).expect("it is whole");
    assert!(bytes == whole && is_proven);
}

#[test]
fn fault_42_body_that_is_packed_once_more() {
    let server = Server::start();
    for encoding in ["gzip", "x-gzip", "br", "identity, gzip", "GZIP"] {
        server.on("/m", Answer::archive("0123").header("Content-Encoding", encoding));
        let error = failure(&client(), &server.url("/m"));
        assert!(matches!(&error, Error::Protocol { why, .. } if why.contains(encoding)), "{error}");
    }
    assert_eq!(server.count("/m"), 5, "nothing is tried again");
    server.on("/m", Answer::archive("0123").header("Content-Encoding", "identity"));
    assert_eq!(download(&client(), &server.url("/m")).expect("that is none").0, b"0123");
}

#[test]
fn fault_48_body_beyond_the_limit_and_without_an_end() {
    let server = Server::start();
    let (client, _) = client_of(&settings(&[]).limits(|limits| limits.download_bytes = 100_000));
    server.on("/said", Answer::ok(content(100_001)));
    let error = open(&client, &server.url("/said")).expect_err("it is said in the head");
    assert!(matches!(error, Error::TooLarge { limit_bytes: 100_000, .. }), "{error}");
    let endless = |head: &str, piece: &str| Script::new().send(head).repeat(piece, std::time::Duration::ZERO);
    server.on(
        "/chunks",
        endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", &format!("400\r\n{}\r\n", "x".repeat(1024))),
    );
    server.on("/close", endless("HTTP/1.1 200 OK\r\n\r\n", &"x".repeat(1024)));
    for path in ["/chunks", "/close"] {
        let error = failure(&client, &server.url(path));
        assert!(matches!(error, Error::TooLarge { limit_bytes: 100_000, .. }), "{error}");
        assert_eq!(server.count(path), 1);
    }
    server.on("/exact", Answer::ok(content(100_000)));
    assert_eq!(download(&client, &server.url("/exact")).expect("it is within").0.len(), 100_000);
}
