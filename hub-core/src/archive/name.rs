//! The names of entries: what they must be so that they lie below the directory and mean the same on every system.
//!
//! `unpacking` asks before anything is made. Clashes between two names are the matter of `taken`.

/// No system takes longer paths.
const NAME_BYTES: usize = 4096;

/// No file system takes longer names of one file.
const COMPONENT_BYTES: usize = 255;

/// What spool files start with; they lie beside the files of the archive while it is read.
pub(super) const SPOOL: &str = ".download";

/// The path below the directory that an entry's name means, with one `/` between its parts; empty for the root.
///
/// Slashes in front fall away as in Python. The error is the rule that the name breaks.
pub(super) fn path(name: &[u8], depth: usize) -> Result<String, String> {
    if name.len() > NAME_BYTES {
        return Err(format!("its name has {} bytes, more than {NAME_BYTES}", name.len()));
    }
    let name = std::str::from_utf8(name).map_err(|_| "its name is not UTF-8")?;
    if name.chars().any(char::is_control) {
        return Err("its name has a control character".into());
    }
    if name.contains('\\') {
        return Err("its name has a backslash".into());
    }
    let parts: Vec<&str> = name.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    if parts.contains(&"..") {
        return Err("its name has the part `..`".into());
    }
    if let Some(part) = parts.iter().find(|part| part.len() > COMPONENT_BYTES) {
        return Err(format!("a part of its name has {} bytes, more than {COMPONENT_BYTES}", part.len()));
    }
    if parts.len() > depth {
        return Err(format!("it lies {} directories deep, more than {depth}", parts.len()));
    }
    match parts.first().map(|part| part.as_bytes()) {
        Some([letter, b':', ..]) if letter.is_ascii_alphabetic() => Err("its name starts with a drive".into()),
        Some(first) if first.starts_with(SPOOL.as_bytes()) => Err("its name is kept for unfinished downloads".into()),
        _ => Ok(parts.join("/")),
    }
}

/// A name as messages show it: escaped, and not longer than a line or two.
pub(super) fn shown(name: &[u8]) -> String {
    const CHARACTERS: usize = 160;
    let text = String::from_utf8_lossy(&name[..name.len().min(NAME_BYTES)]);
    let mut shown = text.chars().take(CHARACTERS).collect::<String>().escape_debug().to_string();
    if text.chars().nth(CHARACTERS).is_some() {
        shown.push('…');
    }
    shown
}
