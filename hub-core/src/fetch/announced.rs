//! `x-goog-hash`: the digest that Google's store announces for a file, verified as the bytes come.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use md5::{Digest, Md5};

use super::exchange::Reply;
use crate::error::{Error, Result};

/// The announced digests of a body, and those of what came so far.
#[derive(Default)]
pub(super) struct Announced {
    md5: Option<(Vec<u8>, Md5)>,
    crc32c: Option<(Vec<u8>, u32)>,
}

impl Announced {
    /// The digests in an answer's head. They are those of the stored bytes: where the store unpacks on the way (a stored
    /// encoding that the answer does not have), they are not those of the body.
    pub(super) fn of(reply: &Reply) -> Announced {
        let stored = reply.header("x-goog-stored-content-encoding").unwrap_or("identity");
        if reply.status != 200 || !stored.eq_ignore_ascii_case("identity") {
            return Announced::default();
        }
        let values =
            reply.headers.get_all("x-goog-hash").into_iter().map(|value| value.to_str().unwrap_or("unreadable"));
        Announced::parse(values, &reply.shown)
    }

    /// Reads `crc32c=...,md5=...`; what is malformed is ignored with a warning.
    fn parse<'a>(values: impl Iterator<Item = &'a str>, shown: &str) -> Announced {
        let mut announced = Announced::default();
        for item in values.flat_map(|value| value.split(',')) {
            let (name, value) = item.trim().split_once('=').unwrap_or((item.trim(), ""));
            let digest = BASE64_STANDARD.decode(value).unwrap_or_default();
            match (name, digest.len()) {
                ("md5", 16) => announced.md5 = Some((digest, Md5::new())),
                ("crc32c", 4) => announced.crc32c = Some((digest, 0)),
                ("md5" | "crc32c", _) | (_, 0) => tracing::warn!(url = shown, "a malformed x-goog-hash is ignored"),
                _ => {}
            }
        }
        announced
    }

    /// Takes bytes into account.
    pub(super) fn update(&mut self, bytes: &[u8]) {
        if let Some((_, digest)) = &mut self.md5 {
            digest.update(bytes);
        }
        if let Some((_, digest)) = &mut self.crc32c {
            *digest = crc32c::crc32c_append(*digest, bytes);
        }
    }

    /// Compares at the end; answers whether there was something to compare.
    pub(super) fn verify(&mut self, shown: &str) -> Result<bool> {
        let md5 = self.md5.take().map(|(expected, digest)| ("md5", expected, digest.finalize().to_vec()));
        let crc32c = self.crc32c.take().map(|(expected, digest)| ("crc32c", expected, digest.to_be_bytes().to_vec()));
        let mut has_digest = false;
        for (algorithm, expected, found) in [md5, crc32c].into_iter().flatten() {
            if expected != found {
                let [expected, found] = [expected, found].map(|digest| BASE64_STANDARD.encode(digest));
                return Err(Error::ChecksumMismatch { what: shown.to_owned(), algorithm, expected, found });
            }
            has_digest = true;
        }
        Ok(has_digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether `hello` is what a header announces: an error, `true`, or `false` where it announces nothing.
    fn hello(value: &str) -> Result<bool> {
        let mut announced = Announced::parse([value].into_iter(), "here");
        announced.update(b"hel");
        announced.update(b"lo");
        announced.verify("here")
    }

    #[test]
    fn digests_are_verified_and_garbage_is_ignored() {
        for value in
            ["md5=XUFAKrxLKna5cZ2REBfFkg==", "crc32c=mnG7TA==", "crc32c=mnG7TA==, md5=XUFAKrxLKna5cZ2REBfFkg=="]
        {
            assert!(hello(value).expect("that is its digest"), "{value}");
        }
        for value in ["md5=AAAAAAAAAAAAAAAAAAAAAA==", "crc32c=AAAAAA==", "md5=XUFAKrxLKna5cZ2REBfFkg==,crc32c=AAAAAA=="]
        {
            assert!(matches!(hello(value), Err(Error::ChecksumMismatch { .. })), "{value}");
        }
        for value in ["", "md5", "md5=", "md5=***", "crc32c=mnG7", "sha1=AAAAAA==", ",,,"] {
            assert!(!hello(value).expect("there is nothing to compare"), "{value}");
        }
    }
}
