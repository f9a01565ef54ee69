//! A sorted table under construction, in the form that `sorted_table` reads.
//!
//! ```text
//! data block · ... · metaindex block (empty) · index block · footer
//!
//! index block   last key of a data block → its place, for each of them
//! ```
//!
//! Within a block a key is stored without what it shares with the one before; every sixteenth is stored whole, so that a
//! reader can begin there. Nothing is compressed: TensorFlow does not compress an index either.

use prost::encoding::encode_varint;

use super::super::masked_crc;
use super::super::sorted_table::{FOOTER_SIZE, MAGIC, UNCOMPRESSED};

/// A block that has come to this size ends.
const BLOCK_SIZE: usize = 1 << 18;

/// Every so many keys one is stored whole.
const RESTART_INTERVAL: usize = 16;

/// A table to which keys are added in order.
#[derive(Default)]
pub(super) struct TableWriter {
    table: Vec<u8>,
    block: Block,
    index: Block,
}

impl TableWriter {
    /// Adds a key, which must come after the one before, with its value.
    pub(super) fn add(&mut self, key: &[u8], value: &[u8]) {
        self.block.add(key, value);
        if self.block.bytes.len() >= BLOCK_SIZE {
            self.end_block();
        }
    }

    /// The whole table.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.end_block();
        let mut footer = Block::default().put(&mut self.table);
        footer.extend(self.index.put(&mut self.table));
        footer.resize(FOOTER_SIZE - size_of_val(&MAGIC), 0);
        self.table.extend(footer);
        self.table.extend(MAGIC.to_le_bytes());
        self.table
    }

    fn end_block(&mut self) {
        let block = std::mem::take(&mut self.block);
        if block.count > 0 {
            let last = block.last.clone();
            let place = block.put(&mut self.table);
            self.index.add(&last, &place);
        }
    }
}

/// A block under construction.
#[derive(Default)]
struct Block {
    bytes: Vec<u8>,
    restarts: Vec<u32>,
    last: Vec<u8>,
    count: usize,
}

impl Block {
    fn add(&mut self, key: &[u8], value: &[u8]) {
        let shared = if self.count.is_multiple_of(RESTART_INTERVAL) {
            self.restarts.push(self.bytes.len() as u32);
            0
        } else {
            key.iter().zip(&self.last).take_while(|(a, b)| a == b).count()
        };
        for number in [shared, key.len() - shared, value.len()] {
            encode_varint(number as u64, &mut self.bytes);
        }
        self.bytes.extend_from_slice(&key[shared..]);
        self.bytes.extend_from_slice(value);
        self.last.clear();
        self.last.extend_from_slice(key);
        self.count += 1;
    }

    /// Puts the block at the end of the table; answers with its place there.
    fn put(mut self, table: &mut Vec<u8>) -> Vec<u8> {
        if self.restarts.is_empty() {
            self.restarts.push(0);
        }
        let start = table.len();
        table.extend(self.bytes);
        for restart in &self.restarts {
            table.extend(restart.to_le_bytes());
        }
        table.extend((self.restarts.len() as u32).to_le_bytes());
        let mut place = Vec::new();
        encode_varint(start as u64, &mut place);
        encode_varint((table.len() - start) as u64, &mut place);
        table.push(UNCOMPRESSED);
        let crc = masked_crc(&table[start..]);
        table.extend(crc.to_le_bytes());
        place
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::sorted_table::visit;
    use super::*;

    fn round_trip(entries: &[(Vec<u8>, Vec<u8>)]) {
        let mut writer = TableWriter::default();
        entries.iter().for_each(|(key, value)| writer.add(key, value));
        let mut found = Vec::new();
        visit(&writer.finish(), &mut |key, value| {
            found.push((key.to_vec(), value.to_vec()));
            Ok(())
        })
        .unwrap();
        assert_eq!(found, entries);
    }

    #[test]
    fn tables_round_trip() {
        round_trip(&[]);
        round_trip(&[(Vec::new(), b"header".to_vec()), (b"key".to_vec(), Vec::new())]);
        let key = |number: usize| format!("layers/{number:06}/kernel/.ATTRIBUTES/VARIABLE_VALUE").into_bytes();
        // More than one block, and more than one restart in each.
        let many: Vec<_> = (0..20_000).map(|number| (key(number), vec![number as u8; 20])).collect();
        round_trip(&many);
    }
}
