//! The keys of parts: tensor name and slice in TensorFlow's ordered encoding.
//!
//! A tensor that was saved in slices has an entry under its own name, which lists them, and one for each slice under a
//! key of this form. Keys sort as what they stand for, hence the encoding:
//!
//! ```text
//! key       number(0) · text(name) · number(rank) · (signed(start) · signed(length))*     a full extent is 0, -1
//! number    count of bytes: u8 · the bytes, most significant first, without leading zeros
//! text      its bytes, with 00 as 00 ff and ff as ff 00 · 00 01
//! signed    two's complement in the fewest groups of seven bits; the first bits say how many bytes, as in UTF-8
//! ```

use super::slice::Slice;

/// The key of one slice of a tensor.
pub(super) fn encode(name: &[u8], slice: &Slice) -> Vec<u8> {
    let mut key = Vec::with_capacity(name.len() + 8 + 4 * slice.extents.len());
    number(&mut key, 0);
    text(&mut key, name);
    number(&mut key, slice.extents.len() as u64);
    for extent in &slice.extents {
        let (start, length) = if extent.is_full { (0, -1) } else { (extent.start as i64, extent.length as i64) };
        signed(&mut key, start);
        signed(&mut key, length);
    }
    key
}

fn number(key: &mut Vec<u8>, number: u64) {
    let bytes = number.to_be_bytes();
    let bytes = &bytes[number.leading_zeros() as usize / 8..];
    key.push(bytes.len() as u8);
    key.extend(bytes);
}

fn text(key: &mut Vec<u8>, text: &[u8]) {
    for byte in text {
        match byte {
            0x00 => key.extend([0x00, 0xff]),
            0xff => key.extend([0xff, 0x00]),
            other => key.push(*other),
        }
    }
    key.extend([0x00, 0x01]);
}

/// `n` bytes hold a sign and `7 n - 1` bits; the first `n` bits are the sign's opposite and tell `n`.
fn signed(key: &mut Vec<u8>, number: i64) {
    let magnitude = if number < 0 { !number } else { number };
    let length = (64 - magnitude.leading_zeros() as usize) / 7 + 1;
    let wide = i128::from(number).to_be_bytes();
    let start = key.len();
    key.extend(&wide[wide.len() - length..]);
    let header = !(u128::MAX >> length) >> 112;
    let [first, second] = (header as u16).to_be_bytes();
    key[start] ^= first;
    if length > 1 {
        key[start + 1] ^= second;
    }
}

#[cfg(test)]
mod tests {
    use super::super::slice::Extent;
    use super::*;

    fn encoded(number: i64) -> Vec<u8> {
        let mut key = Vec::new();
        signed(&mut key, number);
        key
    }

    /// The keys of real checkpoints are those of `fixtures/bundles`; these are the edges.
    #[test]
    fn signed_numbers_take_what_they_need() {
        assert_eq!(encoded(0), [0x80]);
        assert_eq!(encoded(-1), [0x7f]);
        assert_eq!(encoded(63), [0xbf]);
        assert_eq!(encoded(64), [0xc0, 0x40]);
        assert_eq!(encoded(-64), [0x40]);
        assert_eq!(encoded(-65), [0x3f, 0xbf]);
        assert_eq!(encoded(8192), [0xe0, 0x20, 0x00]);
        assert_eq!(encoded(i64::MAX), [0xff, 0xc0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
        assert_eq!(encoded(i64::MIN).len(), 10);
    }

    #[test]
    fn signed_numbers_sort_as_numbers() {
        let edges = (0..63).flat_map(|bits| [(1_i64 << bits) - 1, 1 << bits, -(1 << bits), -(1 << bits) - 1]);
        let mut numbers: Vec<i64> = edges.chain([i64::MAX, i64::MIN]).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert!(numbers.windows(2).all(|pair| encoded(pair[0]) < encoded(pair[1])));
    }

    #[test]
    fn names_are_escaped() {
        let full = Slice { extents: vec![Extent { start: 0, length: 4, is_full: true }] };
        assert_eq!(encode(b"a\x00\xffb", &full), *b"\x00a\x00\xff\xff\x00b\x00\x01\x01\x01\x80\x7f");
    }
}
