//! The attributes of a node: a small sorted map.
//!
//! Nearly all maps of a SavedModel are the attributes of nodes, of which a node has a handful; as `BTreeMap`s they would
//! take most of the memory of a model. [`AttrMap`] has the part of `BTreeMap`'s interface that is needed.

use std::collections::BTreeMap;

use super::attr_value::AttrValue;
use super::wire::make_room;

/// The attributes of a node, function or argument, by name and in its order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AttrMap(Vec<(String, AttrValue)>);

impl AttrMap {
    /// No attributes.
    pub const fn new() -> AttrMap {
        AttrMap(Vec::new())
    }

    /// The attribute of this name.
    pub fn get(&self, name: &str) -> Option<&AttrValue> {
        self.place(name).ok().map(|place| &self.0[place].1)
    }

    /// The attribute of this name, to change it.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut AttrValue> {
        self.place(name).ok().map(|place| &mut self.0[place].1)
    }

    /// Whether there is an attribute of this name.
    pub fn contains_key(&self, name: &str) -> bool {
        self.place(name).is_ok()
    }

    /// Sets an attribute; returns the one that had the name before.
    pub fn insert(&mut self, name: String, value: AttrValue) -> Option<AttrValue> {
        match self.place(&name) {
            Ok(place) => Some(std::mem::replace(&mut self.0[place].1, value)),
            Err(place) => {
                make_room(&mut self.0);
                self.0.insert(place, (name, value));
                None
            }
        }
    }

    /// Takes an attribute out.
    pub fn remove(&mut self, name: &str) -> Option<AttrValue> {
        self.place(name).ok().map(|place| self.0.remove(place).1)
    }

    /// The attributes in the order of their names.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&String, &AttrValue)> {
        self.0.iter().map(|(name, value)| (name, value))
    }

    /// The attributes in the order of their names, to change them.
    pub fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = (&String, &mut AttrValue)> {
        self.0.iter_mut().map(|(name, value)| (&*name, value))
    }

    /// The names in order.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &String> {
        self.0.iter().map(|(name, _)| name)
    }

    /// The values in the order of their names.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &AttrValue> {
        self.0.iter().map(|(_, value)| value)
    }

    /// The number of attributes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes all out.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    fn place(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(other, _)| other.as_str().cmp(name))
    }
}

impl Extend<(String, AttrValue)> for AttrMap {
    fn extend<I: IntoIterator<Item = (String, AttrValue)>>(&mut self, attributes: I) {
        for (name, value) in attributes {
            self.insert(name, value);
        }
    }
}

impl FromIterator<(String, AttrValue)> for AttrMap {
    fn from_iter<I: IntoIterator<Item = (String, AttrValue)>>(attributes: I) -> AttrMap {
        let mut map = AttrMap::new();
        map.extend(attributes);
        map
    }
}

impl<const N: usize> From<[(String, AttrValue); N]> for AttrMap {
    fn from(attributes: [(String, AttrValue); N]) -> AttrMap {
        attributes.into_iter().collect()
    }
}

impl IntoIterator for AttrMap {
    type Item = (String, AttrValue);
    type IntoIter = std::vec::IntoIter<(String, AttrValue)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a AttrMap {
    type Item = (&'a String, &'a AttrValue);
    type IntoIter = std::iter::Map<
        std::slice::Iter<'a, (String, AttrValue)>,
        fn(&'a (String, AttrValue)) -> (&'a String, &'a AttrValue),
    >;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter().map(|(name, value)| (name, value))
    }
}

/// A map that prost can read and write: `BTreeMap` or [`AttrMap`].
pub(super) trait MapField {
    type Key: Default + PartialEq;
    type Value: Default + PartialEq;

    fn set(&mut self, key: Self::Key, value: Self::Value);
    fn entries(&self) -> impl Iterator<Item = (&Self::Key, &Self::Value)>;
}

impl MapField for AttrMap {
    type Key = String;
    type Value = AttrValue;

    fn set(&mut self, name: String, value: AttrValue) {
        self.insert(name, value);
    }

    fn entries(&self) -> impl Iterator<Item = (&String, &AttrValue)> {
        self.iter()
    }
}

impl<K: Default + Ord, V: Default + PartialEq> MapField for BTreeMap<K, V> {
    type Key = K;
    type Value = V;

    fn set(&mut self, key: K, value: V) {
        self.insert(key, value);
    }

    fn entries(&self) -> impl Iterator<Item = (&K, &V)> {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::super::{AttrValueValue, FunctionDef, NodeDef};
    use super::*;

    fn number(value: i64) -> AttrValue {
        AttrValue { value: Some(AttrValueValue::I(value)) }
    }

    #[test]
    fn attributes_are_sorted_and_unique() {
        let names = ["b", "a", "c", "a"];
        let mut map: AttrMap = names.iter().zip(1..).map(|(name, value)| (name.to_string(), number(value))).collect();
        assert_eq!(map.keys().collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!(map.get("a"), Some(&number(4)));
        assert_eq!(map.remove("b"), Some(number(1)));
        assert!(!map.contains_key("b"));
    }

    #[test]
    fn messages_with_attributes_round_trip() {
        let attr: AttrMap = [("T".to_owned(), number(1)), (String::new(), AttrValue::default())].into();
        let node = NodeDef { name: "n".into(), attr: attr.clone(), ..Default::default() };
        let function = FunctionDef {
            attr,
            ret: [("y".to_owned(), "n:0".to_owned())].into(),
            node_def: vec![node],
            ..Default::default()
        };
        let bytes = function.encode_to_vec();
        assert_eq!(bytes.len(), function.encoded_len());
        assert_eq!(FunctionDef::decode(&bytes[..]).unwrap(), function);
    }
}
