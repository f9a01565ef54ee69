//! Archives, byte by byte: also those that no program writes.

use std::io::Write;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};

/// A tar archive under construction.
#[derive(Clone, Default)]
pub(super) struct Tar(pub Vec<u8>);

impl Tar {
    pub(super) fn new() -> Tar {
        Tar::default()
    }

    pub(super) fn file(self, name: &str, content: &[u8]) -> Tar {
        self.entry(b'0', name.as_bytes(), content)
    }

    pub(super) fn directory(self, name: &str) -> Tar {
        self.entry(b'5', name.as_bytes(), b"")
    }

    /// An entry of any type.
    pub(super) fn entry(self, flag: u8, name: &[u8], content: &[u8]) -> Tar {
        self.block(&header(flag, name, content.len() as u64)).data(content)
    }

    /// Pax attributes for the next entry.
    pub(super) fn pax(self, attributes: &[(&str, &str)]) -> Tar {
        let records: String = attributes.iter().map(|(key, value)| record(key, value)).collect();
        self.entry(b'x', b"PaxHeaders/next", records.as_bytes())
    }

    /// GNU's long name for the next entry.
    pub(super) fn long_name(self, name: &[u8]) -> Tar {
        self.entry(b'L', b"././@LongLink", &[name, b"\0"].concat())
    }

    pub(super) fn block(mut self, block: &[u8]) -> Tar {
        self.0.extend_from_slice(block);
        self
    }

    /// Data and its padding.
    pub(super) fn data(mut self, data: &[u8]) -> Tar {
        self.0.extend_from_slice(data);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }

    /// The archive with its end marker.
    pub(super) fn end(self) -> Vec<u8> {
        self.block(&[0; 1024]).0
    }
}

/// A POSIX header of a name that fits.
pub(super) fn header(flag: u8, name: &[u8], size: u64) -> [u8; 512] {
    let mut block = [0; 512];
    block[..name.len()].copy_from_slice(name);
    block[100..108].copy_from_slice(b"0000644\0");
    block[124..136].copy_from_slice(format!("{size:011o}\0").as_bytes());
    block[156] = flag;
    block[257..265].copy_from_slice(b"ustar\x0000");
    seal(&mut block);
    block
}

/// Puts the right checksum into a header.
pub(super) fn seal(block: &mut [u8; 512]) {
    block[148..156].copy_from_slice(b"        ");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

/// A pax record, whose length counts its own digits.
pub(super) fn record(key: &str, value: &str) -> String {
    let rest = format!(" {key}={value}\n");
    let length = (1..).find(|length: &usize| length.to_string().len() + rest.len() == *length);
    format!("{}{rest}", length.expect("some length counts itself"))
}

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

pub(super) fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::default());
    encoder.write_all(bytes).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

pub(super) fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

/// One entry of a zip archive, as the local header and the directory state it.
#[derive(Clone)]
pub(super) struct Zipped {
    pub name: Vec<u8>,
    pub local_name: Vec<u8>,
    pub flags: u16,
    pub method: u16,
    pub crc: u32,
    pub packed_size: u32,
    pub size: u32,
    pub local_size: u32,
    pub attributes: u32,
    pub data: Vec<u8>,
    pub descriptor: Vec<u8>,
    pub extra: Vec<u8>,
    pub local_extra: Vec<u8>,
    pub offset: Option<u32>,
}

impl Zipped {
    /// A deflated file.
    pub(super) fn file(name: &str, content: &[u8]) -> Zipped {
        Zipped { method: 8, ..Zipped::stored(name, content) }.packed(deflate(content))
    }

    pub(super) fn stored(name: &str, content: &[u8]) -> Zipped {
        let mut crc = flate2::Crc::new();
        crc.update(content);
        let length = u32::try_from(content.len()).expect("tests are small");
        Zipped {
            name: name.into(),
            local_name: name.into(),
            flags: 0,
            method: 0,
            crc: crc.sum(),
            packed_size: length,
            size: length,
            local_size: length,
            attributes: 0o100_644 << 16,
            data: content.to_vec(),
            descriptor: Vec::new(),
            extra: Vec::new(),
            local_extra: Vec::new(),
            offset: None,
        }
    }

    pub(super) fn directory(name: &str) -> Zipped {
        Zipped { attributes: 0o040_755 << 16 | 0x10, ..Zipped::stored(name, b"") }
    }

    fn packed(mut self, data: Vec<u8>) -> Zipped {
        self.packed_size = u32::try_from(data.len()).expect("tests are small");
        self.data = data;
        self
    }

    fn local(&self) -> Vec<u8> {
        let later = self.flags & 8 != 0;
        let number = |number: u32| if later { 0 } else { number };
        [
            &b"PK\x03\x04\x14\0"[..],
            &self.flags.to_le_bytes(),
            &self.method.to_le_bytes(),
            &[0; 4],
            &number(self.crc).to_le_bytes(),
            &number(self.packed_size).to_le_bytes(),
            &number(self.local_size).to_le_bytes(),
            &(self.local_name.len() as u16).to_le_bytes(),
            &(self.local_extra.len() as u16).to_le_bytes(),
            &self.local_name,
            &self.local_extra,
            &self.data,
            &self.descriptor,
        ]
        .concat()
    }

    fn central(&self, offset: u32) -> Vec<u8> {
        [
            &b"PK\x01\x02\x14\x03\x14\0"[..],
            &self.flags.to_le_bytes(),
            &self.method.to_le_bytes(),
            &[0; 4],
            &self.crc.to_le_bytes(),
            &self.packed_size.to_le_bytes(),
            &self.size.to_le_bytes(),
            &(self.name.len() as u16).to_le_bytes(),
            &(self.extra.len() as u16).to_le_bytes(),
            &[0; 6],
            &self.attributes.to_le_bytes(),
            &self.offset.unwrap_or(offset).to_le_bytes(),
            &self.name,
            &self.extra,
        ]
        .concat()
    }
}

/// A zip archive of these entries.
pub(super) fn zip(entries: &[Zipped]) -> Vec<u8> {
    zip_with(entries, b"")
}

/// The same with a comment.
pub(super) fn zip_with(entries: &[Zipped], comment: &[u8]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for entry in entries {
        directory.extend(entry.central(bytes.len() as u32));
        bytes.extend(entry.local());
    }
    let offset = bytes.len() as u32;
    let count = (entries.len() as u16).to_le_bytes();
    let end = [
        &b"PK\x05\x06\0\0\0\0"[..],
        &count,
        &count,
        &(directory.len() as u32).to_le_bytes(),
        &offset.to_le_bytes(),
        &(comment.len() as u16).to_le_bytes(),
        comment,
    ];
    [bytes, directory, end.concat()].concat()
}

/// Numbers that look random and are the same each time.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(super) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 24) as usize % limit
    }

    pub(super) fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.below(256) as u8).collect()
    }
}
