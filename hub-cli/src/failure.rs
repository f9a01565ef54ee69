//! How a command fails: what is printed on stderr, and the exit code.
//!
//! `main` reports what a command returns.

use std::error::Error;
use std::io::{self, Write, stderr};
use std::process::ExitCode;

/// What ended a command.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The library's reason.
    Hub(hub_core::Error),
    /// The reason of the crate for TF1 Hub modules.
    Legacy(hub_legacy::Error),
    /// The reason of the crate for layers and training.
    Layers(Box<hub_layers::Error>),
    /// What was asked for does not fit what was found.
    Refused {
        /// Why.
        why: String,
    },
    /// A figure that was not reached.
    Missed {
        /// Of what.
        what: &'static str,
        /// The least that was wanted.
        wanted: f64,
        /// What it is.
        reached: f64,
    },
    /// The library's reason, with what to write on the command line instead.
    Explained {
        /// The reason.
        error: Box<hub_core::Error>,
        /// What to do next.
        hint: String,
    },
    /// Stdout cannot be written.
    Output(io::Error),
}

impl From<hub_core::Error> for Failure {
    fn from(error: hub_core::Error) -> Failure {
        Failure::Hub(error)
    }
}

impl From<hub_legacy::Error> for Failure {
    fn from(error: hub_legacy::Error) -> Failure {
        match error {
            hub_legacy::Error::Core(error) => Failure::Hub(error),
            error => Failure::Legacy(error),
        }
    }
}

impl From<hub_layers::Error> for Failure {
    fn from(error: hub_layers::Error) -> Failure {
        Failure::Layers(Box::new(error))
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::Output(error)
    }
}

impl Failure {
    /// Prints the message with its causes and the hint; answers with the exit code.
    pub(crate) fn report(self) -> ExitCode {
        // A closed stderr cannot be told anything.
        let _ = match &self {
            // The reader has seen enough: `tfhub ... | head`.
            Failure::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => return ExitCode::SUCCESS,
            Failure::Output(error) => writeln!(stderr(), "tfhub: cannot write the result: {error}"),
            Failure::Hub(error) => report(error, error.hint()),
            Failure::Legacy(error) => report(error, error.hint()),
            Failure::Layers(error) => report(&**error, error.hint()),
            Failure::Refused { why } => writeln!(stderr(), "tfhub: {why}"),
            Failure::Missed { what, wanted, reached } => {
                writeln!(stderr(), "tfhub: {what} failed: expected at least {wanted}, found {reached:.4}")
            }
            Failure::Explained { error, hint } => report(&**error, Some(hint.clone())),
        };
        ExitCode::from(1)
    }
}

fn report(error: &dyn Error, hint: Option<String>) -> io::Result<()> {
    let mut text = format!("tfhub: {error}");
    let mut cause = error.source();
    while let Some(reason) = cause {
        text += &format!(": {reason}");
        cause = reason.source();
    }
    writeln!(stderr(), "{text}")?;
    hint.map_or(Ok(()), |hint| writeln!(stderr(), "hint: {hint}"))
}
