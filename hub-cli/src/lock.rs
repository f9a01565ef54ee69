//! `tfhub lock`: which bytes handles stand for, written into `hub.lock`.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use hub_core::{Handle, Hub, Lockfile};

use crate::failure::Failure;
use crate::sources::{LOCKFILE, settings};

/// Resolve handles and write down which bytes they stand for
#[derive(Args)]
pub(crate) struct Lock {
    /// The models
    #[arg(required = true)]
    handles: Vec<String>,

    /// The lock file; handles that are in it already stay there
    #[arg(long, value_name = "FILE", default_value = LOCKFILE)]
    file: PathBuf,
}

impl Lock {
    pub(crate) fn run(self, out: &mut dyn Write) -> Result<(), Failure> {
        let hub = Hub::with_settings(settings());
        let mut lockfile = if self.file.exists() { Lockfile::read(&self.file)? } else { Lockfile::new(&self.file) };
        for text in &self.handles {
            let handle: Handle = text.parse()?;
            let locked = hub.lock(&handle)?;
            writeln!(out, "{} {handle}", locked.sha256)?;
            lockfile.insert(&handle, locked);
        }
        lockfile.write()?;
        Ok(())
    }
}
