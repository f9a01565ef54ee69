//! A process of Python that resolves handles.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

/// A process that runs `fixtures/interplay/resolve.py`.
pub(crate) struct Python {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Python {
    /// Starts one; `None` where there is no interpreter, which is printed.
    pub(crate) fn start(patience: Duration) -> Option<Python> {
        let Some(interpreter) = std::env::var_os("TFHUB_PYTHON").filter(|path| !path.is_empty()) else {
            eprintln!("skipped: TFHUB_PYTHON names no interpreter with tensorflow_hub");
            return None;
        };
        let mut python = Python::spawn(interpreter, patience);
        assert_eq!(python.line(), "ready", "the interpreter in TFHUB_PYTHON has tensorflow_hub");
        Some(python)
    }

    fn spawn(interpreter: OsString, patience: Duration) -> Python {
        let script = hub_fixtures::folder("interplay/resolve.py");
        let mut child = Command::new(interpreter)
            .arg(script)
            .args([patience.as_secs_f64().to_string(), "0.2".into()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the interpreter in TFHUB_PYTHON runs");
        let questions = child.stdin.take().expect("it is piped");
        let answers = BufReader::new(child.stdout.take().expect("it is piped"));
        Python { child, questions, answers }
    }

    /// Asks for a handle; [`Python::answer`] waits for what comes of it.
    pub(crate) fn ask(&mut self, cache: &Path, handle: &str) {
        writeln!(self.questions, "{}\t{handle}", cache.display()).expect("the process listens");
    }

    /// The directory of the handle that was asked for last.
    pub(crate) fn answer(&mut self) -> PathBuf {
        let line = self.line();
        match line.split_once('\t') {
            Some(("ok", directory)) => directory.into(),
            _ => panic!("Python: {line}"),
        }
    }

    /// Asks, and waits for the answer.
    pub(crate) fn resolve(&mut self, cache: &Path, handle: &str) -> PathBuf {
        self.ask(cache, handle);
        self.answer()
    }

    /// Kills the process at once.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("the process answers");
        line.trim_end().to_owned()
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        // A process that was killed already is gone.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
