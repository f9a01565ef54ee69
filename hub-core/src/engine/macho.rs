//! Whether a file is a complete shared library for this machine, judged by its Mach-O headers.
//!
//! The counterpart of `elf` on macOS; `header` picks one of the two.

const MAGIC_64: u32 = 0xfeed_facf;
const MAGIC_32: u32 = 0xfeed_face;
const DYNAMIC_LIBRARY: u32 = 6;
const HEADER_BYTES: usize = 32;
const SEGMENT_64: u32 = 0x19;
const CPU: u32 = if cfg!(target_arch = "aarch64") { 0x0100_000c } else { 0x0100_0007 };

/// Checks a file by its first bytes and its size; the error says what is wrong with it.
pub(super) fn check(start: &[u8], file_bytes: u64) -> Result<(), String> {
    match word(start, 0) {
        Some(MAGIC_64) => {}
        Some(MAGIC_32) => return Err("it is a 32-bit library; a 64-bit one is needed".into()),
        // A universal file holds one library per processor; the loader picks and checks its own.
        Some(_) if start.starts_with(&[0xca, 0xfe, 0xba, 0xbe]) => return Ok(()),
        Some(_) => return Err("it is no Mach-O file".into()),
        None if file_bytes == 0 => return Err("the file is empty".into()),
        None => return Err("it is no Mach-O file".into()),
    }
    let header = |at| word(start, at).ok_or("it is cut short within its header");
    if header(4)? != CPU {
        return Err(format!("it is made for another processor than this one ({})", std::env::consts::ARCH));
    }
    if header(12)? != DYNAMIC_LIBRARY {
        return Err("it is no shared library".into());
    }
    check_segments(start, header(16)?, file_bytes)
}

/// Checks that every segment lies within the file, as far as the load commands are among the bytes given.
fn check_segments(start: &[u8], commands: u32, file_bytes: u64) -> Result<(), String> {
    let mut at = HEADER_BYTES;
    for _ in 0..commands {
        let (Some(command), Some(size)) = (word(start, at), word(start, at + 4)) else { return Ok(()) };
        if command == SEGMENT_64
            && let (Some(offset), Some(length)) = (long(start, at + 40), long(start, at + 48))
            && offset.checked_add(length).is_none_or(|end| end > file_bytes)
        {
            return Err(format!("it is cut short: a segment goes beyond its {file_bytes} bytes"));
        }
        if size < 8 {
            return Err("its load commands are damaged".into());
        }
        at = at.saturating_add(size as usize);
    }
    Ok(())
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn long(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at.checked_add(8)?)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn library() -> Vec<u8> {
        let words = [MAGIC_64, CPU, 0, DYNAMIC_LIBRARY, 1, 72, 0, 0, SEGMENT_64, 72];
        let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        bytes.resize(HEADER_BYTES + 72, 0);
        bytes[HEADER_BYTES + 48..HEADER_BYTES + 56].copy_from_slice(&4096u64.to_le_bytes());
        bytes
    }

    #[test]
    fn whole_passes_and_damaged_is_told() {
        check(&library(), 4096).expect("the library is whole");
        assert!(check(&library(), 4095).is_err());
        assert!(check(b"#!/bin/sh\n", 10).is_err());
        for at in 0..library().len() {
            let mut bytes = library();
            bytes[at] = 0xff;
            let _ = check(&bytes, 4096);
            let _ = check(&bytes[..at], 4096);
        }
    }
}
