//! A process of ours that resolves one handle: this test program, started anew in a role.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use hub_core::progress::Silent;
use hub_core::{Hub, Settings};

const HANDLE: &str = "TFHUB_INTERPLAY_HANDLE";

/// The role: resolves the handle in the variable, if there is one.
pub(crate) fn child() {
    let Ok(handle) = env::var(HANDLE) else { return };
    let hub = Hub::with_settings(Settings::from_env().progress(Arc::new(Silent)));
    println!("\nresolved {}", hub.resolve(&handle).expect("the handle resolves").display());
}

/// A process that resolves one handle.
pub(crate) struct Rust(Child);

impl Rust {
    pub(crate) fn start(cache: &Path, handle: &str) -> Rust {
        let mut command = Command::new(env::current_exe().expect("this program has a path"));
        command.args(["--exact", "child", "--nocapture"]).env(HANDLE, handle).env("TFHUB_CACHE_DIR", cache);
        Rust(command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().expect("this program starts"))
    }

    /// The directory of the handle.
    pub(crate) fn answer(self) -> PathBuf {
        let output = self.0.wait_with_output().expect("it ends");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let line = text.lines().find_map(|line| line.strip_prefix("resolved "));
        line.unwrap_or_else(|| panic!("the child resolves: {text}")).into()
    }

    /// Kills the process at once.
    pub(crate) fn kill(mut self) {
        self.0.kill().expect("it runs");
        self.0.wait().expect("it ends");
    }
}
