//! Models of tfhub.dev, which live on Kaggle now.

use std::net::SocketAddr;

use hub_core::{Error, Hub};
use hub_fixtures::server::{Answer, Authority, Certificate, Server};

use crate::support::{Place, assert_model, tar_gz};

const HANDLE: &str = "https://tfhub.dev/google/nnlm-en-dim50/2";
const PAGE: &str = "https://www.kaggle.com/models/google/nnlm/frameworks/TensorFlow2/variations/en-dim50/versions/1";

/// A server that is tfhub.dev and www.kaggle.com, and a hub that is led to it.
struct World {
    server: Server,
    place: Place,
    certificates: tempfile::NamedTempFile,
}

impl World {
    fn new() -> World {
        let authority = Authority::new();
        let server = Server::encrypted(&authority, &Certificate::of(["tfhub.dev", "www.kaggle.com"]));
        let certificates = tempfile::NamedTempFile::new().expect("a temporary file");
        authority.write_pem(certificates.path()).expect("it is written");
        let port = server.address().port();
        let place = Place::new().variable("KAGGLE_API_ENDPOINT", format!("https://www.kaggle.com:{port}"));
        server.with("/google/nnlm-en-dim50/2", move |request| {
            let query = request.target.split('?').nth(1).expect("a query").to_owned();
            Answer::redirect(format!("{PAGE}?{query}"))
        });
        World { server, place, certificates }
    }

    fn hub(&self) -> Hub {
        let address: SocketAddr = self.server.address();
        let settings = self.place.settings().certificates(self.certificates.path());
        Hub::with_settings(settings.route("tfhub.dev", address).route("www.kaggle.com", address))
    }

    fn path_of_page() -> &'static str {
        PAGE.strip_prefix("https://www.kaggle.com").expect("it is there")
    }
}

#[test]
fn a_handle_follows_the_models_to_kaggle() {
    let world = World::new();
    world.server.on(World::path_of_page(), Answer::ok(tar_gz()));
    assert_model(&world.hub().resolve(HANDLE).expect("Kaggle answers with the archive"));
}

#[test]
fn a_page_instead_of_an_archive_leads_to_kaggles_interface() {
    let download = "/api/v1/models/google/nnlm/tensorFlow2/en-dim50/1/download";
    for page in [Answer::ok("<!doctype html>").header("Content-Type", "text/html"), Answer::status(403)] {
        let world = World::new();
        world.server.on(World::path_of_page(), page);
        world.server.on(download, Answer::ok(tar_gz()));
        assert_model(&world.hub().resolve(HANDLE).expect("the interface answers"));
    }
}

#[test]
fn a_removed_model_consent_and_a_login_are_told_apart() {
    let world = World::new();
    let refused = |status: u16| {
        world.server.on(World::path_of_page(), Answer::status(status));
        let download = "/api/v1/models/google/nnlm/tensorFlow2/en-dim50/1/download";
        world.server.on(download, Answer::status(status));
        world.hub().resolve(HANDLE).expect_err("it is refused").to_string()
    };
    assert!(refused(404).contains("removed"));
    assert!(refused(403).contains("consent"));
    world.server.on("/google/nnlm-en-dim50/2", Answer::status(404));
    let error = world.hub().resolve(HANDLE).expect_err("it is gone");
    assert!(error.to_string().contains("never moved"), "{error}");
    world.server.on("/google/nnlm-en-dim50/2", Answer::ok("<html>Log in</html>").header("Content-Type", "text/html"));
    let error = world.hub().resolve(HANDLE).expect_err("it is a page");
    assert!(matches!(&error, Error::NotAnArchive { what, .. } if what.contains("HTML")), "{error:?}");
}
