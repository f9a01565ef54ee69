//! The TensorFlow libraries that are in the process already.
//!
//! Two copies in one process abort it, so `bind` asks here before it opens one. A host may have brought its own: a
//! Python interpreter that imported `tensorflow`, say.

use std::path::{Path, PathBuf};

use super::platform;

/// The TensorFlow libraries that are mapped into this process.
pub(super) fn libraries() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = images().into_iter().filter(|path| is_library(path)).collect();
    found.sort();
    found.dedup();
    found
}

/// Whether the path names one of TensorFlow's own libraries.
fn is_library(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(platform::is_tensorflow)
}

/// Every file that is mapped into this process.
#[cfg(target_os = "linux")]
fn images() -> Vec<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    let Ok(maps) = std::fs::read("/proc/self/maps") else { return Vec::new() };
    let paths = maps.split(|byte| *byte == b'\n').filter_map(|line| {
        let path = &line[line.iter().position(|byte| *byte == b'/')?..];
        // The kernel's mark ` (deleted)` stays: what is on the disk under that name now is another file.
        Some(PathBuf::from(std::ffi::OsStr::from_bytes(path)))
    });
    paths.collect()
}

/// Every library that the dynamic loader has opened.
#[cfg(target_os = "macos")]
#[allow(deprecated)] // what `libc` recommends instead is a crate for these two functions
fn images() -> Vec<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    // SAFETY: both functions take any index and answer null beyond the end; a name stays valid while its image is
    // loaded, and it is copied before another call.
    let name = |index| unsafe {
        let name = libc::_dyld_get_image_name(index);
        (!name.is_null()).then(|| std::ffi::CStr::from_ptr(name).to_bytes().to_vec())
    };
    // SAFETY: the function only reads a counter.
    let count = unsafe { libc::_dyld_image_count() };
    (0..count).filter_map(name).map(|bytes| PathBuf::from(std::ffi::OsStr::from_bytes(&bytes))).collect()
}

/// Not known on other systems.
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn images() -> Vec<PathBuf> {
    Vec::new()
}
