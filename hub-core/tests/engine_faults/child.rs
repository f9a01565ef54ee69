//! This test program again, as a child with an environment of its own.
//!
//! The test [`role`] does nothing unless the variable says what it should be; then it acts and ends the process.

use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use hub_core::Error;
use hub_core::engine::{self, Options, tensorflow_text};
use hub_core::progress::Lines;

use crate::warnings;

const ROLE: &str = "ENGINE_FAULTS_ROLE";

/// A child in a role, with none of this process's variables but those given.
pub(crate) fn command(role: &str, variables: &[(&str, &Path)]) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program has a path"));
    command.args(["--exact", "child::role", "--nocapture", "--quiet"]).env_clear().env(ROLE, role);
    command.envs(variables.iter().copied());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs a child to its end; answers with its exit code and everything that it said.
pub(crate) fn run(role: &str, variables: &[(&str, &Path)]) -> (Option<i32>, String) {
    finish(command(role, variables).spawn().expect("the child starts"))
}

/// Waits for a child.
pub(crate) fn finish(child: Child) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } = child.wait_with_output().expect("the child ends");
    (status.code(), String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr))
}

#[test]
fn role() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let options =
        Options::from_env().progress(Arc::new(Lines::default())).limits(|limits| limits.install_bytes = Some(0));
    warnings::print();
    let code = match role.as_str() {
        "start" => report(engine::start_with(options).map(started)),
        "start twice" => report(start_twice(options)),
        "start in threads" => report(start_in_threads()),
        "install" => report(engine::install(&options).map(|path| path.display().to_string())),
        "install text" => report(install_text(&options)),
        role => panic!("no role `{role}`"),
    };
    std::process::exit(code);
}

/// Says where TensorFlow Text was looked for, and installs it.
fn install_text(options: &Options) -> hub_core::Result<String> {
    for candidate in tensorflow_text::candidates(options)? {
        println!("{candidate}");
    }
    tensorflow_text::install(options).map(|path| path.display().to_string())
}

fn started(engine: &engine::Engine) -> String {
    format!("started {} {} ({})", engine.version(), engine.path().display(), engine.source())
}

/// Starts, checks that the environment is as before, and asks for the library in `SECOND`.
fn start_twice(options: Options) -> hub_core::Result<String> {
    let variables = || std::env::vars_os().collect::<Vec<_>>();
    let before = variables();
    let first = engine::start_with(options.clone())?;
    assert_eq!(variables(), before, "the environment is put back");
    assert!(std::ptr::eq(first, engine::start()?), "the engine is the same");
    let second = std::env::var_os("SECOND").expect("the variable is set");
    engine::start_with(options.library(second)).map(started)
}

/// Starts in eight threads at once; one of them is still running when the process exits.
fn start_in_threads() -> hub_core::Result<String> {
    std::thread::spawn(|| {
        loop {
            let _ = engine::start();
            std::thread::sleep(Duration::from_millis(1));
        }
    });
    let threads: Vec<_> = (0..8).map(|_| std::thread::spawn(|| engine::start().map(started))).collect();
    let answers: hub_core::Result<Vec<String>> =
        threads.into_iter().map(|thread| thread.join().expect("no thread panics")).collect();
    let answers = answers?;
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
    Ok(answers.into_iter().next().unwrap_or_default())
}

/// Prints what came out: the error's variant is the first word of its debug form.
fn report(result: Result<String, Error>) -> i32 {
    let mut out = std::io::stdout();
    let written = match &result {
        Ok(text) => writeln!(out, "{text}"),
        Err(error) => writeln!(out, "{error:?}\n{error}\nhint: {}", error.hint().unwrap_or_default()),
    };
    written.and_then(|()| out.flush()).expect("stdout is there");
    i32::from(result.is_err())
}
