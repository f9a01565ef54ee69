//! Python at work beside a bench: it does on request what the Rust side does, and says how long that took.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

/// Python at work on requests.
#[derive(Debug)]
pub struct Python {
    child: Child,
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Python {
    /// Starts `python/{script}`, which makes its models in `models` and then says that it is ready.
    ///
    /// # Panics
    /// Where it cannot.
    pub fn start(interpreter: &str, script: &str, models: &Path) -> Python {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python").join(script);
        let mut command = Command::new(interpreter);
        command.arg(script).arg(models).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("the interpreter");
        let requests = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut python = Python { child, requests, answers };
        assert_eq!(python.line(), "ready", "Python could not make the models");
        python
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("an answer");
        line.trim().to_owned()
    }

    /// The time that the request took there.
    ///
    /// # Panics
    /// Where Python has ended.
    pub fn time(&mut self, request: &str) -> Duration {
        let requests = self.requests.as_mut().expect("open until dropped");
        writeln!(requests, "{request}").expect("Python listens");
        Duration::from_secs_f64(self.line().parse::<f64>().expect("a number") / 1000.0)
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        self.requests = None; // the end of its input ends it
        let _ = self.child.wait();
    }
}
