//! Models on Kaggle: its interface, credentials, and kagglehub's cache.

use std::fs;

use hub_core::{Error, Hub};
use hub_fixtures::server::{Answer, Server};

use crate::support::{Place, assert_model, model, tar_gz};

const MODEL: &str = "google/nnlm/tensorFlow2/en-dim50";
const DOWNLOAD: &str = "/api/v1/models/google/nnlm/tensorFlow2/en-dim50/2/download";
const GET: &str = "/api/v1/models/google/nnlm/tensorFlow2/en-dim50/get";

/// Kaggle, and the store that it redirects downloads to.
fn kaggle() -> (Server, Server) {
    let (kaggle, store) = (Server::start(), Server::start());
    store.on("/m.tar.gz", Answer::ok(tar_gz()));
    kaggle.on(GET, Answer::ok(r#"{"id": 1, "versionNumber": 2}"#).header("Content-Type", "application/json"));
    kaggle.on(DOWNLOAD, Answer::redirect(store.url("/m.tar.gz?X-Goog-Signature=canary")));
    (kaggle, store)
}

fn place(kaggle: &Server) -> Place {
    Place::new().variable("KAGGLE_API_ENDPOINT", kaggle.url(""))
}

#[test]
fn every_form_of_a_handle_leads_to_the_same_download() {
    let (kaggle, _store) = kaggle();
    let place = place(&kaggle);
    for handle in [
        "https://www.kaggle.com/models/google/nnlm/tensorFlow2/en-dim50/2",
        "https://www.kaggle.com/models/google/nnlm/frameworks/TensorFlow2/variations/en-dim50/versions/2",
        "google/nnlm/tensorFlow2/en-dim50/2",
    ] {
        assert_model(&place.hub().resolve(handle).expect(handle));
    }
    assert_eq!((kaggle.count(DOWNLOAD), kaggle.count(GET)), (3, 0));
}

#[test]
fn without_a_version_the_newest_is_taken_once() {
    let (kaggle, _store) = kaggle();
    let place = place(&kaggle);
    let directory = place.hub().resolve(MODEL).expect("it resolves");
    assert_model(&directory);
    assert_eq!(place.hub().resolve(MODEL).expect("it is there"), directory);
    assert_eq!((kaggle.count(DOWNLOAD), kaggle.count(GET)), (1, 1));
}

#[test]
fn credentials_go_to_kaggle_and_nowhere_else() {
    let (kaggle, store) = kaggle();
    let place = place(&kaggle).variable("KAGGLE_USERNAME", "ada").variable("KAGGLE_KEY", "canary");
    place.hub().resolve(MODEL).expect("it resolves");
    assert!(kaggle.requests().iter().all(|request| request.header("authorization").is_some()));
    assert!(store.requests().iter().all(|request| request.header("authorization").is_none()));
    for name in place.names() {
        let text = fs::read_to_string(place.cache().join(name)).unwrap_or_default();
        assert!(!text.contains("canary"), "{text}");
    }
}

#[test]
fn a_refusal_says_what_it_means() {
    let server = Server::start();
    for (status, meaning) in [(403, "consent"), (404, "removed"), (401, "credentials")] {
        server.on(DOWNLOAD, Answer::status(status));
        let error = place(&server).hub().resolve(&format!("{MODEL}/2")).expect_err("it is refused");
        assert!(error.to_string().contains(meaning), "{error}");
        assert!(matches!(error, Error::HttpStatus { .. }), "{error:?}");
    }
}

#[test]
fn a_model_in_kagglehubs_cache_is_used_where_it_lies() {
    let (kaggle, _store) = kaggle();
    let root = tempfile::tempdir().expect("a temporary directory");
    let version = root.path().join("models/google/nnlm/tensorFlow2/en-dim50/2");
    fs::create_dir_all(&version).expect("it is made");
    fs::copy(model().join("saved_model.pb"), version.join("saved_model.pb")).expect("it is copied");
    fs::write(version.with_extension("complete"), "").expect("it is marked");
    let place = place(&kaggle).variable("KAGGLEHUB_CACHE", root.path().to_str().expect("UTF-8"));
    assert_eq!(place.hub().resolve(&format!("{MODEL}/2")).expect("it is there"), version);
    let offline = Hub::with_settings(place.settings().offline(true));
    assert_eq!(offline.resolve(MODEL).expect("the newest that is there"), version);
    assert_eq!(kaggle.connections(), 0);
    assert!(!place.cache().exists());
}
