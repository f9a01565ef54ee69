//! `tfhub vendor`: the models of a lock file in a folder that is a cache itself.
//!
//! A program that is started with `TFHUB_CACHE_DIR` set to the folder needs no network; Python's tensorflow_hub reads
//! the same folder.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use hub_core::{Handle, HandleKind, Hub, Lockfile};

use crate::failure::Failure;
use crate::sources::{LOCKFILE, settings};

/// Copy the models of a lock file into a folder that serves as a cache
#[derive(Args)]
pub(crate) struct Vendor {
    /// The folder
    directory: PathBuf,

    /// The lock file
    #[arg(long, value_name = "FILE", default_value = LOCKFILE)]
    file: PathBuf,
}

impl Vendor {
    pub(crate) fn run(self, out: &mut dyn Write) -> Result<(), Failure> {
        let lockfile = Lockfile::read(&self.file)?;
        let hub = Hub::with_settings(settings().locked(lockfile.clone()));
        for text in lockfile.handles() {
            let handle: Handle = text.parse()?;
            if matches!(handle.kind(), HandleKind::Path(_)) {
                eprintln!("`{handle}` is a path and is left where it is");
                continue;
            }
            let directory = hub.vendor(&handle, &self.directory)?;
            writeln!(out, "{} {handle}", directory.display())?;
        }
        Ok(())
    }
}
