//! Whether a file is a complete shared library for this machine, judged by its ELF headers.
//!
//! `header` calls it before anything is opened: the dynamic loader dies with SIGBUS on a file that was cut short.
//! Nothing here reads more than the headers; versions and symbols are `bind`'s.

/// What `e_machine` must be on this architecture; `None` where it is not known.
const MACHINE: Option<u16> = if cfg!(target_arch = "x86_64") {
    Some(62)
} else if cfg!(target_arch = "aarch64") {
    Some(183)
} else if cfg!(target_arch = "riscv64") {
    Some(243)
} else {
    None
};

const HEADER_BYTES: usize = 64;
const SEGMENT_BYTES: usize = 56;
const SECTION_BYTES: u64 = 64;
const SHARED_OBJECT: u16 = 3;
const SEGMENT_LOAD: u32 = 1;

/// Checks a file by its first bytes and its size; the error says what is wrong with it.
pub(super) fn check(start: &[u8], file_bytes: u64) -> Result<(), String> {
    if start.is_empty() {
        return Err("the file is empty".into());
    }
    if !start.starts_with(b"\x7fELF") {
        return Err("it is no ELF file".into());
    }
    if start.len() < HEADER_BYTES {
        return Err(format!("it is cut short: {file_bytes} bytes do not hold an ELF header"));
    }
    check_target(start)?;
    check_segments(start, file_bytes)?;
    check_sections(start, file_bytes)
}

/// Checks class, byte order, type and architecture.
fn check_target(start: &[u8]) -> Result<(), String> {
    match start[4] {
        2 => {}
        1 => return Err("it is a 32-bit library; a 64-bit one is needed".into()),
        class => return Err(format!("its ELF class is {class}; 2 (64-bit) is needed")),
    }
    let native = if cfg!(target_endian = "little") { 1 } else { 2 };
    if start[5] != native {
        return Err("it is made for the other byte order".into());
    }
    let kind = half(start, 16);
    if kind != SHARED_OBJECT {
        return Err(format!("its ELF type is {kind}; {SHARED_OBJECT} (a shared library) is needed"));
    }
    let machine = half(start, 18);
    match MACHINE {
        Some(expected) if machine != expected => Err(format!(
            "it is made for another processor: ELF machine {machine}, this one ({}) is {expected}",
            std::env::consts::ARCH
        )),
        _ => Ok(()),
    }
}

/// Checks that every part that is to be loaded lies within the file.
fn check_segments(start: &[u8], file_bytes: u64) -> Result<(), String> {
    let table = long(start, 32);
    let count = usize::from(half(start, 56));
    if usize::from(half(start, 54)) != SEGMENT_BYTES || count == 0 {
        return Err("its ELF program headers are damaged".into());
    }
    // Linkers put the table right behind the header; a table elsewhere is left to the section check.
    let first = usize::try_from(table).unwrap_or(usize::MAX);
    let segments = start.get(first..).unwrap_or_default().chunks_exact(SEGMENT_BYTES).take(count);
    for segment in segments.filter(|segment| word(segment, 0) == SEGMENT_LOAD) {
        within(long(segment, 8).checked_add(long(segment, 32)), file_bytes)?;
    }
    Ok(())
}

/// Checks that the section table lies within the file: linkers write it last.
fn check_sections(start: &[u8], file_bytes: u64) -> Result<(), String> {
    let table = long(start, 40);
    within(table.checked_add(u64::from(half(start, 60)) * SECTION_BYTES), file_bytes)
}

/// Checks that a part ends within the file.
fn within(end: Option<u64>, file_bytes: u64) -> Result<(), String> {
    match end {
        Some(end) if end <= file_bytes => Ok(()),
        Some(end) => Err(format!("it is cut short: at least {end} bytes are needed, {file_bytes} are there")),
        None => Err("its ELF headers are damaged".into()),
    }
}

// The callers stay within `HEADER_BYTES` or a segment's bytes.
fn half(bytes: &[u8], at: usize) -> u16 {
    u16::from_ne_bytes([bytes[at], bytes[at + 1]])
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_ne_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn long(bytes: &[u8], at: usize) -> u64 {
    let mut eight = [0; 8];
    eight.copy_from_slice(&bytes[at..at + 8]);
    u64::from_ne_bytes(eight)
}

#[cfg(all(test, target_endian = "little"))]
mod tests {
    use super::*;

    /// The headers of a small library: one segment of 4096 bytes, one section whose table ends at 5000.
    fn library() -> Vec<u8> {
        let mut bytes = vec![0; HEADER_BYTES + SEGMENT_BYTES];
        bytes[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
        bytes[16] = 3;
        bytes[18..20].copy_from_slice(&MACHINE.unwrap_or(0).to_le_bytes());
        bytes[32..40].copy_from_slice(&64u64.to_le_bytes());
        bytes[40..48].copy_from_slice(&(5000u64 - 64).to_le_bytes());
        bytes[54] = 56;
        bytes[56] = 1;
        bytes[60] = 1;
        bytes[64] = 1;
        bytes[64 + 32..64 + 40].copy_from_slice(&4096u64.to_le_bytes());
        bytes
    }

    fn why(bytes: &[u8], file_bytes: u64) -> String {
        check(bytes, file_bytes).expect_err("the library is damaged")
    }

    #[test]
    fn a_whole_library_passes() {
        check(&library(), 5000).expect("the library is whole");
    }

    #[test]
    fn a_library_that_is_cut_short_is_told() {
        assert!(why(&library(), 4999).contains("at least 5000 bytes"));
        assert!(why(&library(), 4000).contains("at least 4096 bytes"));
        assert!(why(&library()[..40], 40).contains("cut short"));
        assert!(why(b"", 0).contains("empty"));
    }

    #[test]
    fn a_library_for_another_machine_is_told() {
        let changed = |at: usize, value: u8| {
            let mut bytes = library();
            bytes[at] = value;
            bytes
        };
        assert!(why(&changed(4, 1), 5000).contains("32-bit"));
        assert!(why(&changed(5, 2), 5000).contains("byte order"));
        assert!(why(&changed(16, 2), 5000).contains("shared library"));
        assert!(why(&changed(18, 3), 5000).contains("another processor"));
        assert!(why(&changed(0, b'#'), 5000).contains("no ELF"));
    }

    #[test]
    fn no_header_makes_it_panic() {
        let whole = library();
        for at in 0..whole.len() {
            for value in [0, 1, 0x7f, 0xff] {
                let mut bytes = whole.clone();
                bytes[at] = value;
                let _ = check(&bytes, 5000);
                let _ = check(&bytes[..at], at as u64);
            }
        }
    }
}
