//! What the derived code of the messages finds in the place of the crate `prost`: the crate itself, but for lists and maps.
//!
//! A SavedModel is a great many short lists. `Vec` gives each room for four at first and then doubles it, which would make
//! the decoded model half as large again; here a list grows by a quarter. Maps may be [`AttrMap`](super::AttrMap)s.

#![allow(unreachable_pub, reason = "the derived code of the modules beside this one is the only user")]

pub use prost::*;

/// Makes room for one more element where there is none.
pub(in super::super) fn make_room<T>(list: &mut Vec<T>) {
    if list.len() == list.capacity() {
        list.reserve_exact(list.len() / 4 + 1);
    }
}

/// Overrides of `prost::encoding`.
pub mod encoding {
    pub use prost::encoding::*;

    /// Lists of messages.
    pub mod message {
        use prost::bytes::Buf;
        pub use prost::encoding::message::*;
        use prost::encoding::{DecodeContext, WireType};
        use prost::{DecodeError, Message};

        /// Reads one more message of a list.
        pub fn merge_repeated<M: Message + Default>(
            wire_type: WireType,
            list: &mut Vec<M>,
            buffer: &mut impl Buf,
            context: DecodeContext,
        ) -> Result<(), DecodeError> {
            let mut message = M::default();
            merge(wire_type, &mut message, buffer, context)?;
            super::super::make_room(list);
            list.push(message);
            Ok(())
        }
    }

    macro_rules! lists_of {
        ($name:ident: $type:ty) => {
            /// Lists of strings or bytes.
            pub mod $name {
                use prost::DecodeError;
                use prost::bytes::Buf;
                pub use prost::encoding::$name::*;
                use prost::encoding::{DecodeContext, WireType};

                /// Reads one more element of a list.
                pub fn merge_repeated(
                    wire_type: WireType,
                    list: &mut Vec<$type>,
                    buffer: &mut impl Buf,
                    context: DecodeContext,
                ) -> Result<(), DecodeError> {
                    let mut value = <$type>::new();
                    merge(wire_type, &mut value, buffer, context)?;
                    super::super::make_room(list);
                    list.push(value);
                    Ok(())
                }
            }
        };
    }

    lists_of!(string: String);
    lists_of!(bytes: Vec<u8>);

    /// Maps.
    pub mod btree_map {
        use std::collections::BTreeMap;
        use std::hash::Hash;

        use prost::DecodeError;
        use prost::bytes::{Buf, BufMut};
        use prost::encoding::{
            DecodeContext, WireType, btree_map, encode_key, encode_varint, encoded_len_varint, key_len,
        };

        use super::super::super::attr_map::MapField;

        /// Writes the entries of a map.
        pub fn encode<M: MapField, B: BufMut>(
            encode_map_key: impl Fn(u32, &M::Key, &mut B),
            key_encoded_len: impl Fn(u32, &M::Key) -> usize,
            encode_value: impl Fn(u32, &M::Value, &mut B),
            value_encoded_len: impl Fn(u32, &M::Value) -> usize,
            tag: u32,
            map: &M,
            buffer: &mut B,
        ) {
            let (no_key, no_value) = (M::Key::default(), M::Value::default());
            for (key, value) in map.entries() {
                let length = if *key == no_key { 0 } else { key_encoded_len(1, key) }
                    + if *value == no_value { 0 } else { value_encoded_len(2, value) };
                encode_key(tag, WireType::LengthDelimited, buffer);
                encode_varint(length as u64, buffer);
                if *key != no_key {
                    encode_map_key(1, key, buffer);
                }
                if *value != no_value {
                    encode_value(2, value, buffer);
                }
            }
        }

        /// The length of the entries of a map.
        pub fn encoded_len<M: MapField>(
            key_encoded_len: impl Fn(u32, &M::Key) -> usize,
            value_encoded_len: impl Fn(u32, &M::Value) -> usize,
            tag: u32,
            map: &M,
        ) -> usize {
            let (no_key, no_value) = (M::Key::default(), M::Value::default());
            let entry = |(key, value): (&M::Key, &M::Value)| {
                let length = if *key == no_key { 0 } else { key_encoded_len(1, key) }
                    + if *value == no_value { 0 } else { value_encoded_len(2, value) };
                key_len(tag) + encoded_len_varint(length as u64) + length
            };
            map.entries().map(entry).sum()
        }

        /// Reads one entry with prost's own function, which knows how deep messages may nest.
        pub fn merge<M: MapField, B: Buf>(
            merge_key: impl Fn(WireType, &mut M::Key, &mut B, DecodeContext) -> Result<(), DecodeError>,
            merge_value: impl Fn(WireType, &mut M::Value, &mut B, DecodeContext) -> Result<(), DecodeError>,
            map: &mut &mut M,
            buffer: &mut B,
            context: DecodeContext,
        ) -> Result<(), DecodeError>
        where
            M::Key: Eq + Hash + Ord,
        {
            let mut entry = BTreeMap::new();
            btree_map::merge(merge_key, merge_value, &mut entry, buffer, context)?;
            if let Some((key, value)) = entry.pop_first() {
                map.set(key, value);
            }
            Ok(())
        }
    }
}
