//! What must hold for any bytes in the cache's small files: locks, descriptors, manifests, and in `hub.lock`.

use crate::cache;

/// Reads the bytes as each of the cache's records.
///
/// # Panics
/// Where a record that was read does not come back as it was written, or points out of its directory.
pub fn records(bytes: &[u8]) {
    cache::check_records(bytes);
}
