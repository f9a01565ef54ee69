//! No secret is seen: in errors, `Debug`, logs, or notes.

use std::fmt::{self, Write};

use hub_fixtures::server::{Answer, Script, Server};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event as LogEvent, Metadata, Subscriber};

use super::*;

/// A subscriber that keeps every field of every event.
#[derive(Clone, Debug, Default)]
struct Log(Arc<Mutex<String>>);

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("hub_core")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &LogEvent<'_>) {
        event.record(&mut Line(self.0.lock().expect("no test panics with the lock")));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Line<'a>(std::sync::MutexGuard<'a, String>);

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        writeln!(self.0, "{field}={value:?}").expect("texts can be written to");
    }
}

#[test]
fn fault_178_no_secret_in_errors_debug_and_log() {
    let server = Server::start();
    server.on("/signed", Answer::status(403));
    let (log, notes) = (Log::default(), Arc::new(Notes::default()));
    let mut shown = String::new();
    // With a single subscriber, events that another test's thread meets first are off for all threads.
    let _second = tracing::Dispatch::new(Log::default());
    tracing::subscriber::with_default(log.clone(), || {
        let (client, _) = client_of(&settings(&[]).progress(notes.clone()));
        let answers = [
            Script::from(Answer::redirect("/signed?sig=canary")),
            Script::new().close(),
            Answer::status(500).into(),
            Answer::ok("0123").length(9).into(),
            Answer::status(302).header("Location", "ftp://canary:canary@canary.test").into(),
            Script::new().send("canary canary canary\r\n\r\n").close(),
        ];
        for answer in answers {
            server.on("/m", answer);
            let address = server.url("/m?token=canary&tf-hub-format=compressed").replace("://", "://me:canary@");
            let asked = request(&address).authorization("Bearer canary");
            let error = client.open(&asked).and_then(read).expect_err("none of these is a file");
            writeln!(shown, "{asked:?} {error} {error:?} {:?}", error.hint()).expect("texts can be written to");
        }
        server.on("/m", Answer::redirect("/there?sig=canary"));
        server.on("/there", Answer::ok("there"));
        let answer = client.open(&request(&server.url("/m")).authorization("Bearer canary")).expect("it is there");
        write!(shown, "{answer:?} {:?}", answer.shown()).expect("texts can be written to");
        writeln!(shown, "{:?}", answer.into_body()).expect("texts can be written to");
    });
    let log = log.0.lock().expect("no test panics with the lock").clone();
    assert!(log.contains("status=403") && log.contains("tries again"), "the log is kept: {log}");
    assert!(!notes.all().is_empty());
    let all = format!("{shown}\n{log}\n{:?}", notes.all());
    // The host of a refused redirect is shown; it is where an attacker wants to lead us.
    assert!(!all.replace("canary.test", "").contains("canary"), "{all}");
}
