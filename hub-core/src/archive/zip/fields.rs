//! The numbers of zip's records, little-endian, one after the other; and the fields that carry 64-bit sizes.
//!
//! `directory` and `member` read with it.

/// The rest of a record.
pub(super) struct Fields<'a>(pub &'a [u8]);

impl<'a> Fields<'a> {
    /// The next bytes.
    pub(super) fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*bytes)
    }
}

/// In place of a number that stands in the 64-bit extra field.
pub(super) const ELSEWHERE: u32 = u32::MAX;

/// The extra field of 64-bit numbers.
const LONG_NUMBERS: u16 = 1;

/// The extra field with a second, Unicode name.
const SECOND_NAME: u16 = 0x7075;

/// Numbers of 32 bits with those of the extra fields put in where they stand elsewhere; none where the two do not fit.
pub(super) fn long_numbers<const N: usize>(numbers: [u32; N], extra: &[u8]) -> Option<[u64; N]> {
    let mut long = None;
    let mut extra = Fields(extra);
    while !extra.0.is_empty() {
        let (id, length) = (extra.u16()?, extra.u16()?);
        let data = extra.bytes(length.into())?;
        match id {
            LONG_NUMBERS if long.replace(data).is_some() => return None,
            SECOND_NAME => return None,
            _ => {}
        }
    }
    let mut long = Fields(long.unwrap_or_default());
    let mut found = [0; N];
    for (found, number) in found.iter_mut().zip(numbers) {
        *found = if number == ELSEWHERE { long.u64()? } else { number.into() };
    }
    long.0.is_empty().then_some(found)
}
