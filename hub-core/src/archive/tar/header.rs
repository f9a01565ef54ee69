//! One header block of a tar archive.
//!
//! ```text
//!   0 name 100   100 mode 8   108 owner 8   116 group 8   124 size 12   136 time 12   148 checksum 8   156 type 1
//! 157 link name 100   257 magic and version 8   265 …   345 prefix of the name 155 (POSIX only)
//! ```
//!
//! Modes, owners and times are not read: what is unpacked is new.

/// Everything in a tar archive comes in blocks of this length.
pub(super) const BLOCK_BYTES: usize = 512;

/// One of them.
pub(super) type Block = [u8; BLOCK_BYTES];

/// What a header says that we need.
pub(super) struct Header {
    pub name: Vec<u8>,
    pub size_bytes: u64,
    pub kind: Type,
}

/// What a header stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    File,
    Directory,
    /// A longer name or other attributes for the next header.
    Extension(ExtensionType),
    /// Anything else, by its name.
    Other(&'static str),
}

/// The headers that speak about the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ExtensionType {
    /// Pax attributes of the next entry.
    Pax,
    /// Pax attributes of all following entries.
    GlobalPax,
    /// GNU's long name.
    LongName,
    /// GNU's long target of a link.
    LongLink,
}

impl Header {
    /// Reads a block that is not all zeros; the error is what is wrong with it.
    pub(super) fn parse(block: &Block) -> Result<Header, String> {
        if !has_checksum(block) {
            return Err("a header's checksum does not match".into());
        }
        let name = name(block);
        let size_bytes = number(&block[124..136])
            .filter(|size| i64::try_from(*size).is_ok())
            .ok_or_else(|| format!("the size of `{}` is no number", super::super::name::shown(&name)))?;
        let kind = kind(block[156], &name);
        Ok(Header { name, size_bytes, kind })
    }
}

/// Whether a block can be the first of a tar archive: a header, or the end marker of an empty one.
pub(in super::super) fn is_start(block: &Block) -> bool {
    is_zero(block) || has_checksum(block)
}

/// Whether a block is all zeros.
pub(super) fn is_zero(block: &Block) -> bool {
    block.iter().all(|byte| *byte == 0)
}

/// Old writers summed up signed bytes; both sums count with the checksum's own field as blanks.
fn has_checksum(block: &Block) -> bool {
    let bytes = || block.iter().enumerate().map(|(at, byte)| if (148..156).contains(&at) { b' ' } else { *byte });
    let unsigned: i64 = bytes().map(i64::from).sum();
    let signed: i64 = bytes().map(|byte| i64::from(byte.cast_signed())).sum();
    let stated = number(&block[148..156]).and_then(|stated| i64::try_from(stated).ok());
    !is_zero(block) && stated.is_some_and(|stated| stated == unsigned || stated == signed)
}

fn name(block: &Block) -> Vec<u8> {
    let name = until_nul(&block[..100]);
    let prefix = until_nul(&block[345..500]);
    match block[257..263] == *b"ustar\0" && !prefix.is_empty() {
        true => [prefix, b"/", name].concat(),
        false => name.to_vec(),
    }
}

fn kind(flag: u8, name: &[u8]) -> Type {
    match flag {
        // Before there was a type for directories they were told by their names.
        0 if name.ends_with(b"/") => Type::Directory,
        0 | b'0' => Type::File,
        b'1' => Type::Other("a hard link"),
        b'2' => Type::Other("a symbolic link"),
        b'3' => Type::Other("a character device"),
        b'4' => Type::Other("a block device"),
        b'5' => Type::Directory,
        b'6' => Type::Other("a named pipe"),
        b'7' => Type::Other("a contiguous file"),
        b'S' => Type::Other("a sparse file"),
        b'x' => Type::Extension(ExtensionType::Pax),
        b'g' => Type::Extension(ExtensionType::GlobalPax),
        b'L' => Type::Extension(ExtensionType::LongName),
        b'K' => Type::Extension(ExtensionType::LongLink),
        _ => Type::Other("of an unknown type"),
    }
}

/// A number in octal digits between blanks and zeros, or, with the first bit set, in binary; none where it is neither.
fn number(field: &[u8]) -> Option<u64> {
    match field {
        [0x80, binary @ ..] => {
            binary.iter().try_fold(0u64, |number, byte| number.checked_mul(256).map(|number| number | u64::from(*byte)))
        }
        [first, ..] if *first > 0x80 => None,
        octal => {
            let text = std::str::from_utf8(octal).ok()?.trim_start_matches(' ').trim_end_matches([' ', '\0']);
            match text.bytes().all(|byte| matches!(byte, b'0'..=b'7')) {
                true if text.is_empty() => Some(0),
                true => u64::from_str_radix(text, 8).ok(),
                false => None,
            }
        }
    }
}

fn until_nul(field: &[u8]) -> &[u8] {
    field.split(|byte| *byte == 0).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_octal_or_binary() {
        assert_eq!(number(b"00000000644\0"), Some(0o644));
        assert_eq!(number(b"    644 \0\0\0\0"), Some(0o644));
        assert_eq!(number(b"\0\0\0\0"), Some(0));
        assert_eq!(number(b"777777777777"), Some(0o777_777_777_777));
        assert_eq!(number(b"\x80\0\0\0\0\0\0\x02\0\0\0\0"), Some(2 << 32));
    }

    #[test]
    fn other_numbers_are_refused() {
        for field in [
            &b"00000008"[..],
            b"-0000001",
            b"+0000001",
            b"12 34567",
            b"12\x0034567",
            b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
            b"\x80\0\0\x01\0\0\0\0\0\0\0\0",
            b"\x81\0\0\0\0\0\0\0\0\0\0\0",
        ] {
            assert_eq!(number(field), None, "{field:?}");
        }
    }
}
