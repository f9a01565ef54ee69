//! Web addresses that answer with archives.

use hub_core::{Error, LoadFormat};
use hub_fixtures::server::{Answer, Server};

use crate::support::{Place, assert_model, tar, tar_gz};

#[test]
fn case_58_and_59_archives_are_unpacked_into_the_cache() {
    let server = Server::start();
    server.on("/plain.tar", Answer::ok(tar()));
    server.on("/packed", Answer::ok(tar_gz()));
    let place = Place::new();
    for path in ["/plain.tar", "/packed"] {
        let directory = place.hub().resolve(&server.url(path)).expect(path);
        assert!(directory.starts_with(place.cache()), "{}", directory.display());
        assert_model(&directory);
        // The second time nothing is asked.
        assert_eq!(place.hub().resolve(&server.url(path)).expect(path), directory);
        assert_eq!(server.count(path), 1);
    }
}

#[test]
fn case_60_the_format_is_in_the_query() {
    let server = Server::start();
    server.with("/model/1", |request| match request.target.ends_with("?tf-hub-format=compressed") {
        true => Answer::redirect("/store/model.tar.gz"),
        false => Answer::status(404),
    });
    server.on("/store/model.tar.gz", Answer::ok(tar_gz()));
    let place = Place::new();
    assert_model(&place.hub().resolve(&server.url("/model/1")).expect("the query is there"));
}

#[test]
fn case_61_the_descriptor_names_the_handle_host_and_process() {
    let server = Server::start();
    server.on("/model", Answer::ok(tar_gz()));
    let place = Place::new();
    let directory = place.hub().resolve(&server.url("/model")).expect("it resolves");
    let descriptor = std::fs::read_to_string(format!("{}.descriptor.txt", directory.display())).expect("it is there");
    let lines: Vec<&str> = descriptor.split('\n').collect();
    assert_eq!(lines[0], format!("Module: {}", server.url("/model")));
    assert!(lines[1].starts_with("Download Time: 2"), "{descriptor}");
    assert!(lines[2].starts_with("Downloader Hostname: "), "{descriptor}");
    assert!(lines[2].ends_with(&format!("(PID:{})", std::process::id())), "{descriptor}");
    assert_eq!(lines.len(), 3);
}

#[test]
fn case_67_a_hit_changes_nothing() {
    let server = Server::start();
    server.on("/model", Answer::ok(tar_gz()));
    let place = Place::new();
    place.hub().resolve(&server.url("/model")).expect("it resolves");
    let before = (place.names(), times(&place));
    place.hub().resolve(&server.url("/model")).expect("it is there");
    assert_eq!((place.names(), times(&place)), before);
}

fn times(place: &Place) -> Vec<std::time::SystemTime> {
    let paths = place.names().into_iter().map(|name| place.cache().join(name)).chain([place.cache()]);
    paths.map(|path| path.metadata().and_then(|metadata| metadata.modified()).expect("it has a time")).collect()
}

#[test]
fn case_68_what_is_no_archive_is_named_by_the_handle() {
    let server = Server::start();
    server.on("/page", Answer::ok("<!DOCTYPE html><title>Log in</title>").header("Content-Type", "text/html"));
    server.on("/moved", Answer::redirect("/page"));
    let place = Place::new();
    for path in ["/page", "/moved"] {
        let handle = server.url(path);
        let error = place.hub().resolve(&handle).expect_err("it is a page");
        let text = error.to_string();
        assert!(text.contains(&format!("`{handle}` does not appear to be a valid module")), "{text}");
        assert!(text.contains("an HTML page (text/html)") && text.contains("200"), "{text}");
        assert!(matches!(error, Error::NotAnArchive { .. }));
        assert!(place.names().is_empty(), "{:?}", place.names());
    }
}

#[test]
fn a_stub_without_a_model_is_not_cached() {
    let server = Server::start();
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(2);
    header.set_mode(0o644);
    builder.append_data(&mut header, "README", &b"hi"[..]).expect("it is packed");
    server.on("/readme.tar", Answer::ok(builder.into_inner().expect("it ends")));
    let place = Place::new();
    let error = place.hub().resolve(&server.url("/readme.tar")).expect_err("no model is inside");
    assert!(matches!(error, Error::NotAModel { .. }), "{error:?}");
    assert!(place.names().is_empty(), "{:?}", place.names());
}

#[test]
fn a_cut_connection_is_tried_again_from_the_start() {
    let server = Server::start();
    let archive = tar_gz();
    let half = archive.len() / 2;
    server.sequence("/model", [Answer::ok(archive.clone()).cut_at(half), Answer::ok(archive)]);
    let place = Place::new();
    assert_model(&place.hub().resolve(&server.url("/model")).expect("the second try is whole"));
}

#[test]
fn case_258_an_unknown_load_format_is_told() {
    let place = Place::new().variable("TFHUB_MODEL_LOAD_FORMAT", "compressed");
    let error = place.hub().resolve("http://127.0.0.1:1/model").expect_err("the format is in capitals");
    assert!(matches!(&error, Error::InvalidSetting { value, .. } if value == "compressed"), "{error:?}");
}

#[test]
fn case_57_the_load_format_chooses_the_resolver() {
    let server = Server::start();
    server.on("/model", Answer::ok(tar_gz()));
    for format in [LoadFormat::Auto, LoadFormat::Compressed] {
        let place = Place::new();
        let hub = hub_core::Hub::with_settings(place.settings().load_format(format));
        assert_model(&hub.resolve(&server.url("/model")).expect("an archive"));
    }
    let place = Place::new();
    let hub = hub_core::Hub::with_settings(place.settings().load_format(LoadFormat::Uncompressed));
    let error = hub.resolve(&server.url("/model")).expect_err("it is no place in a store");
    assert!(error.to_string().contains("code 200"), "{error}");
}

#[test]
fn fault_14_offline_asks_nobody() {
    let server = Server::start();
    server.on("/model", Answer::ok(tar_gz()));
    let place = Place::new();
    let offline = || hub_core::Hub::with_settings(place.settings().offline(true));
    let error = offline().resolve(&server.url("/model")).expect_err("it is not there");
    assert!(matches!(error, Error::Offline { .. }), "{error:?}");
    assert_eq!(server.connections(), 0);
    assert!(!place.cache().exists());
    let directory = place.hub().resolve(&server.url("/model")).expect("it resolves");
    assert_eq!(offline().resolve(&server.url("/model")).expect("it is there"), directory);
    assert_eq!(server.count("/model"), 1);
}

#[test]
fn fault_4_a_password_is_used_and_not_seen() {
    let server = Server::start();
    server.with("/model", |request| match request.header("authorization") {
        // ada:canary
        Some("Basic YWRhOmNhbmFyeQ==") => Answer::ok(tar_gz()),
        _ => Answer::status(401),
    });
    let place = Place::new();
    let handle = server.url("/model").replace("http://", "http://ada:canary@");
    let directory = place.hub().resolve(&handle).expect("the password is right");
    assert_model(&directory);
    for name in place.names().iter().filter(|name| !directory.ends_with(name)) {
        let text = std::fs::read_to_string(place.cache().join(name)).expect("it is a text");
        assert!(!text.contains("canary"), "{name}: {text}");
    }
    let wrong = handle.replace("canary", "canary2").replace("/model", "/other");
    let error = place.hub().resolve(&wrong).expect_err("nothing is there");
    assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
}
