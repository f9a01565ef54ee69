//! Lock files: the same handle gives the same bytes, and folders that go along with a program.

use hub_core::{Error, Handle, Hub, Lockfile};
use hub_fixtures::server::{Answer, Server};

use crate::support::{Place, assert_model, tar_gz};

/// A server with the model, and the handle of that.
fn served() -> (Server, Handle) {
    let server = Server::start();
    server.on("/model", Answer::ok(tar_gz()));
    let handle = server.url("/model").parse().expect("a handle");
    (server, handle)
}

fn locked(place: &Place, handle: &Handle) -> Lockfile {
    let mut lockfile = Lockfile::new(place.directory.path().join("hub.lock"));
    lockfile.insert(handle, place.hub().lock(handle).expect("it is locked"));
    lockfile
}

#[test]
fn a_locked_handle_gives_the_same_bytes_on_every_machine() {
    let (_server, handle) = served();
    let here = Place::new();
    let lockfile = locked(&here, &handle);
    let description = &lockfile.get(&handle).expect("it is there").description;
    assert_eq!(description["meta_graphs"][0]["tags"][0], "serve");
    let there = Place::new();
    let hub = Hub::with_settings(there.settings().locked(lockfile.clone()));
    assert_model(&hub.resolve_handle(&handle).expect("the bytes are the same"));
    let error = hub.resolve("https://tfhub.dev/google/nnlm-en-dim50/2").expect_err("it is not locked");
    assert!(matches!(error, Error::NotLocked { .. }), "{error:?}");
}

#[test]
fn fault_47_other_bytes_are_refused_and_not_cached() {
    let (server, handle) = served();
    let lockfile = locked(&Place::new(), &handle);
    let packed = hub_fixtures::folder("digits_features/digits_features.tar.gz");
    server.on("/model", Answer::ok(std::fs::read(packed).expect("the archive is there")));
    let there = Place::new();
    let hub = Hub::with_settings(there.settings().locked(lockfile.clone()));
    let before = server.count("/model");
    let error = hub.resolve_handle(&handle).expect_err("the bytes are others");
    let expected = &lockfile.get(&handle).expect("it is there").sha256;
    assert!(matches!(&error, Error::ChecksumMismatch { expected: text, .. } if text == expected), "{error:?}");
    assert_eq!(server.count("/model"), before + 1);
    assert!(there.names().is_empty(), "{:?}", there.names());
}

#[test]
fn a_cached_model_that_was_altered_is_noticed() {
    let (_server, handle) = served();
    let place = Place::new();
    let lockfile = locked(&place, &handle);
    let directory = place.hub().resolve_handle(&handle).expect("it is there");
    let mut bytes = std::fs::read(directory.join("fingerprint.pb")).expect("it is there");
    bytes[0] ^= 1;
    std::fs::write(directory.join("fingerprint.pb"), bytes).expect("it is written");
    let hub = Hub::with_settings(place.settings().locked(lockfile));
    let error = hub.resolve_handle(&handle).expect_err("a byte is another");
    assert!(matches!(error, Error::ChecksumMismatch { .. }), "{error:?}");
}

#[test]
fn a_vendored_folder_is_a_cache() {
    let (_server, handle) = served();
    let place = Place::new();
    let folder = place.directory.path().join("vendored");
    let copied = place.hub().vendor(&handle, &folder).expect("it is copied");
    assert_model(&copied);
    let offline = Hub::with_settings(place.settings().cache_dir(&folder).offline(true));
    assert_eq!(offline.resolve_handle(&handle).expect("it is there"), copied);
}
