//! One entry of a checkpoint's index: type, shape and place of a tensor, and how its strings are stored.

use prost::Message;

use super::super::proto::{BundleEntryProto, TensorSliceProto};
use super::super::{pre_scan, shape};
use super::mask;
use crate::dtype::DType;

/// Where one tensor is.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its element type.
    pub dtype: DType,
    /// Its shape.
    pub shape: Vec<usize>,
    /// The shard that holds it.
    pub shard: usize,
    /// Where it starts there.
    pub offset: u64,
    /// How many bytes it takes there.
    pub size_bytes: u64,
    /// The masked CRC32C of its bytes.
    pub crc: u32,
    /// The slices that it was saved in; empty where it is in one piece.
    pub slices: Vec<TensorSliceProto>,
}

impl Entry {
    /// Where the tensor ends in its shard.
    pub(super) fn end(&self) -> u64 {
        self.offset.saturating_add(self.size_bytes)
    }

    /// The entry that a value of the index describes.
    pub(super) fn decode(value: &[u8], num_shards: usize) -> Result<Entry, String> {
        pre_scan::bundle_entry(value)?;
        let message = BundleEntryProto::decode(value).map_err(|why| why.to_string())?;
        let dtype =
            DType::from_number(message.dtype).ok_or_else(|| format!("the unknown element type {}", message.dtype))?;
        let shape = message.shape.as_ref().map_or(Ok(Vec::new()), |shape| {
            let decoded = shape::decode(shape).map_err(|why| why.to_string())?;
            decoded.to_known().ok_or_else(|| format!("the shape {decoded}"))
        })?;
        let shard = usize::try_from(message.shard_id).ok().filter(|shard| *shard < num_shards);
        let shard = shard.ok_or_else(|| format!("shard {} of {num_shards}", message.shard_id))?;
        let (offset, size_bytes) = u64::try_from(message.offset)
            .ok()
            .zip(u64::try_from(message.size).ok())
            .ok_or_else(|| format!("{} bytes at {}", message.size, message.offset))?;
        let entry = Entry { dtype, shape, shard, offset, size_bytes, crc: message.crc32c, slices: message.slices };
        entry.check_size()?;
        Ok(entry)
    }

    /// Whether the size on disk is that of type and shape.
    fn check_size(&self) -> Result<(), String> {
        let count = self.shape.iter().try_fold(1_u64, |count, dimension| count.checked_mul(*dimension as u64));
        let sound = match (self.dtype.size_bytes(), count) {
            (_, None) => false,
            (Some(size), Some(count)) => {
                let expected = count.checked_mul(size as u64);
                if self.slices.is_empty() { expected == Some(self.size_bytes) } else { expected.is_some() }
            }
            // Each string takes at least the byte of its length.
            (None, Some(count)) => !self.slices.is_empty() || self.size_bytes >= count,
        };
        if sound {
            return Ok(());
        }
        Err(format!("{} bytes for {} {:?}", self.size_bytes, self.dtype, self.shape))
    }

    /// The strings in the entry's bytes, both checksums verified.
    pub(super) fn strings(&self, bytes: &[u8]) -> Result<Vec<Vec<u8>>, String> {
        let count: usize = self.shape.iter().product();
        let mut rest = bytes;
        let mut crc = 0;
        let mut lengths = Vec::with_capacity(count.min(bytes.len()));
        for _ in 0..count {
            let length = prost::encoding::decode_varint(&mut rest).map_err(|_| "its lengths are cut short")?;
            // The checksum is of the lengths as numbers, not as they are stored.
            crc = match u32::try_from(length) {
                Ok(short) => crc32c::crc32c_append(crc, &short.to_le_bytes()),
                Err(_) => crc32c::crc32c_append(crc, &length.to_le_bytes()),
            };
            lengths.push(length);
        }
        let (stored, mut rest) = rest.split_first_chunk::<4>().ok_or("its lengths are cut short")?;
        if u32::from_le_bytes(*stored) != mask(crc) {
            return Err("the checksum of its lengths differs".into());
        }
        if mask(crc32c::crc32c_append(crc32c::crc32c_append(crc, stored), rest)) != self.crc {
            return Err("its checksum differs".into());
        }
        let mut strings = Vec::with_capacity(count.min(bytes.len()));
        for length in lengths {
            let (string, after) = usize::try_from(length)
                .ok()
                .and_then(|length| rest.split_at_checked(length))
                .ok_or("its strings are cut short")?;
            strings.push(string.to_vec());
            rest = after;
        }
        Ok(strings)
    }
}
