//! A process of Python that answers questions, one JSON object a line, with the interpreter in `TFHUB_PYTHON`.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value as Json;

use super::golden::fixture;

pub(crate) struct Python {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Python {
    /// Starts a script of `fixtures/`; `None` where there is no interpreter, which is printed.
    pub(crate) fn start(script: &str) -> Option<Python> {
        let Some(interpreter) = std::env::var_os("TFHUB_PYTHON").filter(|path| !path.is_empty()) else {
            eprintln!("skipped: TFHUB_PYTHON names no interpreter with TensorFlow");
            return None;
        };
        let mut child = Command::new(interpreter)
            .arg(fixture(script))
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
        let answer: Json = serde_json::from_str(&line).unwrap_or_else(|why| panic!("{why}: {line}"));
        assert!(answer.get("error").is_none(), "{question}: {}", answer["error"]);
        answer
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
