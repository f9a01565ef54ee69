//! The 303 protocol.

use hub_core::{Error, Hub, LoadFormat};
use hub_fixtures::server::{Answer, Server};

use crate::support::{Place, assert_model, tar_gz};

fn hub(place: &Place) -> Hub {
    Hub::with_settings(place.settings().load_format(LoadFormat::Uncompressed))
}

fn place(store: &Server) -> Place {
    Place::new().variable("STORAGE_EMULATOR_HOST", store.url(""))
}

fn refusal(answer: Answer) -> Error {
    let server = Server::start();
    server.on("/model", answer);
    let place = place(&server);
    let error = hub(&place).resolve(&server.url("/model")).expect_err("the answer breaks the protocol");
    assert!(place.names().is_empty(), "{:?}", place.names());
    error
}

#[test]
fn case_56_the_server_is_asked_once_and_its_place_is_used() {
    let server = Server::start();
    server.on("/model", Answer::status(303).body("gs://bucket/models/m.tar.gz"));
    server.on("/storage/v1/b/bucket/o/models%2Fm.tar.gz", Answer::ok(tar_gz()));
    let place = place(&server);
    let directory = hub(&place).resolve(&server.url("/model")).expect("it resolves");
    assert_model(&directory);
    let asked: Vec<String> = server.requests().iter().map(|request| request.target.clone()).collect();
    assert_eq!(asked[0], "/model?tf-hub-format=uncompressed");
    assert_eq!(asked.len(), 2, "{asked:?}");
}

#[test]
fn case_73_another_place_is_refused() {
    for body in ["https://example.org/m.tar.gz", "hello", ""] {
        let text = refusal(Answer::status(303).body(body)).to_string();
        assert!(text.contains(&format!("Expected server to return a GCS location but received {body}")), "{text}");
    }
}

#[test]
fn case_74_and_75_another_status_is_refused() {
    for status in [200, 404] {
        let text = refusal(Answer::status(status).body("gs://bucket/m")).to_string();
        let expected = format!("Expected 303 See other HTTP response but received code {status}");
        assert!(text.contains(&expected), "{text}");
    }
}

#[test]
fn case_260_a_location_is_followed_and_its_answer_refused() {
    let text = refusal(Answer::status(303).header("Location", "/elsewhere").body("gs://b/m")).to_string();
    assert!(text.contains("Expected 303 See other HTTP response but received code 404"), "{text}");
}

#[test]
fn fault_51_a_long_answer_is_refused() {
    let error = refusal(Answer::status(303).body("gs://".to_owned() + &"a".repeat(10 << 20)));
    assert!(matches!(error, Error::TooLarge { .. }), "{error:?}");
}
