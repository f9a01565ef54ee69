//! Bodies that are continued on another connection, or must not be.

use hub_fixtures::server::{Answer, Resource, Script, Server};

use super::*;

const MONDAY: &str = "Mon, 07 Nov 1994 08:49:37 GMT";
const TUESDAY: &str = "Tue, 08 Nov 1994 08:49:37 GMT";

fn tagged(bytes: &[u8], tag: &str) -> Resource {
    Resource::new(bytes).entity_tag(tag)
}

#[test]
fn a_body_is_continued_where_it_broke_off() {
    let (server, whole) = (Server::start(), content(5000));
    for is_reset in [false, true] {
        let resource = tagged(&whole, "\"1\"").cut_at([1000, 500]);
        server.serve("/tag", if is_reset { resource.with_reset() } else { resource });
        assert!(download(&client(), &server.url("/tag")).expect("the parts are one file") == (whole.clone(), true));
    }
    let asked: Vec<_> = server.requests().iter().map(|request| request.range().map(|(from, _)| from)).collect();
    assert_eq!(asked[..3], [None, Some(1000), Some(1500)]);
    assert_eq!(server.requests()[1].header("if-range"), Some("\"1\""));
    server.serve("/date", Resource::new(whole.clone()).last_modified(MONDAY).cut_at([1000]));
    assert!(download(&client(), &server.url("/date")).expect("a date is a validator") == (whole, true));
}

#[test]
fn progress_renews_the_tries() {
    let (server, whole) = (Server::start(), content(12 << 20));
    server.serve("/m", tagged(&whole, "\"1\"").cut_at([2 << 20; 5]));
    assert!(download(&client(), &server.url("/m")).expect("each connection brings two megabytes").0 == whole);
    assert_eq!(server.count("/m"), 6);
}

#[test]
fn a_part_is_asked_for_on_the_whole_way_again() {
    let (server, whole) = (Server::start(), content(5000));
    server.sequence("/m", [Answer::redirect("/signed?1"), Answer::status(503), Answer::redirect("/signed?2")]);
    server.serve("/signed", tagged(&whole, "\"1\"").cut_at([1000]));
    assert!(download(&client(), &server.url("/m")).expect("the parts are one file") == (whole, true));
    assert_eq!(paths(&server), ["/m", "/signed", "/m", "/m", "/signed"]);
}

/// What comes of a body of 5000 bytes that breaks off after 1000 when this is the answer to the next request.
fn continued_with(first: Resource, second: impl Into<Script>) -> (Result<(Vec<u8>, bool)>, usize) {
    let (server, second) = (Server::start(), second.into());
    let first = first.cut_at([1000]);
    server.with("/m", move |request| match request.range() {
        None => Script::from(first.answer(request)),
        Some(_) => second.clone(),
    });
    let result = download(&client(), &server.url("/m"));
    (result, server.count("/m"))
}

fn cut_short(first: Resource, second: impl Into<Script>) {
    let (result, requests) = continued_with(first, second);
    let error = result.expect_err("these are not parts of one file");
    assert!(matches!(error, Error::Truncated { found: 1000, .. }) && error.is_transient(), "{error}");
    assert_eq!(requests, 2);
}

fn part(bytes: &[u8], range: &str) -> Answer {
    Answer::status(206).body(bytes).header("Content-Range", range)
}

#[test]
fn fault_43_file_that_changed_in_between() {
    let (old, new) = (content(5000), vec![9; 5000]);
    let rest = || part(&new[1000..], "bytes 1000-4999/5000");
    cut_short(tagged(&old, "\"1\""), Answer::ok(&new).header("ETag", "\"2\""));
    cut_short(tagged(&old, "\"1\""), rest().header("ETag", "\"2\""));
    cut_short(tagged(&old, "\"1\""), rest());
    cut_short(tagged(&old, "\"1\""), rest().header("ETag", "W/\"1\""));
    cut_short(tagged(&old, "\"1\""), part(&new[1000..], "bytes 1000-5999/6000").header("ETag", "\"1\""));
    cut_short(Resource::new(old.clone()).last_modified(MONDAY), rest().header("Last-Modified", TUESDAY));
    let hash = "crc32c=mnG7TA==";
    let other = rest().header("ETag", "\"1\"").header("x-goog-hash", "crc32c=AAAAAA==");
    cut_short(tagged(&old, "\"1\"").header("x-goog-hash", hash), other);
    // The control: with the same tag it is continued.
    let (result, _) =
        continued_with(tagged(&old, "\"1\""), part(&old[1000..], "bytes 1000-4999/5000").header("ETag", "\"1\""));
    assert!(result.expect("the parts are one file") == (old, true));
}

#[test]
fn fault_43_without_a_strong_validator_nothing_is_continued() {
    let whole = content(5000);
    let weak = tagged(&whole, "W/\"1\"").last_modified(MONDAY);
    let unsettled = Resource::new(whole.clone()).last_modified(MONDAY).header("Date", MONDAY);
    let refused = tagged(&whole, "\"1\"").header("Accept-Ranges", "none");
    for first in [weak, unsettled, refused, Resource::new(whole.clone())] {
        let (result, requests) = continued_with(first, Answer::ok(&whole));
        assert!(matches!(result, Err(Error::Truncated { found: 1000, .. })), "{result:?}");
        assert_eq!(requests, 1);
    }
}

#[test]
fn fault_44_ranges_answered_with_something_else() {
    let whole = content(5000);
    let tag = |answer: Answer| answer.header("ETag", "\"1\"");
    let first = || tagged(&whole, "\"1\"");
    cut_short(first(), tag(Answer::ok(&whole)));
    cut_short(first(), tag(Answer::ok(&whole[1000..]).header("Content-Range", "bytes 1000-4999/5000")));
    cut_short(first(), tag(part(&whole[999..], "bytes 999-4999/5000")));
    cut_short(first(), tag(part(&whole[1001..], "bytes 1001-4999/5000")));
    cut_short(first(), tag(part(&whole[1000..4999], "bytes 1000-4998/5000")));
    cut_short(first(), tag(part(&whole[1000..], "bytes 1000-4998/5000")));
    cut_short(first(), tag(part(&whole[1000..], "garbage")));
    cut_short(first(), tag(Answer::status(206).body(&whole[1000..])));
    cut_short(first(), tag(Answer::status(416).header("Content-Range", "bytes */5000")));
    cut_short(first(), tag(Answer::status(412)));
    let parts = "--x\r\nContent-Range: bytes 1000-4999/5000\r\n\r\n...\r\n--x--\r\n";
    cut_short(first(), tag(Answer::status(206).body(parts).header("Content-Type", "multipart/byteranges; boundary=x")));
}

#[test]
fn a_file_that_is_gone_in_between_is_that() {
    let (result, _) = continued_with(tagged(&content(5000), "\"1\""), Answer::status(404));
    assert!(matches!(result, Err(Error::HttpStatus { status: 404, .. })), "{result:?}");
}

#[test]
fn fault_46_digests_that_the_store_announces() {
    let server = Server::start();
    let serve = |hash: &str| {
        server.on("/m", Answer::ok("hello").header("x-goog-hash", hash));
        download(&client(), &server.url("/m"))
    };
    for right in ["crc32c=mnG7TA==", "md5=XUFAKrxLKna5cZ2REBfFkg==", "crc32c=mnG7TA==,md5=XUFAKrxLKna5cZ2REBfFkg=="] {
        assert_eq!(serve(right).expect("that is its digest").0, b"hello");
    }
    for (wrong, kind) in [("crc32c=AAAAAA==", "crc32c"), ("crc32c=mnG7TA==,md5=AAAAAAAAAAAAAAAAAAAAAA==", "md5")] {
        let error = serve(wrong).expect_err("it is another");
        assert!(matches!(&error, Error::ChecksumMismatch { algorithm, .. } if *algorithm == kind), "{error}");
        assert!(!error.is_transient());
    }
    for malformed in ["crc32c=?", "md5=AAAA", "", "sha256", &"x".repeat(5000)] {
        assert_eq!(serve(malformed).expect("it is ignored").0, b"hello");
    }
    let unpacked =
        Answer::ok("hello").header("x-goog-hash", "crc32c=AAAAAA==").header("x-goog-stored-content-encoding", "gzip");
    server.on("/m", unpacked);
    assert_eq!(download(&client(), &server.url("/m")).expect("the digest is of other bytes").0, b"hello");
}

#[test]
fn fault_46_the_digest_is_of_the_whole_also_in_parts() {
    let (server, whole) = (Server::start(), content(5000));
    let crc = |bytes: &[u8]| {
        use base64::Engine;
        format!("crc32c={}", base64::prelude::BASE64_STANDARD.encode(crc32c::crc32c(bytes).to_be_bytes()))
    };
    for (hash, is_right) in [(crc(&whole), true), (crc(&whole[1000..]), false)] {
        server.serve("/m", tagged(&whole, "\"1\"").header("x-goog-hash", hash).cut_at([1000]));
        let result = download(&client(), &server.url("/m"));
        assert_eq!(result.is_ok(), is_right, "{result:?}");
    }
}
