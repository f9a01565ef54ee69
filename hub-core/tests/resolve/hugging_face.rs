//! SavedModels in repositories on Hugging Face.

use hub_core::Error;
use hub_fixtures::server::{Answer, Server};

use crate::support::{Place, assert_model, files, model};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// A repository with the model in the folder `saved`, listed in two pages, and a file beside it.
fn repository() -> Server {
    let server = Server::start();
    let revision = Answer::ok(format!(r#"{{"sha": "{COMMIT}"}}"#));
    server.on("/api/models/ada/engine/revision/main", revision.clone());
    server.on("/api/models/ada/engine/revision/v1", revision);
    let entry = |(name, bytes): &(String, Vec<u8>)| {
        format!(r#"{{"type": "file", "path": "saved/{name}", "size": {}, "oid": "x"}}"#, bytes.len())
    };
    let all = files(&model());
    let (first, rest) = all.split_first().expect("a model has files");
    let tree = format!("/api/models/ada/engine/tree/{COMMIT}/saved");
    let folder = r#"{"type": "directory", "path": "saved/variables"}"#;
    let next = format!("<{}?recursive=true&cursor=2>; rel=\"next\"", server.url(&tree));
    let pages = [
        Answer::ok(format!("[{folder}, {}]", entry(first))).header("Link", &next),
        Answer::ok(format!("[{}]", rest.iter().map(entry).collect::<Vec<_>>().join(", "))),
    ];
    let [one, two] = pages;
    server.with(&tree, move |request| if request.target.contains("cursor=2") { two.clone() } else { one.clone() });
    for (name, bytes) in all {
        server.on(&format!("/ada/engine/resolve/{COMMIT}/saved/{name}"), Answer::ok(bytes));
    }
    server
}

#[test]
fn a_folder_of_a_repository_is_copied() {
    let server = repository();
    let place = Place::new().variable("HF_ENDPOINT", server.url("")).variable("HF_TOKEN", "canary");
    for handle in ["hf://ada/engine/saved", "hf://ada/engine@v1/saved"] {
        assert_model(&place.hub().resolve(handle).expect(handle));
    }
    assert!(server.requests().iter().all(|request| request.header("authorization") == Some("Bearer canary")));
}

#[test]
fn another_size_or_digest_is_refused() {
    for entry in [
        r#"{"type": "file", "path": "saved_model.pb", "size": 5}"#,
        r#"{"type": "file", "path": "saved_model.pb", "size": 3, "lfs": {"oid": "00", "size": 3}}"#,
    ] {
        let server = Server::start();
        server.on("/api/models/ada/engine/revision/main", Answer::ok(format!(r#"{{"sha": "{COMMIT}"}}"#)));
        server.on(&format!("/api/models/ada/engine/tree/{COMMIT}"), Answer::ok(format!("[{entry}]")));
        server.on(&format!("/ada/engine/resolve/{COMMIT}/saved_model.pb"), Answer::ok("abc"));
        let place = Place::new().variable("HF_ENDPOINT", server.url(""));
        let error = place.hub().resolve("hf://ada/engine").expect_err("it is not what was listed");
        assert!(matches!(error, Error::Truncated { .. } | Error::ChecksumMismatch { .. }), "{error:?}");
        assert!(place.names().is_empty(), "{:?}", place.names());
    }
}

#[test]
fn a_private_repository_says_so() {
    let server = Server::start();
    server.on("/api/models/ada/engine/revision/main", Answer::status(401));
    let place = Place::new().variable("HF_ENDPOINT", server.url(""));
    let error = place.hub().resolve("hf://ada/engine").expect_err("it is private");
    assert!(error.to_string().contains("gated"), "{error}");
}
