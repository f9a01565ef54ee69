//! Whether a file can be opened as a library at all, judged before the dynamic loader sees it.
//!
//! `locate` asks for every candidate. The formats are `elf`'s and `macho`'s; here the file is read.

use std::fs::File;
use std::io::Read;
use std::path::Path;

#[cfg(all(unix, not(target_os = "macos")))]
use super::elf;
#[cfg(target_os = "macos")]
use super::macho;
use super::platform::FRAMEWORK_LIBRARY;

/// Enough for the headers of either format.
const START_BYTES: u64 = 64 * 1024;

/// Checks a library, and the second one that lies beside it; the error says what is wrong.
pub(super) fn check(path: &Path) -> Result<(), String> {
    check_file(path)?;
    let real = path.canonicalize().map_err(|error| error.to_string())?;
    for framework in [&real, path].map(|library| library.with_file_name(FRAMEWORK_LIBRARY)) {
        if framework.exists() {
            return check_file(&framework).map_err(|why| format!("beside it `{FRAMEWORK_LIBRARY}`: {why}"));
        }
    }
    Ok(())
}

fn check_file(path: &Path) -> Result<(), String> {
    let metadata = path.metadata().map_err(|error| error.to_string())?;
    if metadata.is_dir() {
        return Err("it is a directory".into());
    }
    if !metadata.is_file() {
        // Opening a pipe would wait for a writer.
        return Err("it is no regular file".into());
    }
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(START_BYTES).read_to_end(&mut start));
    read.map_err(|error| error.to_string())?;
    check_format(&start, metadata.len())
}

#[cfg(target_os = "macos")]
fn check_format(start: &[u8], file_bytes: u64) -> Result<(), String> {
    macho::check(start, file_bytes)
}

#[cfg(all(unix, not(target_os = "macos")))]
fn check_format(start: &[u8], file_bytes: u64) -> Result<(), String> {
    elf::check(start, file_bytes)
}

#[cfg(not(unix))]
fn check_format(start: &[u8], _: u64) -> Result<(), String> {
    if start.starts_with(b"MZ") { Ok(()) } else { Err("it is no DLL".into()) }
}
