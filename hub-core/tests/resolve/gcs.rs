//! Google's store: archives and directories.

use hub_core::Error;
use hub_fixtures::server::{Answer, Server};

use crate::support::{Place, assert_model, files, model, tar_gz};

/// A store that lists a directory in pages of one object.
fn store() -> Server {
    let server = Server::start();
    let names: Vec<String> = files(&model()).into_iter().map(|(name, _)| name).collect();
    for (name, bytes) in files(&model()) {
        let object = format!("models/m/{name}").replace('/', "%2F");
        server.on(&format!("/storage/v1/b/bucket/o/{object}"), Answer::ok(bytes));
    }
    server.with("/storage/v1/b/bucket/o", move |request| {
        let page: usize = request.target.split("pageToken=").nth(1).map_or(0, |rest| rest.parse().expect("a number"));
        let size = files(&model())[page].1.len();
        let item = format!(r#"{{"name": "models/m/{}", "size": "{size}", "generation": "7"}}"#, names[page]);
        let next = match page + 1 < names.len() {
            true => format!(r#", "nextPageToken": "{}""#, page + 1),
            false => String::new(),
        };
        Answer::ok(format!(r#"{{"items": [{item}]{next}}}"#)).header("Content-Type", "application/json")
    });
    server
}

#[test]
fn a_directory_is_copied_page_by_page() {
    let server = store();
    let place = Place::new().variable("STORAGE_EMULATOR_HOST", server.url(""));
    let directory = place.hub().resolve("gs://bucket/models/m").expect("it resolves");
    assert_model(&directory);
    let requests = server.requests();
    assert!(requests.iter().any(|request| request.target.contains("prefix=models%2Fm%2F")));
    let objects = requests.iter().filter(|request| request.target.contains("alt=media"));
    assert!(objects.clone().count() > 1 && objects.clone().all(|request| request.target.contains("generation=7")));
    assert!(requests.iter().all(|request| request.header("authorization").is_none()));
}

#[test]
fn an_archive_is_unpacked_and_the_token_sent() {
    let server = Server::start();
    server.on("/storage/v1/b/bucket/o/m.tgz", Answer::ok(tar_gz()));
    let place = Place::new().variable("STORAGE_EMULATOR_HOST", server.url(""));
    let hub = hub_core::Hub::with_settings(place.settings().google_token("canary"));
    assert_model(&hub.resolve("gs://bucket/m.tgz").expect("it resolves"));
    assert_eq!(server.requests()[0].header("authorization"), Some("Bearer canary"));
}

#[test]
fn fault_9_nothing_there_is_told() {
    let server = Server::start();
    server.on("/storage/v1/b/bucket/o", Answer::ok("{}"));
    let place = Place::new().variable("STORAGE_EMULATOR_HOST", server.url(""));
    let error = place.hub().resolve("gs://bucket/x").expect_err("nothing is there");
    assert!(matches!(error, Error::HttpStatus { status: 404, .. }), "{error:?}");
    assert!(place.names().is_empty());
    for handle in ["gs://", "gs:///x"] {
        assert!(matches!(place.hub().resolve(handle), Err(Error::InvalidHandle { .. })), "{handle}");
    }
}

#[test]
fn names_that_lead_out_are_refused() {
    let server = Server::start();
    server.on("/storage/v1/b/bucket/o", Answer::ok(r#"{"items": [{"name": "m/../../evil", "size": "1"}]}"#));
    let place = Place::new().variable("STORAGE_EMULATOR_HOST", server.url(""));
    let error = place.hub().resolve("gs://bucket/m").expect_err("the name leads out");
    assert!(matches!(error, Error::EntryRejected { .. }), "{error:?}");
    assert!(place.names().is_empty());
}
