//! Whether TensorFlow Text can be had: for the tests of the example that needs it, `snapshots` and `encoder`.

use hub_core::{Error, OpLibraries};

/// Whether it is there or can be installed; prints a line where not, so that a test can skip. An install that fails although
/// it is allowed is for the test itself to meet.
pub(crate) fn is_there() -> bool {
    match OpLibraries::new().tensorflow_text().load() {
        Ok(()) => true,
        Err(Error::OpLibraryInstall { .. }) if std::env::var_os("TFHUB_OFFLINE").is_none() => true,
        Err(error) => {
            eprintln!("skipped: {error}");
            false
        }
    }
}
