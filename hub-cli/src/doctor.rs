//! `tfhub doctor`: where the TensorFlow library was looked for, what was found, and whether it starts.
//!
//! With `--install` the engine is installed first, unless it is installed and whole. Without it nothing is fetched and
//! nothing written.

use std::io::Write;

use clap::Args;
use hub_core::engine::{self, Options};

use crate::failure::Failure;

/// Say which TensorFlow library is used, and why others are not
#[derive(Args)]
pub(crate) struct Doctor {
    /// Install the library into the engine cache where it is not installed yet
    #[arg(long)]
    install: bool,
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
        let engine = engine::start_with(options.offline(true))?;
        writeln!(out, "TensorFlow {} starts: {} ({})", engine.version(), engine.path().display(), engine.source())?;
        Ok(())
    }
}
