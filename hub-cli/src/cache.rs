//! `tfhub cache`: what is in the cache, whether it is whole, and what can go.

use std::io::Write;
use std::time::Duration;

use clap::{Args, Subcommand};
use hub_core::{Cache as Store, PruneOptions};

use crate::failure::Failure;
use crate::sources::settings;

/// Look at the cache of downloaded models
#[derive(Args)]
pub(crate) struct Cache {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Print the cache's directory
    Path,
    /// List the models: size, directory, handle
    List,
    /// Compare every byte with what was downloaded
    Verify,
    /// Remove what killed downloads left
    Prune {
        /// Remove also models that were not used for so many days
        #[arg(long, value_name = "DAYS")]
        unused_for: Option<u64>,

        /// Only print what would be removed
        #[arg(long)]
        dry_run: bool,
    },
}

impl Cache {
    pub(crate) fn run(self, out: &mut dyn Write) -> Result<(), Failure> {
        let cache = Store::of(&settings());
        match self.command {
            Command::Path => writeln!(out, "{}", cache.directory().display())?,
            Command::List => list(&cache, out)?,
            Command::Verify => verify(&cache, out)?,
            Command::Prune { unused_for, dry_run } => {
                let mut options = PruneOptions::new().dry_run(dry_run);
                if let Some(days) = unused_for {
                    options = options.unused_for(Duration::from_secs(days.saturating_mul(24 * 3600)));
                }
                prune(&cache, &options, dry_run, out)?;
            }
        }
        Ok(())
    }
}

fn list(cache: &Store, out: &mut dyn Write) -> Result<(), Failure> {
    for entry in cache.entries()? {
        let handle = entry.handle.as_deref().unwrap_or("(handle unknown)");
        let damage = entry.damage.map(|why| format!("  damaged: {why}")).unwrap_or_default();
        writeln!(out, "{:>12}  {}  {handle}{damage}", entry.size_bytes, entry.path.display())?;
    }
    Ok(())
}

fn verify(cache: &Store, out: &mut dyn Write) -> Result<(), Failure> {
    let mut damaged = None;
    for entry in cache.entries()? {
        let differences = cache.verify(&entry)?;
        let handle = entry.handle.as_deref().unwrap_or("(handle unknown)");
        let state = match (differences.is_empty(), &entry.manifest) {
            (true, Some(_)) => "whole",
            (true, None) => "looks whole, without digests",
            (false, _) => "damaged",
        };
        writeln!(out, "{state}: {}  {handle}", entry.path.display())?;
        for difference in &differences {
            writeln!(out, "  {}", difference.why)?;
        }
        if let (Some(first), None) = (differences.into_iter().next(), &damaged) {
            damaged = Some(hub_core::Error::CacheCorrupt { path: entry.path, why: first.why });
        }
    }
    damaged.map_or(Ok(()), |error| Err(error.into()))
}

fn prune(cache: &Store, options: &PruneOptions, dry_run: bool, out: &mut dyn Write) -> Result<(), Failure> {
    let pruned = cache.prune(options)?;
    for path in &pruned.removed {
        writeln!(out, "{}", path.display())?;
    }
    let done = if dry_run { "would be freed" } else { "freed" };
    writeln!(out, "{} bytes {done}", pruned.freed_bytes)?;
    Ok(())
}
