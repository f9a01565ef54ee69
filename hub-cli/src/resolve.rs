//! `tfhub resolve`: where the model of a handle lies, downloaded into the cache where it is not there yet.

use std::io::Write;

use clap::Args;

use crate::failure::Failure;
use crate::sources::Sources;

/// Download a model into the cache unless it is there, and print its directory
#[derive(Args)]
pub(crate) struct Resolve {
    /// The model: an address, a Kaggle handle, gs://, hf://, or a path
    handle: String,

    #[command(flatten)]
    sources: Sources,
}

impl Resolve {
    pub(crate) fn run(self, out: &mut dyn Write) -> Result<(), Failure> {
        let directory = self.sources.hub()?.resolve(&self.handle)?;
        writeln!(out, "{}", directory.display())?;
        Ok(())
    }
}
