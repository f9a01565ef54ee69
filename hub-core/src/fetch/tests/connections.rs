//! Connections that do not come about, break, or go another way.

use std::sync::Arc;
use std::time::Duration;

use hub_fixtures::server::{Answer, Authority, Certificate, Script, Server, Step};

use super::*;
use crate::config::Proxies;

#[test]
fn a_file_comes_as_it_is() {
    let server = Server::start();
    server.on("/m", Answer::archive(content(300_000)).header("ETag", "\"1\""));
    let mut answer = open(&client(), &server.url("/m?x=1")).expect("the server answers");
    assert_eq!((answer.status(), answer.content_type().as_str()), (200, "application/gzip"));
    assert_eq!(answer.header("etag"), Some("\"1\""));
    assert_eq!(answer.body().length(), Some(300_000));
    assert_eq!(answer.shown(), server.url("/m?x=1"));
    assert!(!answer.body().length_is_proven());
    assert_eq!(read(answer).expect("all bytes come"), (content(300_000), true));
    let [request] = &server.requests()[..] else { panic!("one request is enough") };
    assert_eq!(request.target, "/m?x=1");
    assert_eq!(request.header("accept-encoding"), Some("identity"));
    assert!(request.header("user-agent").is_some_and(|name| name.starts_with("tfhub-rust/")));
    assert_eq!(
        (request.header("authorization"), request.header("range"), request.header("cookie")),
        (None, None, None)
    );
}

#[test]
fn fault_16_connection_refused_and_unknown_host() {
    let (client, clock) = client_of(&settings(&[]));
    let error = failure(&client, &format!("http://{}/m", dead_address()));
    assert!(matches!(&error, Error::Connect { proxy: None, .. }) && error.is_transient(), "{error}");
    assert_eq!(clock.slept(), Duration::from_millis(300), "two new tries were made");
    let error = failure(&client, "http://no-such-host.invalid/m");
    assert!(matches!(&error, Error::Connect { why, .. } if why.contains("no-such-host.invalid")), "{error}");
}

#[test]
fn fault_17_closed_before_any_byte_and_in_the_head() {
    let server = Server::start();
    server.on("/nothing", Script::new().close());
    server.on("/reset", Script::new().reset());
    server.on("/half", Script::new().send("HTTP/1.1 200 OK\r\nContent-Le").close());
    server.sequence("/once", [Script::new().close(), Answer::ok("fine").into()]);
    for path in ["/nothing", "/reset", "/half"] {
        let error = failure(&client(), &server.url(path));
        assert!(matches!(error, Error::Connect { .. } | Error::Truncated { .. }) && error.is_transient(), "{error}");
        assert_eq!(server.count(path), 3, "{path}");
    }
    assert_eq!(download(&client(), &server.url("/once")).expect("the second try is fine").0, b"fine");
}

#[test]
fn fault_13_proxy_that_is_dead_and_hosts_without_it() {
    let server = Server::start();
    server.on("/m", Answer::ok("direct"));
    let mut settings = settings(&[]);
    let dead = dead_address();
    settings.proxies = Proxies { http: Some(format!("http://me:canary@{dead}")), ..Proxies::default() };
    let error = failure(&client_of(&settings).0, &server.url("/m"));
    assert!(
        matches!(&error, Error::Connect { proxy: Some(proxy), .. } if *proxy == format!("http://{dead}")),
        "{error}"
    );
    assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
    assert!(error.hint().is_some_and(|hint| hint.contains("NO_PROXY")));
    assert_eq!(server.connections(), 0);
    settings.proxies.except = vec!["127.0.0.1".into()];
    assert_eq!(download(&client_of(&settings).0, &server.url("/m")).expect("it is not before that host").0, b"direct");
}

#[test]
fn fault_13_proxy_that_lives_and_one_that_refuses() {
    let authority = Authority::new();
    let file = tempfile::NamedTempFile::new().expect("there is room for a file");
    authority.write_pem(file.path()).expect("the file can be written");
    let far = Server::encrypted(&authority, &Certificate::of(["hub.test"]));
    far.on("/m", Answer::ok("far"));
    let proxy = Server::start();
    let tunnel = Script::new().send("HTTP/1.1 200 OK\r\n\r\n").then(Step::Tunnel(far.address()));
    proxy.on("hub.test:443", tunnel);
    proxy.on("closed.test:443", Answer::status(407));
    let mut settings = settings(&[]).certificates(file.path());
    settings.proxies = Proxies { https: Some(proxy.url("").replace("://", "://me:canary@")), ..Proxies::default() };
    let (client, _) = client_of(&settings);
    assert_eq!(download(&client, "https://hub.test/m").expect("the tunnel leads there").0, b"far");
    let error = failure(&client, "https://closed.test/m");
    assert!(matches!(&error, Error::Connect { proxy: Some(_), why, .. } if why.contains("407")), "{error}");
    assert!(!format!("{error:?}").contains("canary"), "{error:?}");
    let asked = &proxy.requests()[0];
    assert_eq!((asked.method.as_str(), asked.target.as_str()), ("CONNECT", "hub.test:443"));
    assert_eq!(asked.header("proxy-authorization"), Some("Basic bWU6Y2FuYXJ5"));
    assert_eq!(far.requests()[0].header("proxy-authorization"), None);
}

#[test]
fn fault_49_first_address_dead_second_alive() {
    let server = Server::start();
    server.on("/m", Answer::ok("fine"));
    let settings = settings(&[]).route("hub.test", dead_address()).route("hub.test", server.address());
    let (client, clock) = client_of(&settings);
    assert_eq!(download(&client, "http://hub.test:8080/m").expect("the second address lives").0, b"fine");
    assert_eq!(clock.slept(), Duration::ZERO, "that is no new try");
    assert_eq!(server.requests()[0].header("host"), Some("hub.test:8080"));
}

#[cfg(target_os = "linux")]
#[test]
fn fault_49_first_address_silent_second_alive() {
    use std::net::{TcpListener, TcpStream};
    // A listener that accepts nobody and whose queue is full: the system neither takes nor refuses a connection.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = silent.local_addr().expect("it has one");
    let connect = |_| TcpStream::connect_timeout(&address, Duration::from_millis(300)).ok();
    let queued: Vec<_> = (0..5000).map_while(connect).collect();
    assert!(queued.len() < 5000, "the queue is never full");
    let server = Server::start();
    server.on("/m", Answer::ok("fine"));
    let limit = Duration::from_secs(4);
    let settings = settings(&[]).route("hub.test", address).route("hub.test", server.address());
    let (client, clock) = client_of(&settings.limits(|limits| limits.connect = limit));
    let begun = Instant::now();
    assert_eq!(download(&client, "http://hub.test:8080/m").expect("the second address lives").0, b"fine");
    assert!(begun.elapsed() >= limit / 2, "the first address has half of the time: {:?}", begun.elapsed());
    assert_eq!(clock.slept(), Duration::ZERO, "that is no new try");
}

#[test]
fn fault_50_whole_body_and_the_connection_held_open() {
    let server = Server::start();
    server.on("/m", Script::new().after(Answer::ok("fine")).hold());
    let (result, seconds) = seconds(|| download(&client(), &server.url("/m")));
    assert_eq!(result.expect("all bytes came"), (b"fine".to_vec(), true));
    assert!(seconds < 2.0, "{seconds}");
}

#[test]
fn clients_are_shared_between_threads() {
    let server = Arc::new(Server::start());
    server.on("/m", Answer::ok(content(100_000)));
    let client = client();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(download(&client, &server.url("/m")).expect("it answers").0, content(100_000)));
        }
    });
    assert_eq!(server.count("/m"), 8);
}
