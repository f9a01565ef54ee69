//! A process of Python that reads what was saved: `fixtures/saving/check.py`.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use hub_core::Structure;
use serde_json::{Value as Json, json};

pub(crate) struct Python {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Python {
    /// Starts one; `None` where there is no interpreter, which is printed.
    pub(crate) fn start() -> Option<Python> {
        let Some(interpreter) = std::env::var_os("TFHUB_PYTHON").filter(|path| !path.is_empty()) else {
            eprintln!("skipped: TFHUB_PYTHON names no interpreter with TensorFlow");
            return None;
        };
        let mut child = Command::new(interpreter)
            .arg(hub_fixtures::folder("saving/check.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the interpreter in TFHUB_PYTHON runs");
        let questions = child.stdin.take().expect("it is piped");
        let answers = BufReader::new(child.stdout.take().expect("it is piped"));
        Some(Python { child, questions, answers })
    }

    /// Asks one question.
    pub(crate) fn ask(&mut self, question: Json) -> Json {
        writeln!(self.questions, "{question}").expect("the process listens");
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("the process answers");
        let mut answer: Json = serde_json::from_str(&line).unwrap_or_else(|why| panic!("{why}: {line}"));
        match answer.get_mut("ok") {
            Some(said) => said.take(),
            None => panic!("{question}: {answer}"),
        }
    }

    /// What the model gives for these arguments.
    pub(crate) fn call(&mut self, model: &Path, arguments: &[Json]) -> Structure {
        hub_fixtures::nest(&self.ask(json!({"call": model, "args": arguments})))
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        // One that has ended already is gone.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
