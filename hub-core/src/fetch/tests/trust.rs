//! Certificates: who is believed, and what happens where nobody is checked.

use hub_fixtures::server::{Answer, Authority, Certificate, Script, Server};

use super::*;

/// A file that names an authority, and settings that trust it.
fn trusting(authority: &Authority, settings: Settings) -> (Settings, tempfile::NamedTempFile) {
    let file = tempfile::NamedTempFile::new().expect("there is room for a file");
    authority.write_pem(file.path()).expect("the file can be written");
    (settings.certificates(file.path()), file)
}

fn refused(client: &Client, address: &str, word: &str) {
    let error = failure(client, address);
    assert!(matches!(&error, Error::Tls { why, .. } if why.contains(word)), "{error} (expected {word})");
    assert!(!error.is_transient() && error.hint().is_some_and(|hint| hint.contains("SSL_CERT_FILE")));
}

#[test]
fn a_certificate_of_a_trusted_authority_is_good() {
    let authority = Authority::new();
    let server = Server::encrypted(&authority, &Certificate::good());
    server.on("/m", Answer::ok(content(300_000)));
    let (settings, _file) = trusting(&authority, settings(&[]));
    let (client, _) = client_of(&settings);
    for _ in 0..2 {
        assert!(download(&client, &server.url("/m")).expect("it is trusted") == (content(300_000), true));
    }
    // Cut off without TLS's own goodbye.
    server.on("/cut", Answer::ok(content(1000)).cut_at(10));
    server.on("/open", Answer::ok("0123").until_close());
    assert!(matches!(failure(&client, &server.url("/cut")), Error::Truncated { found: 10, .. }));
    assert_eq!(download(&client, &server.url("/open")).expect("nothing was promised"), (b"0123".to_vec(), false));
}

#[test]
fn fault_41_certificates_that_are_not_good() {
    let authority = Authority::new();
    let (settings, _file) = trusting(&authority, settings(&[]));
    let (client, clock) = client_of(&settings);
    for (certificate, word) in [
        (Certificate::good().expired(), "xpired"),
        (Certificate::of(["other.test"]), "not valid for name"),
        (Certificate::good().self_signed(), "invalid peer certificate"),
    ] {
        let server = Server::encrypted(&authority, &certificate);
        refused(&client, &server.url("/m"), word);
        assert_eq!((server.connections(), server.count("/m")), (1, 0), "no fallback, no second try");
    }
    let stranger = Server::encrypted(&Authority::new(), &Certificate::good());
    refused(&client, &stranger.url("/m"), "invalid peer certificate");
    assert_eq!(clock.slept(), std::time::Duration::ZERO);
    // The system does not know the authority either.
    refused(&client_of(&super::settings(&[])).0, &stranger.url("/m"), "");
}

#[test]
fn fault_41_handshakes_that_are_none() {
    let client = client();
    let https = |server: &Server| server.url("/m").replace("http:", "https:");
    for (bytes, word) in [
        // An alert of TLS 1.0: `protocol_version`, as a server sends it that speaks nothing newer.
        (&b"\x15\x03\x01\x00\x02\x02\x46"[..], "ProtocolVersion"),
        // `close_notify`, then the end.
        (&b"\x15\x03\x01\x00\x02\x01\x00"[..], "handshake"),
        (&b""[..], "handshake"),
        (&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], ""),
    ] {
        let server = Server::raw(Script::new().receive().send(bytes).close());
        refused(&client, &https(&server), word);
        assert_eq!(server.connections(), 1);
    }
}

#[test]
fn fault_12_only_the_exact_word_switches_the_check_off_and_never_silently() {
    let server = Server::encrypted(&Authority::new(), &Certificate::of(["other.test"]).expired());
    server.on("/m", Answer::ok("fine"));
    for value in ["TRUE", "1", "yes", ""] {
        let (client, _) = client_of(&settings(&[("TFHUB_DISABLE_CERT_VALIDATION", value)]));
        assert!(matches!(failure(&client, &server.url("/m")), Error::Tls { .. }), "{value}");
    }
    let notes = Arc::new(Notes::default());
    let blind = settings(&[("TFHUB_DISABLE_CERT_VALIDATION", "true")]).progress(notes.clone());
    let (client, _) = client_of(&blind);
    assert!(notes.all().is_empty());
    for _ in 0..2 {
        assert_eq!(download(&client, &server.url("/m")).expect("nobody is checked").0, b"fine");
    }
    let notes = notes.all();
    assert_eq!(
        notes,
        ["certificates are not checked (TFHUB_DISABLE_CERT_VALIDATION): anybody can pose as the server"],
        "the warning comes once, whole"
    );
}

#[test]
fn a_file_of_certificates_has_to_hold_some() {
    let file = tempfile::NamedTempFile::new().expect("there is room for a file");
    std::fs::write(file.path(), "nothing").expect("the file can be written");
    for path in [file.path(), std::path::Path::new("/no/such/file.pem")] {
        let error = failure(&client_of(&settings(&[]).certificates(path)).0, "https://localhost:1/m");
        assert!(matches!(&error, Error::Io { path: named, .. } if named == path), "{error}");
    }
}
