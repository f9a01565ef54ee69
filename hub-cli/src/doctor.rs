//! `tfhub doctor`: where the TensorFlow library was looked for, what was found, and whether it starts.
//!
//! With `--install` the engine is installed first, unless it is installed and whole; with `--ops text` TensorFlow Text
//! too. Without it nothing is fetched and nothing written.

use std::io::Write;

use clap::{Args, ValueEnum};
use hub_core::engine::{self, Options, tensorflow_text};

use crate::failure::Failure;

/// Say which TensorFlow library is used, and why others are not
#[derive(Args)]
pub(crate) struct Doctor {
    /// Install the library into the engine cache where it is not installed yet
    #[arg(long)]
    install: bool,
    /// Look for TensorFlow Text too, the op libraries for tokenizers
    #[arg(long, value_name = "text")]
    ops: Option<Ops>,
}

/// What `--ops` may name here.
#[derive(Clone, Copy, ValueEnum)]
enum Ops {
    Text,
}

impl Doctor {
    pub(crate) fn run(self, out: &mut dyn Write) -> Result<(), Failure> {
        let options = Options::from_env();
        if self.install {
            writeln!(out, "installed: {}", engine::install(&options)?.display())?;
        }
        for (position, candidate) in engine::candidates(&options).iter().enumerate() {
            writeln!(out, "{}. {candidate}", position + 1)?;
        }
        let engine = engine::start_with(options.clone().offline(true))?;
        writeln!(out, "TensorFlow {} starts: {} ({})", engine.version(), engine.path().display(), engine.source())?;
        if let Some(Ops::Text) = self.ops {
            if self.install {
                writeln!(out, "installed: {}", tensorflow_text::install(&options)?.display())?;
            }
            for candidate in tensorflow_text::candidates(&options)? {
                writeln!(out, "TensorFlow Text: {candidate}")?;
            }
        }
        Ok(())
    }
}
