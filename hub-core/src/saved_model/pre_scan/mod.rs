//! The bound on memory, before a message is decoded.
//!
//! Protobuf's wire format lets a few bytes stand for a large structure in memory: two bytes are an empty message, and
//! decoded that may be hundreds. So the wire is walked once, without any allocation, and what decoding would allocate
//! is added up from the sizes of the Rust types (`table`). Lengths beyond their buffer and deep nesting end the walk too.
//! What the fields mean is not looked at.

mod table;

use prost::encoding::decode_varint;

use table::{Field, Message};

/// How many times its own size a message may take in memory.
const MEMORY_FACTOR: usize = 9;

/// What a message may take however small it is.
const MEMORY_FLOOR: usize = 1 << 20;

/// What one entry of an index may take: a shape of many dimensions.
const ENTRY_FLOOR: usize = 1 << 10;

/// What a graph inside a value may take: there may be many of them.
const GRAPH_FLOOR: usize = 1 << 16;

/// The nesting that prost and TensorFlow's own parser allow.
const DEPTH_LIMIT: usize = 100;

/// The attributes that one node may have: they are kept sorted as they come, which takes the square of their number.
const ATTRIBUTES_LIMIT: usize = 1000;

/// Checks a `saved_model.pb`.
pub(super) fn saved_model(bytes: &[u8]) -> Result<(), String> {
    check(bytes, &table::SAVED_MODEL)
}

/// Checks the object graph of a checkpoint.
pub(crate) fn trackable_object_graph(bytes: &[u8]) -> Result<(), String> {
    check(bytes, &table::TRACKABLE_OBJECT_GRAPH)
}

/// Checks the object graph of a model, by itself.
#[cfg(all(any(test, fuzzing), feature = "fetch"))]
pub(crate) fn object_graph(bytes: &[u8]) -> Result<(), String> {
    check(bytes, &table::OBJECT_GRAPH)
}

/// Checks an asset of a TF1 model.
pub(super) fn asset_file(bytes: &[u8]) -> Result<(), String> {
    check_above(bytes, &table::ASSET_FILE, ENTRY_FLOOR)
}

/// Checks a graph that is hidden in a value.
pub(super) fn graph(bytes: &[u8]) -> Result<(), String> {
    check_above(bytes, &table::GRAPH, GRAPH_FLOOR)
}

/// Checks one entry of a checkpoint's index, of which there may be many.
pub(super) fn bundle_entry(bytes: &[u8]) -> Result<(), String> {
    check_above(bytes, &table::BUNDLE_ENTRY, ENTRY_FLOOR)
}

fn check(bytes: &[u8], message: &'static Message) -> Result<(), String> {
    check_above(bytes, message, MEMORY_FLOOR)
}

fn check_above(bytes: &[u8], message: &'static Message, floor: usize) -> Result<(), String> {
    let limit = bytes.len().saturating_mul(MEMORY_FACTOR).max(floor);
    let mut walk = Walk { memory: 0, limit };
    walk.message(bytes, message, 0)
}

/// One walk over the wire, with what decoding would have allocated so far.
struct Walk {
    memory: usize,
    limit: usize,
}

impl Walk {
    fn allocate(&mut self, size: usize) -> Result<(), String> {
        self.memory = self.memory.saturating_add(size);
        if self.memory > self.limit {
            return Err(format!("it would take more than {} bytes of memory", self.limit));
        }
        Ok(())
    }

    fn message(&mut self, mut bytes: &[u8], message: &'static Message, depth: usize) -> Result<(), String> {
        if depth > DEPTH_LIMIT {
            return Err(format!("messages nested more than {DEPTH_LIMIT} deep"));
        }
        let mut counts = [0_usize; table::FIELDS_LIMIT];
        while !bytes.is_empty() {
            let key = varint(&mut bytes)?;
            let (tag, wire_type) = (key >> 3, key & 7);
            let known = message.fields.iter().position(|(known, _)| u64::from(*known) == tag);
            let payload = match wire_type {
                0 => {
                    varint(&mut bytes)?;
                    None
                }
                1 => take(&mut bytes, 8).map(|_| None)?,
                5 => take(&mut bytes, 4).map(|_| None)?,
                2 => {
                    let length = varint(&mut bytes)?;
                    Some(take(&mut bytes, length)?)
                }
                other => return Err(format!("a field of the wire type {other}, which no such message has")),
            };
            let Some(index) = known else { continue };
            counts[index] += self.field(&message.fields[index].1, payload, depth)?;
        }
        message.fields.iter().zip(counts).try_for_each(|((_, field), count)| self.list(field, count))
    }

    /// What one field allocates apart from its place in a list; returns how many places it takes there.
    fn field(&mut self, field: &'static Field, payload: Option<&[u8]>, depth: usize) -> Result<usize, String> {
        match (field, payload) {
            (Field::One(inner), Some(payload)) => self.message(payload, inner, depth + 1).map(|()| 0),
            (Field::Boxed(inner), Some(payload)) => {
                self.allocate(inner.size)?;
                self.message(payload, inner, depth + 1).map(|()| 0)
            }
            (Field::Many(inner) | Field::Attributes(inner), Some(payload)) => {
                // At least its place in the list is sure, so that a flood of empty messages ends the walk early.
                self.allocate(inner.size)?;
                self.message(payload, inner, depth + 1).map(|()| 1)
            }
            (Field::Text, Some(payload)) => self.text(payload).map(|()| 0),
            (Field::Entries(inner), Some(payload)) => self.message(payload, inner, depth + 1).map(|()| 1),
            (Field::Texts, Some(payload)) => self.text(payload).map(|()| 1),
            (Field::Varints(_), Some(payload)) => Ok(payload.iter().filter(|byte| **byte < 0x80).count()),
            (Field::Fixed(size), Some(payload)) => Ok(payload.len() / size),
            (Field::Varints(_) | Field::Fixed(_), None) => Ok(1),
            (_, None) => Ok(0), // The decoder will refuse the wire type.
        }
    }

    fn text(&mut self, payload: &[u8]) -> Result<(), String> {
        self.allocate(if payload.is_empty() { 0 } else { payload.len().max(8) })
    }

    /// What the list of a field takes beyond what was counted at its elements.
    fn list(&mut self, field: &Field, count: usize) -> Result<(), String> {
        let size = match field {
            Field::Attributes(_) if count > ATTRIBUTES_LIMIT => {
                return Err(format!("more than {ATTRIBUTES_LIMIT} attributes in one place"));
            }
            Field::Many(inner) | Field::Attributes(inner) => {
                return self.allocate((room(count) - count).saturating_mul(inner.size));
            }
            Field::Entries(inner) => {
                // `BTreeMap` has leaves of eleven places, of which at least five are taken.
                let leaves = if count <= 11 { count.min(1) } else { count / 5 + 1 };
                return self.allocate(leaves.saturating_mul(11 * inner.size + 16));
            }
            Field::Texts => return self.allocate(room(count).saturating_mul(size_of::<String>())),
            Field::Varints(size) | Field::Fixed(size) => *size,
            Field::One(_) | Field::Boxed(_) | Field::Text => return Ok(()),
        };
        // Numbers are in ordinary lists, which have room for four or eight at first and double it.
        let smallest = if size == 1 { 8 } else { 4 };
        let capacity = if count == 0 { 0 } else { count.next_power_of_two().max(smallest) };
        self.allocate(capacity.saturating_mul(size))
    }
}

/// The capacity of a list of `count` elements, as `proto::wire` lets lists grow.
fn room(count: usize) -> usize {
    let mut capacity = 0;
    while capacity < count {
        capacity += capacity / 4 + 1;
    }
    capacity
}

fn varint(bytes: &mut &[u8]) -> Result<u64, String> {
    decode_varint(bytes).map_err(|why| why.to_string())
}

fn take<'a>(bytes: &mut &'a [u8], length: u64) -> Result<&'a [u8], String> {
    let split = usize::try_from(length).ok().and_then(|length| bytes.split_at_checked(length));
    let (taken, rest) =
        split.ok_or_else(|| format!("a field of {length} bytes where {} bytes are left", bytes.len()))?;
    *bytes = rest;
    Ok(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A length-delimited field.
    fn field(tag: u8, payload: &[u8]) -> Vec<u8> {
        let mut bytes = vec![tag << 3 | 2];
        prost::encoding::encode_varint(payload.len() as u64, &mut bytes);
        bytes.extend(payload);
        bytes
    }

    #[test]
    fn floods_of_empty_messages_are_refused() {
        let nodes = field(1, &[]).repeat(5 << 20);
        let model = field(2, &field(2, &nodes));
        assert!(saved_model(&model).unwrap_err().contains("memory"));
        let inputs = field(3, &[]).repeat(5 << 20);
        assert!(saved_model(&field(2, &field(2, &field(1, &inputs)))).unwrap_err().contains("memory"));
    }

    #[test]
    fn deep_nesting_is_refused() {
        // collection_def, any_list ... end soon; a structured value in a list in a structured value does not.
        let mut value = Vec::new();
        for _ in 0..100 {
            value = field(1, &field_51(&value));
        }
        fn field_51(payload: &[u8]) -> Vec<u8> {
            let mut bytes = vec![0x9a, 0x03];
            prost::encoding::encode_varint(payload.len() as u64, &mut bytes);
            bytes.extend(payload);
            bytes
        }
        let entry = field(2, &field(4, &field_51(&value)));
        let model = field(2, &field(7, &field(2, &entry)));
        assert!(saved_model(&model).unwrap_err().contains("deep"));
    }

    #[test]
    fn lengths_beyond_the_end_are_refused() {
        let mut bytes = vec![2 << 3 | 2];
        prost::encoding::encode_varint(1 << 40, &mut bytes);
        assert!(saved_model(&bytes).unwrap_err().contains("left"));
        assert!(saved_model(&[2 << 3 | 2, 0xff]).is_err());
        assert!(saved_model(&[2 << 3 | 3]).unwrap_err().contains("wire type"));
    }
}
