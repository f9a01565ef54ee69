//! The library files out of a Python wheel.
//!
//! `install` calls it with a file whose digest is checked already. Of the thousands of members those are written that
//! the package keeps, under their plain file names, and compared with the wheel's own `RECORD`:
//!
//! ```text
//! tensorflow/libtensorflow_cc.so.2
//! tensorflow/libtensorflow_framework.so.2
//! tensorflow_cpu-2.21.0.dist-info/RECORD      path,sha256=<base64, URL alphabet, no padding>,size
//! ```

use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use zip::ZipArchive;
use zip::result::ZipError;

use super::disk;
use super::extract::{self, Written, damaged};
use super::package::Package;
use crate::digest;
use crate::error::{Error, Result};

/// The list of a wheel of ten thousand members has one megabyte.
const RECORD_BYTES: u64 = 64 << 20;

/// Writes the library files of a wheel into a directory, the main one first.
pub(super) fn extract(package: &Package, path: &Path, wheel: &mut File, into: &Path) -> Result<Vec<Written>> {
    let mut members = open(path, wheel)?;
    let record = record(path, &mut members)?;
    let names = package.members(members.file_names_raw().filter_map(|name| std::str::from_utf8(name).ok()));
    if names.is_empty() {
        return Err(damaged(path, "it holds no library"));
    }
    disk::require(into, unpacked_bytes(path, &mut members, &names)?)?;
    names.iter().map(|name| extract_member(path, &mut members, &record, name, into)).collect()
}

fn open<'a>(path: &Path, wheel: &'a mut File) -> Result<ZipArchive<&'a mut File>> {
    let members = ZipArchive::new(wheel).map_err(|error| zip_error(path, "the wheel", error))?;
    for name in members.file_names_raw() {
        extract::check_name(name, path)?;
    }
    Ok(members)
}

/// The text of the wheel's `RECORD`.
fn record<R: Read + Seek>(path: &Path, members: &mut ZipArchive<R>) -> Result<String> {
    let is_record =
        |name: &[u8]| name.strip_suffix(b".dist-info/RECORD").is_some_and(|package| !package.contains(&b'/'));
    let index = members.file_names_raw().position(is_record).ok_or_else(|| damaged(path, "it holds no `RECORD`"))?;
    let member = members.by_index(index).map_err(|error| zip_error(path, "`RECORD`", error))?;
    let mut text = String::new();
    let read = member.take(RECORD_BYTES).read_to_string(&mut text);
    read.map_err(|error| damaged(path, format!("`RECORD`: {error}")))?;
    Ok(text)
}

/// The sizes of the members together, as the wheel states them.
fn unpacked_bytes<R: Read + Seek>(path: &Path, members: &mut ZipArchive<R>, names: &[String]) -> Result<u64> {
    let mut total = 0u64;
    for name in names {
        let member = members.by_name(name).map_err(|error| zip_error(path, name, error))?;
        if member.size() > extract::LIBRARY_BYTES {
            return Err(damaged(path, format!("`{name}` is too large: {} bytes", member.size())));
        }
        total += member.size();
    }
    Ok(total)
}

fn extract_member<R: Read + Seek>(
    path: &Path,
    members: &mut ZipArchive<R>,
    record: &str,
    full_name: &str,
    into: &Path,
) -> Result<Written> {
    let expected = recorded_digest(record, full_name)
        .ok_or_else(|| damaged(path, format!("its `RECORD` has no SHA-256 of `{full_name}`")))?;
    let mut member = members.by_name(full_name).map_err(|error| zip_error(path, full_name, error))?;
    let name = full_name.rsplit('/').next().unwrap_or(full_name);
    let written = extract::write(&mut member, into, name, path)?;
    if written.1 != expected {
        return Err(Error::ChecksumMismatch {
            what: full_name.into(),
            algorithm: "SHA-256",
            expected,
            found: written.1,
        });
    }
    Ok(written)
}

/// The SHA-256 of a member, in hexadecimal. Members of ours have no comma in their names.
fn recorded_digest(record: &str, name: &str) -> Option<String> {
    let line = record.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(",sha256="))?;
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(line.split(',').next()?).ok()?;
    (bytes.len() == 32).then(|| digest::hexadecimal(&bytes))
}

fn zip_error(path: &Path, what: &str, error: ZipError) -> Error {
    match error {
        ZipError::FileNotFound => damaged(path, format!("it does not hold `{what}`")),
        error => damaged(path, format!("{what}: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_record_gives_a_members_digest() {
        let record = "a.py,,\ntensorflow/b.so,sha256=ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0,3\n";
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(recorded_digest(record, "tensorflow/b.so").as_deref(), Some(expected));
        assert_eq!(recorded_digest(record, "a.py"), None);
        assert_eq!(recorded_digest(record, "b.so"), None);
        assert_eq!(recorded_digest("b.so,sha256=AAAA,3", "b.so"), None);
    }
}
