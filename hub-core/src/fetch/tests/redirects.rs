//! Redirects: where we go, and what we take along.

use hub_fixtures::server::{Answer, Authority, Certificate, Server};

use super::*;

#[test]
fn fault_32_redirects_without_an_end() {
    let server = Server::start();
    server.on("/self", Answer::redirect("/self"));
    server.on("/ping", Answer::redirect("/pong"));
    server.on("/pong", Answer::redirect("/ping"));
    server.with("/grow", |request| Answer::redirect(format!("/grow?x{}", request.target.trim_start_matches("/grow"))));
    for path in ["/self", "/ping", "/grow"] {
        let before = server.requests().len();
        let error = failure(&client(), &server.url(path));
        assert!(matches!(&error, Error::TooManyRedirects { limit: 10, url } if url.ends_with(path)), "{error}");
        assert_eq!(server.requests().len() - before, 11, "nothing is tried again");
    }
    for hop in 0..11 {
        server.on(&format!("/hop{hop}"), Answer::redirect(format!("/hop{}", hop + 1)));
    }
    server.on("/hop11", Answer::ok("there"));
    assert!(matches!(failure(&client(), &server.url("/hop0")), Error::TooManyRedirects { .. }));
    assert_eq!(download(&client(), &server.url("/hop1")).expect("ten are followed").0, b"there");
}

/// An authority, and settings that trust it.
fn trusting() -> (Authority, Settings, tempfile::NamedTempFile) {
    let (authority, file) = (Authority::new(), tempfile::NamedTempFile::new().expect("there is room for a file"));
    authority.write_pem(file.path()).expect("the file can be written");
    let settings = settings(&[]).certificates(file.path());
    (authority, settings, file)
}

#[test]
fn fault_33_from_https_to_http() {
    let (authority, settings, _file) = trusting();
    let (encrypted, plain) = (Server::encrypted(&authority, &Certificate::good()), Server::start());
    plain.on("/m", Answer::ok("in clear"));
    encrypted.on("/m", Answer::redirect(plain.url("/m?canary")));
    let error = failure(&client_of(&settings).0, &encrypted.url("/m"));
    assert!(matches!(&error, Error::RedirectRefused { why, .. } if why.contains("https to http")), "{error}");
    assert!(!error.to_string().contains("canary"), "{error}");
    assert_eq!((encrypted.count("/m"), plain.connections()), (1, 0));
    let (client, _) = client_of(&settings.allow_downgrade(true));
    assert_eq!(download(&client, &encrypted.url("/m")).expect("it is allowed").0, b"in clear");
}

#[test]
fn fault_34_redirects_to_odd_places() {
    let server = Server::start();
    server.on("/b/there", Answer::ok("there"));
    server.on("/there", Answer::ok("there"));
    let port = server.address().port();
    for location in [
        "there",
        "/b/there",
        "./there?x=1",
        "../b/there",
        &format!("//127.0.0.1:{port}/there"),
        "/b/there#part",
        " /there ",
    ] {
        for status in [301, 302, 303, 307, 308] {
            server.on("/b/m", Answer::status(status).header("Location", location));
            assert_eq!(download(&client(), &server.url("/b/m")).expect("it is an address").0, b"there", "{location}");
        }
    }
    let long = format!("/{}", "x".repeat(64 << 10));
    for location in [
        "file:///etc/passwd",
        "ftp://hub.test/",
        "data:text/plain,x",
        "javascript:alert(1)",
        "gs://bucket/m",
        "",
        "  ",
        "http://",
        "http:///",
        "http://[::1",
        "http://host:99999/",
        &long,
    ] {
        let before = server.requests().len();
        server.on("/b/m", Answer::redirect(location));
        let error = failure(&client(), &server.url("/b/m"));
        assert!(matches!(error, Error::RedirectRefused { .. }), "{}: {error}", &location[..location.len().min(40)]);
        assert!(error.to_string().len() < 1000 && server.requests().len() == before + 1);
    }
    server.on("/b/m", Answer::status(302));
    assert!(matches!(failure(&client(), &server.url("/b/m")), Error::RedirectRefused { .. }));
}

#[test]
fn fault_35_authorization_stays_at_home() {
    let (home, away) = (Server::start(), Server::start());
    let settings = settings(&[]).route("home.test", home.address()).route("away.test", away.address());
    home.on("/m", Answer::redirect("/n"));
    home.on("/n", Answer::redirect("http://away.test/m"));
    away.on("/m", Answer::redirect("http://home.test/end"));
    home.on("/end", Answer::ok("end"));
    let (client, _) = client_of(&settings);
    let asked = request("http://home.test/m").authorization("Bearer canary");
    assert_eq!(client.open(&asked).and_then(read).expect("all is followed").0, b"end");
    let sent = |server: &Server| -> Vec<bool> {
        server.requests().iter().map(|request| request.header("authorization") == Some("Bearer canary")).collect()
    };
    assert_eq!(paths(&home), ["/m", "/n", "/end"]);
    assert_eq!(sent(&home), [true, true, false], "once away, never again");
    assert_eq!(sent(&away), [false]);
    assert!(away.requests()[0].headers.iter().all(|(_, value)| !value.contains("canary")));
}

#[test]
fn fault_35_userinfo_is_an_authorization_for_its_origin() {
    let (home, away) = (Server::start(), Server::start());
    home.on("/m", Answer::redirect(away.url("/m").replace("://", "://you:other@")));
    away.on("/m", Answer::ok("there"));
    let address = home.url("/m").replace("://", "://me:canary@");
    let answer = open(&client(), &address).expect("it is followed");
    assert!(!format!("{answer:?}").contains("other") && !answer.shown().contains('@'));
    assert_eq!(home.requests()[0].header("authorization"), Some("Basic bWU6Y2FuYXJ5"));
    assert_eq!(away.requests()[0].header("authorization"), None, "a server does not choose who we are");
}

#[test]
fn fault_36_another_port_is_another_origin() {
    let (home, other) = (Server::start(), Server::start());
    home.on("/port", Answer::redirect(other.url("/m")));
    home.on("/name", Answer::redirect(home.url_at("localhost", "/m")));
    home.on("/same", Answer::redirect(home.url("/m")));
    for server in [&home, &other] {
        server.on("/m", Answer::ok("there"));
    }
    for (path, server, is_sent) in [("/port", &other, false), ("/name", &home, false), ("/same", &home, true)] {
        let asked = request(&home.url(path)).authorization("Bearer canary");
        client().open(&asked).and_then(read).expect("it is followed");
        let requests = server.requests();
        let last = requests.last().expect("it was asked");
        assert_eq!((last.path(), last.header("authorization").is_some()), ("/m", is_sent), "{path}");
    }
}

#[test]
fn fault_36_from_https_to_https_of_the_same_host() {
    let (authority, settings, _file) = trusting();
    let server = Server::encrypted(&authority, &Certificate::good());
    server.on("/m", Answer::redirect(server.url("/n")));
    server.on("/n", Answer::ok("there"));
    let asked = request(&server.url("/m")).authorization("Bearer canary");
    client_of(&settings).0.open(&asked).and_then(read).expect("it is followed");
    assert!(server.requests().iter().all(|request| request.header("authorization") == Some("Bearer canary")));
}

#[test]
fn fault_37_signatures_are_in_no_message() {
    let server = Server::start();
    server.on("/m", Answer::redirect("/signed?X-Goog-Signature=canary&Expires=canary"));
    for answer in [
        Answer::status(403),
        Answer::ok("0123").length(9),
        Answer::redirect("/m?canary"),
        Answer::status(500),
        Answer::redirect("ftp://me:canary@host/?canary"),
        Answer::ok("x").header("Content-Encoding", "br"),
    ] {
        server.on("/signed", answer);
        let notes = Arc::new(Notes::default());
        let error = failure(&client_of(&settings(&[]).progress(notes.clone())).0, &server.url("/m?file=1"));
        let all = format!("{error} {error:?} {:?}", notes.all());
        assert!(!all.contains("canary"), "{all}");
    }
    server.on("/signed", Answer::ok("there"));
    let answer = open(&client(), &server.url("/m")).expect("it is followed");
    assert!(answer.shown().ends_with("/signed?…") && !format!("{answer:?}").contains("canary"), "{answer:?}");
}
