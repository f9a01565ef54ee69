//! Where the commands take models from: the settings of the environment, and the options that all of them share.

use std::path::PathBuf;

use clap::Args;
use hub_core::{Hub, Lockfile, Settings, StopSignal};

use crate::failure::Failure;

/// The name of a lock file where none is given.
pub(crate) const LOCKFILE: &str = "hub.lock";

/// What may be downloaded.
#[derive(Args)]
pub(crate) struct Sources {
    /// Download nothing
    #[arg(long)]
    offline: bool,

    /// Take only handles in the lock file, and only the bytes that it names
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = LOCKFILE)]
    locked: Option<PathBuf>,
}

impl Sources {
    /// A hub that keeps to the options.
    pub(crate) fn hub(&self) -> Result<Hub, Failure> {
        Ok(self.stoppable_hub()?.0)
    }

    /// A hub that keeps to the options, and the signal that Ctrl-C gives: for commands that go on working after it.
    pub(crate) fn stoppable_hub(&self) -> Result<(Hub, StopSignal), Failure> {
        let (mut settings, stop) = stoppable_settings();
        if self.offline {
            settings = settings.offline(true);
        }
        if let Some(path) = &self.locked {
            settings = settings.locked(Lockfile::read(path)?);
        }
        Ok((Hub::with_settings(settings), stop))
    }
}

/// The settings of the environment; Ctrl-C stops downloads and waits, so that they clear away what they began.
pub(crate) fn settings() -> Settings {
    stoppable_settings().0
}

fn stoppable_settings() -> (Settings, StopSignal) {
    let stop = StopSignal::new();
    let given = stop.clone();
    let handler = move || {
        if given.is_stopped() {
            // Asked twice: whoever asks does not want to wait for what the first time began.
            std::process::exit(130);
        }
        given.stop();
    };
    // A program has one handler; where another is installed already, Ctrl-C ends the process as usual.
    let _ = ctrlc::set_handler(handler);
    (Settings::from_env().stop_signal(stop.clone()), stop)
}
