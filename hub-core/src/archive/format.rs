//! Which format an archive has, by its first bytes; names and content types are not asked.
//!
//! `extract` asks, and the resolvers, to tell an archive from a login page.

use super::tar;

/// How many bytes at the start tell the format.
pub(super) const START_BYTES: usize = 512;

/// The containers and compressions that are understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// A plain tar archive.
    Tar,
    /// A tar archive within gzip.
    Gzip,
    /// A tar archive within bzip2.
    Bzip2,
    /// A tar archive within xz.
    Xz,
    /// A zip archive.
    Zip,
}

impl Format {
    /// Its name in messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Format::Tar => "tar",
            Format::Gzip => "gzip",
            Format::Bzip2 => "bzip2",
            Format::Xz => "xz",
            Format::Zip => "zip",
        }
    }
}

/// The format that the first 512 bytes announce; `None` where they announce none, or two at once.
pub(crate) fn sniff(start: &[u8]) -> Option<Format> {
    let compressed = match start {
        [0x1f, 0x8b, ..] => Some(Format::Gzip),
        [b'B', b'Z', b'h', b'1'..=b'9', block @ ..] if is_bzip2_block(block) => Some(Format::Bzip2),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Format::Xz),
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(Format::Zip),
        _ => None,
    };
    let plain = start.first_chunk().is_some_and(tar::is_start).then_some(Format::Tar);
    match (compressed, plain) {
        (Some(_), Some(_)) => None,
        (one, other) => one.or(other),
    }
}

/// The first block of a bzip2 stream starts with the digits of pi, and the end of an empty one with those of its root.
fn is_bzip2_block(start: &[u8]) -> bool {
    start.starts_with(&[0x31, 0x41, 0x59, 0x26, 0x53, 0x59]) || start.starts_with(&[0x17, 0x72, 0x45, 0x38, 0x50, 0x90])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_their_first_bytes() {
        assert_eq!(sniff(&[0x1f, 0x8b, 8]), Some(Format::Gzip));
        assert_eq!(sniff(b"BZh91AY&SYxxxx"), Some(Format::Bzip2));
        assert_eq!(sniff(b"\xfd7zXZ\0\0\x04"), Some(Format::Xz));
        assert_eq!(sniff(b"PK\x03\x04"), Some(Format::Zip));
        assert_eq!(sniff(b"PK\x05\x06"), Some(Format::Zip));
        assert_eq!(sniff(&[0; 512]), Some(Format::Tar));
    }

    #[test]
    fn pages_and_nothing_are_no_archives() {
        for start in [&b""[..], b"<!DOCTYPE html>", b"{\"error\":404}", b"BZh9 is a name", &[0; 511], &[b'a'; 512]] {
            assert_eq!(sniff(start), None, "{start:?}");
        }
    }
}
