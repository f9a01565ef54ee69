//! SHA-256 of files and streams, as hexadecimal text.
//!
//! The cache and the engine's install use it.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use sha2::{Digest, Sha256};

/// A piece large enough that reading is not the cost, and small enough to stay in the processor's cache.
const PIECE_BYTES: usize = 256 * 1024;

/// The digest of a file.
pub(crate) fn of_file(path: &Path) -> io::Result<String> {
    copy(&mut File::open(path)?, &mut io::sink(), u64::MAX).map(|(_, digest)| digest)
}

/// Copies at most `limit` bytes; answers with the number of bytes and their digest. More bytes are an error.
pub(crate) fn copy(from: &mut dyn Read, to: &mut dyn Write, limit: u64) -> io::Result<(u64, String)> {
    let mut hasher = Sha256::new();
    let mut piece = vec![0; PIECE_BYTES];
    let mut copied = 0;
    loop {
        let length = match from.read(&mut piece) {
            Ok(0) => return Ok((copied, hexadecimal(&hasher.finalize()))),
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        copied += length as u64;
        if copied > limit {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("more than {limit} bytes")));
        }
        hasher.update(&piece[..length]);
        to.write_all(&piece[..length])?;
    }
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digest_of_a_known_text() {
        let (length, digest) = copy(&mut &b"abc"[..], &mut io::sink(), 3).expect("three bytes are within the limit");
        assert_eq!(length, 3);
        assert_eq!(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn more_than_the_limit_is_an_error() {
        assert!(copy(&mut &b"abcd"[..], &mut io::sink(), 3).is_err());
    }
}
