//! The headers that extend the next one: pax attributes and GNU's long names.
//!
//! `tar` collects them before each entry. Only names and sizes count; a size may not say something else than the
//! header that it extends, or two readers would see two archives in one.

use super::super::damaged;
use super::super::stream::Stream;
use super::super::unpacking::rejected;
use super::header::{ExtensionType, Header};
use super::skip_padding;
use crate::error::{Error, Result};

/// Attributes beside a name of 4096 bytes are short.
const PAX_BYTES: u64 = 1 << 20;

/// Far more than any system's longest path.
const LONG_NAME_BYTES: u64 = 64 << 10;

/// The first size that does not fit into a header's eleven octal digits; writers put it into pax, and zero there.
const FIRST_LONG_SIZE: u64 = 1 << 33;

/// What the headers before an entry said about it.
#[derive(Default)]
pub(super) struct Extension {
    seen: Vec<ExtensionType>,
    name: Option<Vec<u8>>,
    size_bytes: Option<u64>,
    is_sparse: bool,
}

/// Why an entry is refused, with the name that it has by then.
type Refused = (Vec<u8>, String);

impl Extension {
    /// Whether there is any.
    pub(super) fn is_some(&self) -> bool {
        !self.seen.is_empty()
    }

    /// Reads the data of an extension header.
    pub(super) fn read(&mut self, kind: ExtensionType, header: &Header, stream: &mut Stream<'_, '_>) -> Result<()> {
        let archive = stream.name();
        let refused = |why: String| rejected(archive, &header.name, why);
        if self.seen.contains(&kind) {
            return Err(damaged(archive, "two headers of a kind extend one entry"));
        }
        if kind != ExtensionType::GlobalPax {
            self.seen.push(kind);
        }
        let data = read_data(header, limit(kind), stream)?;
        match kind {
            ExtensionType::LongName => self.set_name(long_name(&data).map_err(refused)?).map_err(refused),
            ExtensionType::LongLink => Ok(()),
            ExtensionType::Pax => self.set_attributes(&data).map_err(refused),
            ExtensionType::GlobalPax => {
                let mut global = Extension::default();
                global.set_attributes(&data).map_err(refused)?;
                match global.name.is_some() || global.size_bytes.is_some() || global.is_sparse {
                    true => Err(refused("it gives one name or size to many entries".into())),
                    false => Ok(()),
                }
            }
        }
    }

    /// The name and size of the entry whose header this is.
    pub(super) fn apply(self, header: Header) -> Result<(Vec<u8>, u64), Refused> {
        let name = self.name.unwrap_or(header.name);
        if self.is_sparse {
            return Err((name, "it is a sparse file".into()));
        }
        match (header.size_bytes, self.size_bytes) {
            (stated, None) => Ok((name, stated)),
            (stated, Some(size)) if stated == size || (stated == 0 && size >= FIRST_LONG_SIZE) => Ok((name, size)),
            (stated, Some(size)) => Err((name, format!("it has two sizes, {stated} and {size} bytes"))),
        }
    }

    fn set_name(&mut self, name: Vec<u8>) -> Result<(), String> {
        match self.name.replace(name) {
            None => Ok(()),
            Some(_) => Err("it gives an entry a second name".into()),
        }
    }

    /// Pax attributes: `LENGTH KEY=VALUE\n`, one after the other; the length counts the whole record.
    fn set_attributes(&mut self, mut data: &[u8]) -> Result<(), String> {
        while !data.is_empty() {
            let (record, rest) = record(data).ok_or("a pax attribute is malformed")?;
            let at = record.iter().position(|byte| *byte == b'=').filter(|at| *at > 0);
            let (key, value) = record.split_at(at.ok_or("a pax attribute is malformed")?);
            self.set_attribute(key, &value[1..])?;
            data = rest;
        }
        Ok(())
    }

    fn set_attribute(&mut self, key: &[u8], value: &[u8]) -> Result<(), String> {
        match key {
            b"path" if value.is_empty() => Err("its name is empty".into()),
            b"path" => self.set_name(value.to_vec()),
            b"size" => {
                let digits = value.iter().all(u8::is_ascii_digit);
                let size = std::str::from_utf8(value).ok().filter(|_| digits).and_then(|text| text.parse::<u64>().ok());
                let size = size.filter(|size| i64::try_from(*size).is_ok()).ok_or("its size is no number")?;
                match self.size_bytes.replace(size) {
                    None => Ok(()),
                    Some(_) => Err("it gives an entry a second size".into()),
                }
            }
            _ => {
                self.is_sparse |= key.starts_with(b"GNU.sparse.");
                Ok(())
            }
        }
    }
}

fn limit(kind: ExtensionType) -> u64 {
    match kind {
        ExtensionType::Pax | ExtensionType::GlobalPax => PAX_BYTES,
        ExtensionType::LongName | ExtensionType::LongLink => LONG_NAME_BYTES,
    }
}

fn read_data(header: &Header, limit: u64, stream: &mut Stream<'_, '_>) -> Result<Vec<u8>, Error> {
    if header.size_bytes > limit {
        let why = format!("it extends another by {} bytes, more than {limit}", header.size_bytes);
        return Err(rejected(stream.name(), &header.name, why));
    }
    let mut data = vec![0; usize::try_from(header.size_bytes).unwrap_or_default()];
    if stream.fill(&mut data)? < data.len() {
        return Err(stream.cut_short("the end of an extended header"));
    }
    skip_padding(stream, header.size_bytes)?;
    Ok(data)
}

/// GNU ends a long name with a zero.
fn long_name(data: &[u8]) -> Result<Vec<u8>, String> {
    let end = data.iter().position(|byte| *byte == 0).unwrap_or(data.len());
    match data[end..].iter().all(|byte| *byte == 0) {
        true => Ok(data[..end].to_vec()),
        false => Err("a long name has a zero within".into()),
    }
}

/// The first record of pax data, without its length and line end, and what follows.
fn record(data: &[u8]) -> Option<(&[u8], &[u8])> {
    let blank = data.iter().take(8).position(|byte| *byte == b' ')?;
    let digits = data[..blank].iter().all(u8::is_ascii_digit);
    let length: usize = std::str::from_utf8(&data[..blank]).ok().filter(|_| digits)?.parse().ok()?;
    let (record, rest) = data.split_at_checked(length)?;
    Some((record.get(blank + 1..)?.strip_suffix(b"\n")?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(data: &[u8]) -> Result<Extension, String> {
        let mut extension = Extension::default();
        extension.set_attributes(data).map(|()| extension)
    }

    #[test]
    fn pax_attributes_are_read() {
        let extension = attributes(b"12 path=a=\n\n9 size=5\n12 mtime=12\n").expect("three whole records");
        assert_eq!(extension.name.as_deref(), Some(&b"a=\n"[..]));
        assert_eq!(extension.size_bytes, Some(5));
    }

    #[test]
    fn malformed_attributes_are_refused() {
        for data in [
            &b"path=a\n"[..],
            b"10 path=ab",
            b"99 path=a\n",
            b"0 path=a\n",
            b"2 \n",
            b"3 \n",
            b"7 path\n",
            b"8 =path\n",
            b"+10 path=a\n",
            b"10 path=a\n10 path=b\n",
            b"9 size=5\n9 size=5\n",
            b"10 size=-5\n",
            b"28 size=9223372036854775808\n",
            b"8 path=\n",
            b"99999999999999999999999 path=a\n",
        ] {
            assert!(attributes(data).is_err(), "{:?}", String::from_utf8_lossy(data));
        }
    }
}
