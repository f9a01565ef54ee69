//! The sorted table that a checkpoint's index is stored in: keys in order, each with a value.
//!
//! ```text
//! data block · data block · ... · metaindex block · index block · footer (48 bytes)
//!
//! block   entry* · restart: u32* · number of restarts: u32     then a type byte and the block's checksum
//! entry   shared: varint · added: varint · value: varint · key's added bytes · value's bytes
//! footer  place of the metaindex · place of the index (varint offset and size each) · zeros · magic: u64
//! ```
//!
//! The values of the index block are the places of the data blocks. Every checksum is verified; keys must rise and blocks
//! must not overlap, so that a table cannot stand for more than it holds; blocks that Snappy compressed, as some releases
//! of TensorFlow did, are written out within bounds.

use std::borrow::Cow;

use prost::encoding::decode_varint;

pub(super) const MAGIC: u64 = 0xdb47_7524_8b80_fb57;
pub(super) const FOOTER_SIZE: usize = 48;
const TRAILER_SIZE: usize = 5;
pub(super) const UNCOMPRESSED: u8 = 0;
const SNAPPY: u8 = 1;

/// What one compressed block may hold; TensorFlow starts a new one after a quarter of this.
const BLOCK_LIMIT: usize = 1 << 20;

/// How many times its size a compressed block may hold.
const COMPRESSION_LIMIT: usize = 32;

/// How many times the table's size all its keys together may have, written out.
const KEYS_FACTOR: usize = 4;

/// What the keys may take however small the table is.
const KEYS_FLOOR: usize = 1 << 12;

/// Calls `visit` with every key and value, in order.
pub(super) fn visit(table: &[u8], visit: &mut impl FnMut(&[u8], &[u8]) -> Result<(), String>) -> Result<(), String> {
    let (body, footer) = table
        .len()
        .checked_sub(FOOTER_SIZE)
        .and_then(|split| table.split_at_checked(split))
        .ok_or_else(|| format!("{} bytes are too few for a checkpoint index", table.len()))?;
    if footer[FOOTER_SIZE - 8..] != MAGIC.to_le_bytes() {
        return Err("the end is not that of a checkpoint index".into());
    }
    let mut places = footer;
    let _metaindex = place(&mut places)?;
    let (_, index) = block(body, place(&mut places)?)?;
    let mut keys =
        Keys { last: Vec::new(), first: true, left: table.len().saturating_mul(KEYS_FACTOR).max(KEYS_FLOOR) };
    let mut end = 0;
    let mut index_key = Vec::new();
    entries(&index, &mut index_key, &mut |_, mut value| {
        let at = place(&mut value)?;
        if at.0 < end {
            return Err("two blocks overlap".into());
        }
        let (block_end, data) = block(body, at)?;
        end = block_end;
        let mut key = Vec::new();
        keys.left = keys.left.saturating_add(data.len().saturating_sub(at.1 as usize).saturating_mul(KEYS_FACTOR));
        entries(&data, &mut key, &mut |key, value| {
            keys.check(key)?;
            visit(key, value)
        })
    })
}

/// What is known of the keys so far.
struct Keys {
    last: Vec<u8>,
    first: bool,
    left: usize,
}

impl Keys {
    fn check(&mut self, key: &[u8]) -> Result<(), String> {
        if !self.first && *key <= *self.last {
            return Err("its keys are not in order".into());
        }
        self.left = self.left.checked_sub(key.len()).ok_or("its keys are too long for its size")?;
        self.first = false;
        self.last.clear();
        self.last.extend_from_slice(key);
        Ok(())
    }
}

/// Offset and size of a block.
fn place(bytes: &mut &[u8]) -> Result<(u64, u64), String> {
    let mut number = || decode_varint(bytes).map_err(|_| "the place of a block is cut short".to_owned());
    Ok((number()?, number()?))
}

/// The contents of a block, its checksum verified, and where it ends in the table.
fn block(body: &[u8], (offset, size): (u64, u64)) -> Result<(u64, Cow<'_, [u8]>), String> {
    let outside = || format!("a block of {size} bytes at {offset} is outside the file");
    let end = offset.checked_add(size).ok_or_else(outside)?;
    let range = usize::try_from(offset).ok().zip(usize::try_from(end).ok()).ok_or_else(outside)?;
    let whole =
        body.get(range.0..).and_then(|rest| rest.get(..range.1 - range.0 + TRAILER_SIZE)).ok_or_else(outside)?;
    let (checked, stored) = whole.split_at(whole.len() - 4);
    if super::masked_crc(checked).to_le_bytes() != *stored {
        return Err(format!("the block at {offset} is damaged: its checksum differs"));
    }
    match checked.split_last() {
        Some((&UNCOMPRESSED, contents)) => Ok((end, Cow::Borrowed(contents))),
        Some((&SNAPPY, contents)) => match written_out(contents) {
            Some(contents) => Ok((end, Cow::Owned(contents))),
            None => Err(format!("the block at {offset} is not sound Snappy")),
        },
        _ => Err(format!("the block at {offset} is compressed in an unknown way")),
    }
}

/// The contents of a compressed block, within bounds.
fn written_out(compressed: &[u8]) -> Option<Vec<u8>> {
    let length = snap::raw::decompress_len(compressed).ok()?;
    if length > BLOCK_LIMIT || length > compressed.len().saturating_mul(COMPRESSION_LIMIT) {
        return None;
    }
    snap::raw::Decoder::new().decompress_vec(compressed).ok()
}

/// Calls `visit` with every entry of a block; `key` is where keys are put together.
fn entries(
    block: &[u8],
    key: &mut Vec<u8>,
    visit: &mut impl FnMut(&[u8], &[u8]) -> Result<(), String>,
) -> Result<(), String> {
    let cut = || "a block is cut short".to_owned();
    let (rest, count) = block.split_last_chunk::<4>().ok_or_else(cut)?;
    let restarts = (u32::from_le_bytes(*count) as usize).checked_mul(4).ok_or_else(cut)?;
    let mut rest = rest.len().checked_sub(restarts).and_then(|end| rest.get(..end)).ok_or_else(cut)?;
    while !rest.is_empty() {
        let mut number = || decode_varint(&mut rest).ok().and_then(|n| usize::try_from(n).ok()).ok_or_else(cut);
        let (shared, added, value) = (number()?, number()?, number()?);
        if shared > key.len() {
            return Err("an entry shares more of its key than there is".into());
        }
        let (new, after) = rest.split_at_checked(added).ok_or_else(cut)?;
        let (value, after) = after.split_at_checked(value).ok_or_else(cut)?;
        key.truncate(shared);
        key.extend_from_slice(new);
        visit(key, value)?;
        rest = after;
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use prost::encoding::encode_varint;

    use super::*;

    fn put_block(table: &mut Vec<u8>, entries: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
        let start = table.len();
        let mut last: &[u8] = b"";
        for (key, value) in entries {
            let shared = key.iter().zip(last).take_while(|(a, b)| a == b).count();
            for number in [shared, key.len() - shared, value.len()] {
                encode_varint(number as u64, table);
            }
            table.extend(&key[shared..]);
            table.extend(value);
            last = key;
        }
        table.extend([0, 0, 0, 0, 1, 0, 0, 0]);
        let mut place = Vec::new();
        encode_varint(start as u64, &mut place);
        encode_varint((table.len() - start) as u64, &mut place);
        table.push(UNCOMPRESSED);
        let crc = super::super::masked_crc(&table[start..]);
        table.extend(crc.to_le_bytes());
        place
    }

    /// A table of one data block with these entries.
    pub(in super::super) fn table(entries: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
        let mut table = Vec::new();
        let data = put_block(&mut table, entries);
        let mut footer = put_block(&mut table, &[]);
        footer.extend(put_block(&mut table, &[(b"\xff".to_vec(), data)]));
        footer.resize(FOOTER_SIZE - 8, 0);
        table.extend(footer);
        table.extend(MAGIC.to_le_bytes());
        table
    }

    type Entries = Vec<(Vec<u8>, Vec<u8>)>;

    fn read(bytes: &[u8]) -> Result<Entries, String> {
        let mut found = Vec::new();
        visit(bytes, &mut |key, value| {
            found.push((key.to_vec(), value.to_vec()));
            Ok(())
        })?;
        Ok(found)
    }

    fn pairs(pairs: &[(&str, &str)]) -> Entries {
        pairs.iter().map(|(key, value)| (key.as_bytes().to_vec(), value.as_bytes().to_vec())).collect()
    }

    #[test]
    fn entries_are_found_in_order() {
        let entries = pairs(&[("", "header"), ("layer/bias", "1"), ("layer/kernel", ""), ("m", "2")]);
        assert_eq!(read(&table(&entries)).unwrap(), entries);
    }

    #[test]
    fn every_bit_is_checked() {
        let good = table(&pairs(&[("a", "1"), ("b", "2")]));
        // Only the metaindex, which is not read, and the zeros of the footer may differ.
        let differs = |at: usize| {
            let mut bad = good.clone();
            bad[at] ^= 1;
            read(&bad).is_err()
        };
        let data_block = 2 * (3 + 2) + 8 + TRAILER_SIZE;
        assert!((0..data_block).all(differs));
        assert!((good.len() - 8..good.len()).all(differs));
        assert!((0..good.len()).all(|end| read(&good[..end]).is_err()));
    }

    #[test]
    fn disorder_and_bombs_are_refused() {
        assert!(read(&table(&pairs(&[("b", ""), ("a", "")]))).unwrap_err().contains("order"));
        assert!(read(&table(&pairs(&[("a", ""), ("a", "")]))).unwrap_err().contains("order"));
        let long = "x".repeat(10_000);
        let bomb: Vec<_> = (b'a'..=b'z').map(|end| (format!("{long}{}", end as char).into_bytes(), vec![])).collect();
        assert!(read(&table(&bomb)).unwrap_err().contains("too long"));
    }
}
